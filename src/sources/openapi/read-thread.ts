import { serialize } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { loadDocument } from './load/load-document.ts'
import { readAhead } from './load/read-ahead.ts'
import type { SentTask, ThreadAnswer } from './read-in-thread.ts'
import { readLoaded } from './read-loaded.ts'
import type { ThreadStart } from './start-thread.ts'

// The thread that `start-thread.ts` starts: it reads one document, answers once, and is ended by its owner.

const { ahead: path }: ThreadStart = workerData
const ahead = path === undefined ? undefined : readAhead(path)

parentPort?.once('message', async (task: SentTask) => {
  const answered = await answer(task)
  // Bytes of their own, so that they can be handed over.
  parentPort?.postMessage(answered, answered.ok ? [answered.extract.buffer as ArrayBuffer] : [])
})

async function answer({ document, config, limits, ...how }: SentTask): Promise<ThreadAnswer> {
  try {
    const loaded = await loadDocument(document, { ...how, limits, ...(ahead && { ahead }) })
    const extract = await readLoaded(loaded, config, { ...how, limits })
    return { ok: true, extract: serialize(extract) }
  } catch (thrown) {
    const { code, data } = thrown instanceof GatewayError ? thrown : { code: 'INTERNAL' as const, data: undefined }
    return { ok: false, code, message: messageOf(thrown), data }
  }
}
