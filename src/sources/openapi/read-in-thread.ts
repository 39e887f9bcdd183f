import { GatewayError } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import { makeSlots } from '../../core/make-slots.ts'
import type { EgressOptions } from './egress/egress.ts'
import { invalidDocument } from './load/document-error.ts'
import type { FetchedDocument } from './load/load-document.ts'
import type { DocumentConfig, OperationCall, ReadDocument } from './read-document.ts'
import { takeThread } from './start-thread.ts'

/** What the thread is given; functions cannot cross. */
export type ThreadTask = Readonly<{
  config: DocumentConfig
  /** How errors name the document. */
  name: string
  limits: Limits
  fetched?: FetchedDocument
  egress?: Omit<EgressOptions, 'lookup'>
  lint?: boolean
  /** The base URL that the document named first. */
  home?: string
}>

/** A task as it is sent: the thread is ended at `endsAt`, in milliseconds since 1970. */
export type SentTask = ThreadTask & Readonly<{ endsAt: number }>

/** What the thread gives back; {@link packDocument} says why this is not the document itself. */
export type ThreadAnswer = Readonly<
  { ok: true; packed: PackedDocument } | { ok: false; code: GatewayError['code']; message: string; data: unknown }
>

type PackedCall = Omit<OperationCall, 'baseUrls' | 'inputSchema'> & Readonly<{ baseUrls: PackedUrls }>
type PackedUrls = Readonly<{ usable: readonly string[]; problems: readonly string[] }>
type PackedDocument = Omit<ReadDocument, 'calls'> & Readonly<{ calls: ReadonlyMap<string, PackedCall> }>

/** Two at once: each may need as much memory as all the rest of the process. */
const takeSlot = makeSlots(2)

/**
 * Reads a document in a thread of its own, which ends with it and gives all its memory back.
 *
 * A document that needs more than `maxDocumentMemoryMb` or `documentTimeoutMs` ends the thread, never the process.
 *
 * @throws GatewayError as `readSource` does
 */
export async function readInThread(task: ThreadTask, signal: AbortSignal): Promise<ReadDocument> {
  const leave = await takeSlot(signal, 'the OpenAPI document')
  try {
    return unpackDocument(await run(task, signal))
  } finally {
    leave()
  }
}

function run(task: ThreadTask, signal: AbortSignal): Promise<PackedDocument> {
  const { name, limits } = task
  const { maxDocumentMemoryMb, documentTimeoutMs } = limits
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled())
    const worker = takeThread(maxDocumentMemoryMb)
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
      void worker.terminate()
      settle()
    }
    const fail = (error: GatewayError): void => end(() => reject(error))
    const cancel = (): void => fail(cancelled())
    const timer = setTimeout(() => {
      const what = `takes longer to read than ${documentTimeoutMs} ms (limits.documentTimeoutMs)`
      fail(invalidDocument(name, { code: 'E_SPEC_TIME', what }))
    }, documentTimeoutMs)
    signal.addEventListener('abort', cancel, { once: true })
    worker.once('message', (answer: ThreadAnswer) => {
      if (answer.ok) end(() => resolve(answer.packed))
      else fail(new GatewayError(answer.code, answer.message, { data: answer.data }))
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

/**
 * Makes a document ready to cross: URLs as text, since they cannot cross; most operations share one list of them. A call's
 * schema is its tool's. Schemas that tools share are one object on the other side too, which JSON would not keep.
 */
export function packDocument({ calls, ...document }: ReadDocument): PackedDocument {
  const pack = once(({ usable, problems }: OperationCall['baseUrls']): PackedUrls => {
    return { usable: usable.map(url => url.href), problems }
  })
  const packed = [...calls].map(([key, { inputSchema: _, baseUrls, ...call }]) => {
    return [key, { ...call, baseUrls: pack(baseUrls) }] as const
  })
  return { ...document, calls: new Map(packed) }
}

function unpackDocument({ calls, ...document }: PackedDocument): ReadDocument {
  const unpack = once(({ usable, problems }: PackedUrls): OperationCall['baseUrls'] => {
    return { usable: usable.map(href => new URL(href)), problems }
  })
  const unpacked = new Map<string, OperationCall>()
  for (const { key, tool } of document.tools) {
    const call = calls.get(key)
    if (call !== undefined) {
      unpacked.set(key, { ...call, inputSchema: tool.inputSchema, baseUrls: unpack(call.baseUrls) })
    }
  }
  return { ...document, calls: unpacked }
}

function once<From extends object, To>(convert: (from: From) => To): (from: From) => To {
  const known = new Map<From, To>()
  return from => {
    const before = known.get(from)
    if (before !== undefined) return before
    const made = convert(from)
    known.set(from, made)
    return made
  }
}

function cancelled(): GatewayError {
  return new GatewayError('CANCELLED', 'Reading the OpenAPI document was cancelled.')
}
