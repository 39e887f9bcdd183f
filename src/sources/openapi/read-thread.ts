import { parentPort, workerData } from 'node:worker_threads'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { documentHeaders } from './egress/trust.ts'
import { loadDocument } from './load/load-document.ts'
import { readAhead } from './load/read-ahead.ts'
import type { SentTask, ThreadAnswer } from './read-in-thread.ts'
import { packDocument } from './read-in-thread.ts'
import { readLoaded } from './read-loaded.ts'
import type { ThreadStart } from './start-thread.ts'

// The thread that `start-thread.ts` starts: it reads one document, answers once, and is ended by its owner.

const { ahead: path }: ThreadStart = workerData
const ahead = path === undefined ? undefined : readAhead(path)

parentPort?.once('message', async (task: SentTask) => parentPort?.postMessage(await answer(task)))

async function answer({ config, fetched, limits, egress = {}, ...how }: SentTask): Promise<ThreadAnswer> {
  try {
    const { document, externalRefs = false } = config
    const from = {
      limits,
      egress,
      externalRefs,
      headers: documentHeaders(config),
      ...(fetched && { fetched }),
      ...(ahead && { ahead }),
    }
    const read = await readLoaded(await loadDocument(document, from), config, { ...how, limits })
    return { ok: true, packed: packDocument(read) }
  } catch (thrown) {
    const { code, data } = thrown instanceof GatewayError ? thrown : { code: 'INTERNAL' as const, data: undefined }
    return { ok: false, code, message: messageOf(thrown), data }
  }
}
