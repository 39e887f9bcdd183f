import { statSync } from 'node:fs'
import { GatewayError } from '../../core/errors.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import { isUrl } from '../../core/url.ts'
import type { DocumentCache } from './cache/document-cache.ts'
import type { DocumentExtract } from './document-extract.ts'
import { documentHeaders } from './egress/trust.ts'
import { hideInErrors } from './hide-in-errors.ts'
import { nameDocument } from './load/document-place.ts'
import type { FetchedDocument, LoadOptions } from './load/load-document.ts'
import type { DocumentConfig, DocumentPreview, ReadDocument } from './read-document.ts'
import { completeDocument, toExtractConfig } from './read-document.ts'
import { readLarge } from './read-large.ts'
import { maxInlineBytes } from './start-thread.ts'

/**
 * How a document is read. `lint`: also checked against the schema of its version, for warnings. Default: no. `home`: the
 * base URL that it named first, where it was fetched before. `cache`: where what was read of large documents is kept.
 */
export type ReadOptions = Omit<LoadOptions, 'headers'> &
  Readonly<{ lint?: boolean; home?: string; cache?: DocumentCache }>

/**
 * Loads the document of an entry and reads it whole: the one way for sources, previews and commands.
 *
 * @param options - `egress`: where the document's URL may lead besides public addresses; that the entry holds the URL
 *   itself counts for nothing here, since anyone may ask for a preview
 *   `fetched`: the bytes of a URL, where they are there already
 * @throws GatewayError `DOCUMENT_UNREACHABLE`, `DOCUMENT_INVALID`, `EGRESS_DENIED` or `CANCELLED`; the message names the
 *   document
 */
export function readSource(config: DocumentConfig, options: ReadOptions): Promise<ReadDocument> {
  return hideInErrors(config, () => readWhole(config, options))
}

async function readWhole(config: DocumentConfig, options: ReadOptions): Promise<ReadDocument> {
  const { document } = config
  const signal = options.signal ?? new AbortController().signal
  const isRemote = 'at' in document && isUrl(document.at)
  const headers = documentHeaders(config)
  const fetched = isRemote
    ? (options.fetched ?? (await fetchDocument(document.at, { ...options, headers })))
    : undefined
  const extract = await readExtract(config, { ...options, signal, headers, ...(fetched && { fetched }) })
  const { home } = options
  return completeDocument(extract, config, { ...(fetched && { url: fetched.url }), ...(home && { before: home }) })
}

async function readExtract(
  config: DocumentConfig,
  options: ReadOptions & LoadOptions & Readonly<{ signal: AbortSignal }>,
): Promise<DocumentExtract> {
  const { document, externalRefs = false } = config
  const { signal, limits, lint = false, fetched, headers = {} } = options
  const wanted = toExtractConfig(config)
  const size = sizeOf(document, fetched)
  // How large a document of many files is, nobody knows before.
  if (externalRefs || size > maxInlineBytes) {
    const { lookup: _, ...egress } = options.egress ?? {}
    const task = { document, config: wanted, name: nameDocument(document), limits, lint, ...(fetched && { fetched }) }
    // With files beside it the thread asks for these itself; otherwise it learns nothing of how the document was fetched.
    const how = { signal, size, cache: options.cache }
    return readLarge(externalRefs ? { ...task, externalRefs, headers, egress } : task, how)
  }
  // All that reads a document is loaded by who reads one: with a large one that is the thread, and never this.
  const [{ loadDocument }, { readLoaded }] = await Promise.all([
    import('./load/load-document.ts'),
    import('./read-loaded.ts'),
  ])
  const loaded = await loadDocument(document, options)
  checkCancelled(signal)
  const extract = await readLoaded(loaded, wanted, options)
  checkCancelled(signal)
  return extract
}

function checkCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new GatewayError('CANCELLED', 'Reading the OpenAPI document was cancelled.')
}

/**
 * Says what a document offers without keeping or calling anything: the same tools, in the same order, that the source
 * made from this entry lists.
 *
 * @throws GatewayError as {@link readSource} does
 */
export async function previewDocument(config: DocumentConfig, options: ReadOptions): Promise<DocumentPreview> {
  const { title, tools, skipped, warnings, servers, securitySchemes } = await readSource(config, options)
  return { ...(title !== undefined && { title }), tools, skipped, warnings, servers, securitySchemes }
}

async function fetchDocument(at: string, options: LoadOptions): Promise<FetchedDocument> {
  return (await import('./load/load-document.ts')).fetchDocument(at, options)
}

/** In bytes. An object given inline came through a door or a file that bounds it, and is parsed already. */
function sizeOf(document: OpenApiConfig['document'], fetched?: FetchedDocument): number {
  if (fetched !== undefined) return fetched.bytes.length
  if ('inline' in document) return typeof document.inline === 'string' ? document.inline.length : 0
  // At once, so that the thread is at work before the rest of the start goes on.
  try {
    return statSync(document.at).size
  } catch {
    // Why it cannot be looked at is told when it is opened.
    return 0
  }
}
