import { parentPort, workerData } from 'node:worker_threads'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { loadDocument } from './load/load-document.ts'
import { readAhead } from './load/read-ahead.ts'
import { packExtract } from './pack-extract.ts'
import type { SentTask, ThreadAnswer } from './read-in-thread.ts'
import { readLoaded } from './read-loaded.ts'
import type { ThreadStart } from './start-thread.ts'

// The thread that `start-thread.ts` starts: it reads one document, answers once, and is ended by its owner.

const { ahead: path }: ThreadStart = workerData
const ahead = path === undefined ? undefined : readAhead(path)

parentPort?.once('message', async (task: SentTask) => {
  const { answer, bytes } = await read(task)
  parentPort?.postMessage(answer, answer.ok ? [answer.extract.buffer] : [])
  if (!answer.ok || task.digest !== true) return
  // Afterwards, and loaded then: who waits for the answer does not wait for this.
  const { digestBytes } = await import('./cache/digest.ts')
  parentPort?.postMessage(bytes && digestBytes(bytes))
})

async function read({
  document,
  config,
  limits,
  digest = false,
  ...how
}: SentTask): Promise<{ answer: ThreadAnswer; bytes?: Uint8Array }> {
  try {
    const { bytes, ...loaded } = await loadDocument(document, { ...how, limits, ...(ahead && { ahead }) })
    const extract = await readLoaded(loaded, config, { ...how, limits })
    return { answer: { ok: true, extract: packExtract(extract) }, ...(digest && bytes && { bytes }) }
  } catch (thrown) {
    const { code, data } = thrown instanceof GatewayError ? thrown : { code: 'INTERNAL' as const, data: undefined }
    return { answer: { ok: false, code, message: messageOf(thrown), data } }
  }
}
