import type { Digest } from './cache/digest.ts'
import { digestBytes, digestFile } from './cache/digest.ts'
import type { DocumentCache } from './cache/document-cache.ts'
import type { DocumentExtract } from './document-extract.ts'
import { unpackExtract } from './pack-extract.ts'
import type { ThreadTask } from './read-in-thread.ts'
import { readInThread } from './read-in-thread.ts'

/** How a large document is read. `size`: the bytes that it seems to have; `cache`: where extracts are kept. */
export type ReadLargeOptions = Readonly<{ signal: AbortSignal; size: number; cache: DocumentCache | undefined }>

/**
 * Reads a large document: takes its extract from the cache where the same bytes were read before for the same entry, and
 * else has a thread read it.
 *
 * Documents of many files and those that are checked are never kept, nor is one that is written into an entry.
 *
 * @throws GatewayError as `readSource` does
 */
export async function readLarge(task: ThreadTask, { signal, size, cache }: ReadLargeOptions): Promise<DocumentExtract> {
  const { document, config, limits, fetched, externalRefs, lint } = task
  if (cache === undefined || externalRefs || lint || !('at' in document)) {
    return unpackExtract((await readInThread(task, signal)).extract)
  }
  const keyOf = (digest: Digest) => ({ ...digest, config, limits })
  const known = fetched ? digestBytes(fetched.bytes) : findDigest(document.at, size, limits.maxDocumentBytes, cache)
  const before = known && takeExtract(keyOf(known), cache)
  if (before !== undefined) return before
  const { extract, digest } = await readInThread({ ...task, ...(fetched === undefined && { digest: true }) }, signal)
  // A file may have changed since it was looked at: what counts are the bytes that were read.
  const read = fetched === undefined ? digest : Promise.resolve(known)
  cache.keep(
    read.then(found => found && keyOf(found)),
    extract,
  )
  return unpackExtract(extract)
}

/** A document that cannot be there is not hashed before it is read. */
function findDigest(path: string, size: number, maxBytes: number, cache: DocumentCache): Digest | undefined {
  return cache.mayHave(size) ? digestFile(path, maxBytes) : undefined
}

function takeExtract(key: Parameters<DocumentCache['take']>[0], cache: DocumentCache): DocumentExtract | undefined {
  const bytes = cache.take(key)
  if (bytes === undefined) return undefined
  try {
    return unpackExtract(bytes)
  } catch {
    cache.drop(key)
    return undefined
  }
}
