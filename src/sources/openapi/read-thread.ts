import { parentPort } from 'node:worker_threads'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { documentHeaders } from './egress/trust.ts'
import { loadDocument } from './load/load-document.ts'
import type { SentTask, ThreadAnswer } from './read-in-thread.ts'
import { packDocument } from './read-in-thread.ts'
import { readLoaded } from './read-loaded.ts'

// The thread that `read-in-thread.ts` starts: it reads one document, answers once, and is ended by its owner.

parentPort?.once('message', async (task: SentTask) => parentPort?.postMessage(await answer(task)))

async function answer({ config, fetched, limits, egress = {}, ...how }: SentTask): Promise<ThreadAnswer> {
  try {
    const { document, externalRefs = false } = config
    const from = { limits, egress, externalRefs, headers: documentHeaders(config), ...(fetched && { fetched }) }
    const read = await readLoaded(await loadDocument(document, from), config, { ...how, limits })
    return { ok: true, packed: packDocument(read) }
  } catch (thrown) {
    const { code, data } = thrown instanceof GatewayError ? thrown : { code: 'INTERNAL' as const, data: undefined }
    return { ok: false, code, message: messageOf(thrown), data }
  }
}
