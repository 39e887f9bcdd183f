import { GatewayError } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import { makeSlots } from '../../core/make-slots.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import type { Digest } from './cache/digest.ts'
import type { ExtractConfig } from './document-extract.ts'
import type { EgressOptions } from './egress/egress.ts'
import { invalidDocument } from './load/document-error.ts'
import type { FetchedDocument } from './load/load-document.ts'
import { takeThread } from './start-thread.ts'

/** What the thread is given; functions cannot cross. `config`: all that it learns of the entry besides where the document is. */
export type ThreadTask = Readonly<{
  document: OpenApiConfig['document']
  config: ExtractConfig
  /** How errors name the document. */
  name: string
  limits: Limits
  fetched?: FetchedDocument
  /** For files that the document refers to: whether they are read, and what a URL is asked with. */
  externalRefs?: boolean
  headers?: Readonly<Record<string, string>>
  egress?: Omit<EgressOptions, 'lookup'>
  lint?: boolean
  /** Whether the digest of what was read is asked for; it follows the answer. */
  digest?: boolean
}>

/** A task as it is sent: the thread is ended at `endsAt`, in milliseconds since 1970. */
export type SentTask = ThreadTask & Readonly<{ endsAt: number }>

/**
 * What the thread gives back. The extract is packed: these bytes are handed over instead of copied, and may be kept.
 */
export type ThreadAnswer = Readonly<
  | { ok: true; extract: Uint8Array<ArrayBuffer> }
  | { ok: false; code: GatewayError['code']; message: string; data: unknown }
>

/** A packed extract, and the digest of the bytes that it was made of: it comes later, or never. */
export type ThreadResult = Readonly<{ extract: Uint8Array; digest: Promise<Digest | undefined> }>

/** Two at once: each may need as much memory as all the rest of the process. */
const { take: takeSlot } = makeSlots(2)

/**
 * Reads a document in a thread of its own, which ends with it and gives all its memory back.
 *
 * A document that needs more than `maxDocumentMemoryMb` or `documentTimeoutMs` ends the thread, never the process.
 *
 * @throws GatewayError as `readSource` does
 */
export async function readInThread(task: ThreadTask, signal: AbortSignal): Promise<ThreadResult> {
  const leave = await takeSlot(signal, 'the OpenAPI document')
  const digest = Promise.withResolvers<Digest | undefined>()
  void digest.promise.then(leave)
  try {
    return { extract: await run(task, signal, digest.resolve), digest: digest.promise }
  } catch (error) {
    digest.resolve(undefined)
    throw error
  }
}

/** @param onEnd - is told when the thread has ended or is about to, with the digest if there is one */
function run(task: ThreadTask, signal: AbortSignal, onEnd: (digest?: Digest) => void): Promise<Uint8Array> {
  const { name, limits } = task
  const { maxDocumentMemoryMb, documentTimeoutMs } = limits
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled())
    const worker = takeThread(maxDocumentMemoryMb)
    const end = (digest?: Digest): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
      void worker.terminate()
      onEnd(digest)
    }
    const fail = (error: GatewayError): void => {
      end()
      reject(error)
    }
    const cancel = (): void => fail(cancelled())
    const timer = setTimeout(() => {
      const what = `takes longer to read than ${documentTimeoutMs} ms (limits.documentTimeoutMs)`
      fail(invalidDocument(name, { code: 'E_SPEC_TIME', what }))
    }, documentTimeoutMs)
    signal.addEventListener('abort', cancel, { once: true })
    worker.once('message', (answer: ThreadAnswer) => {
      if (!answer.ok) return fail(new GatewayError(answer.code, answer.message, { data: answer.data }))
      resolve(answer.extract)
      if (task.digest !== true) return end()
      // What follows is quickly there, also when nobody waits for the document any more.
      signal.removeEventListener('abort', cancel)
      worker.once('message', end)
    })
    worker.once('error', (cause: NodeJS.ErrnoException) => {
      const isMemory = cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
      const what = `needs more than ${maxDocumentMemoryMb} MB to be read (limits.maxDocumentMemoryMb)`
      if (isMemory) fail(invalidDocument(name, { code: 'E_SPEC_MEMORY', what }))
      else fail(new GatewayError('INTERNAL', `Reading an OpenAPI document failed: ${cause.message}`, { cause }))
    })
    worker.once('exit', () => fail(new GatewayError('INTERNAL', 'Reading an OpenAPI document ended without a result.')))
    worker.postMessage({ ...task, endsAt: Date.now() + documentTimeoutMs } satisfies SentTask)
  })
}

function cancelled(): GatewayError {
  return new GatewayError('CANCELLED', 'Reading the OpenAPI document was cancelled.')
}
