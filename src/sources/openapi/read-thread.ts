import { parentPort } from 'node:worker_threads'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { loadDocument } from './load/load-document.ts'
import type { ThreadAnswer, ThreadTask } from './read-in-thread.ts'
import { packDocument } from './read-in-thread.ts'
import { readLoaded } from './read-loaded.ts'

// The thread that `read-in-thread.ts` starts: it reads one document, answers once, and is ended by its owner.

parentPort?.once('message', async (task: ThreadTask) => parentPort?.postMessage(await answer(task)))

async function answer({ config, name: _, fetched, lint = false, ...options }: ThreadTask): Promise<ThreadAnswer> {
  try {
    const { document, externalRefs = false } = config
    const loaded = await loadDocument(document, { ...options, externalRefs, ...(fetched && { fetched }) })
    return { ok: true, packed: packDocument(await readLoaded(loaded, config, { limits: options.limits, lint })) }
  } catch (thrown) {
    const { code, data } = thrown instanceof GatewayError ? thrown : { code: 'INTERNAL' as const, data: undefined }
    return { ok: false, code, message: messageOf(thrown), data }
  }
}
