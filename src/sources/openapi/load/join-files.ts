import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import { filesKey, noteJoined } from '../document/joined-files.ts'
import { pointerSegment } from '../document/resolve-ref.ts'
import { visitRefs } from '../document/visit-refs.ts'
import { parseDocument } from './parse-document.ts'
import type { DocumentFile } from './place-reference.ts'
import { placeReference, readDeclared } from './place-reference.ts'

/** Reads the bytes of one file of a document, at most so many. @throws GatewayError saying why it cannot be had */
export type ReadFile = (url: URL, maxBytes: number) => Promise<Uint8Array>

/** What joining needs. `bytes` is the size of the main file, which counts too. */
export type JoinOptions = Readonly<{
  limits: Pick<Limits, 'maxDocumentBytes' | 'maxDocumentDepth' | 'maxDocumentFiles'>
  bytes: number
  signal: AbortSignal
  read: ReadFile
}>

/** Files that are read at once. */
export const parallelFiles = 8

/**
 * Joins to a document the files that it refers to, and those that these refer to, each once: they come to stand under
 * `filesKey`, and every reference between them becomes a pointer into the one document. Nothing is copied or inlined.
 *
 * A file that cannot be had is noted with its reason, and costs only the operations that need it.
 *
 * @param document - just parsed, and nobody else's: its references are rewritten
 * @param url - where it was found
 * @returns the URLs of the files, in the order of their names
 */
export async function joinFiles(document: JsonObject, url: URL, options: JoinOptions): Promise<readonly string[]> {
  const files = new Map<string, { url: URL; root?: JsonObject }>()
  const failures = new Map<string, string>()
  let waiting: DocumentFile[] = []
  let bytes = options.bytes

  const main = describeFile(document, { name: '', url })

  const rewrite = (root: JsonObject, file: DocumentFile): void => {
    visitRefs(root, (holder, ref, key) => {
      if (file.name === '' && ref.startsWith('#')) return
      const placed = ref.startsWith('#') ? { file, fragment: ref } : placeReference(ref, file, main)
      if (placed === undefined) return
      holder[key] = toPointer(placed.file.name, placed.fragment)
      // A mapping only names what branches refer to.
      if (key !== '$ref') return
      if (placed.file.name === '' || files.has(placed.file.name)) return
      files.set(placed.file.name, { url: placed.file.url })
      if (files.size > options.limits.maxDocumentFiles) failures.set(placed.file.name, tooMany(options.limits))
      else waiting.push(placed.file)
    })
  }

  rewrite(document, main)
  while (waiting.length > 0) {
    const batch = waiting.slice(0, parallelFiles)
    waiting = waiting.slice(parallelFiles)
    const remaining = options.limits.maxDocumentBytes - bytes
    const read = await Promise.all(batch.map(file => readOne(file, remaining, options)))
    for (const [index, file] of batch.entries()) {
      const result = read[index]
      if (result === undefined) continue
      if ('failure' in result) failures.set(file.name, result.failure)
      else if (bytes + result.bytes > options.limits.maxDocumentBytes) failures.set(file.name, tooLarge(options.limits))
      else {
        bytes += result.bytes
        files.set(file.name, { url: file.url, root: result.root })
        rewrite(result.root, describeFile(result.root, file))
      }
    }
  }

  const names = [...files.keys()].toSorted()
  const mounted = names.flatMap(name => (files.get(name)?.root === undefined ? [] : [[name, files.get(name)?.root]]))
  if (mounted.length > 0) (document as Record<string, unknown>)[filesKey] = Object.fromEntries(mounted)
  noteJoined(document, failures)
  return names.map(name => files.get(name)?.url.href ?? '')
}

function describeFile(root: JsonObject, file: DocumentFile): DocumentFile {
  const declared = readDeclared(root, file.url)
  return declared === undefined ? file : { ...file, declared }
}

async function readOne(
  { name, url }: DocumentFile,
  maxBytes: number,
  { limits, signal, read }: JoinOptions,
): Promise<{ root: JsonObject; bytes: number } | { failure: string }> {
  try {
    signal.throwIfAborted()
    if (maxBytes <= 0) return { failure: tooLarge(limits) }
    const bytes = await read(url, maxBytes)
    return { root: await parseDocument(bytes, `"${name}"`, limits.maxDocumentDepth), bytes: bytes.length }
  } catch (thrown) {
    if (signal.aborted) return { failure: 'was not read in time (limits.startTimeoutMs).' }
    if (thrown instanceof GatewayError && isSize(thrown)) return { failure: tooLarge(limits) }
    return { failure: `cannot be used. ${messageOf(thrown).slice(0, 300)}` }
  }
}

function isSize({ data }: GatewayError): boolean {
  return typeof data === 'object' && data !== null && 'code' in data && data.code === 'E_SPEC_SIZE'
}

/** A fragment that is no pointer is an anchor, which leads nowhere: it becomes a name that nothing has. */
function toPointer(name: string, fragment: string): string {
  if (name === '') return fragment === '' ? '#' : fragment
  const file = `#/${filesKey}/${pointerSegment(name).replaceAll('%', '%25')}`
  if (fragment === '' || fragment === '#') return file
  return fragment.startsWith('#/') ? file + fragment.slice(1) : `${file}/${fragment.replaceAll('/', '~1')}`
}

function tooMany({ maxDocumentFiles }: JoinOptions['limits']): string {
  return `was not read: the document has more than ${maxDocumentFiles} files (limits.maxDocumentFiles).`
}

function tooLarge({ maxDocumentBytes }: JoinOptions['limits']): string {
  return `was not read: all files together pass ${maxDocumentBytes} bytes (limits.maxDocumentBytes).`
}
