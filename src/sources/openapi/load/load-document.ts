import { pathToFileURL } from 'node:url'
import { GatewayError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import { isUrl } from '../../../core/url.ts'
import type { EgressOptions } from '../egress/egress.ts'
import { documentTooLarge, invalidDocument } from './document-error.ts'
import { nameDocument } from './document-place.ts'
import type { DocumentVersion, FetchedVersion } from './fetch-files.ts'
import type { ReadFile } from './join-files.ts'
import { joinFiles } from './join-files.ts'
import { checkDocument, parseDocument } from './parse-document.ts'
import type { ParsedFile, TakeAhead } from './read-ahead.ts'
import { readBeside } from './read-beside.ts'
import { readFileBytes } from './read-file-bytes.ts'

/**
 * A document and where it came from: `url` only when it was fetched, for its relative servers; `files`, the URLs of the
 * files that were joined to it, read or not; `bytes`, what it was parsed from where it is a file.
 */
export type LoadedDocument = Readonly<{
  document: JsonObject
  url?: string
  files?: readonly string[]
  bytes?: Uint8Array
}>

/** The bytes of a document that was fetched, not yet read. */
export type FetchedDocument = Required<FetchedVersion> & Readonly<{ url: string }>

/**
 * How a document is loaded. `egress`: where a URL may lead besides public addresses; `headers`: what its origin is sent;
 * `fetched`: what {@link fetchDocument} gave for a URL, if that was done before; `ahead`: a file that may have been read
 * before.
 */
export type LoadOptions = Readonly<{
  limits: Limits
  signal?: AbortSignal
  egress?: EgressOptions
  headers?: Readonly<Record<string, string>>
  externalRefs?: boolean
  fetched?: FetchedDocument
  ahead?: TakeAhead
}>

/**
 * Loads an OpenAPI document: from an http(s) URL, from a file, or given as an object or as text.
 *
 * No redirect is followed, and no other file is read unless `externalRefs` allows those that lie beside it; all of them
 * together have `startTimeoutMs`.
 *
 * @throws GatewayError `DOCUMENT_UNREACHABLE`, `DOCUMENT_INVALID`, `EGRESS_DENIED` or `CANCELLED`; the message names the
 *   document
 */
export async function loadDocument(from: OpenApiConfig['document'], options: LoadOptions): Promise<LoadedDocument> {
  const name = nameDocument(from)
  if ('inline' in from) return checkRoot({ document: await readInline(from.inline, options.limits) }, name)
  const { limits, externalRefs = false } = options
  if (isUrl(from.at)) {
    const { bytes, url } = options.fetched ?? (await fetchDocument(from.at, options))
    const loaded = checkRoot({ document: await parseDocument(bytes, name, limits.maxDocumentDepth), url }, name)
    if (!externalRefs) return loaded
    const { withFetch } = await loadFetch()
    return await withFetch(options, read => join(loaded, new URL(url), bytes.length, read, options))
  }
  const { document, bytes } = (await options.ahead?.(from.at, limits)) ?? (await readFile(from.at, name, limits))
  const loaded = checkRoot({ document, bytes }, name)
  if (!externalRefs) return loaded
  return await join(loaded, pathToFileURL(from.at), bytes.length, await readBeside(from.at), options)
}

async function readFile(path: string, name: string, limits: Limits): Promise<ParsedFile> {
  const bytes = await readFileBytes(path, limits.maxDocumentBytes)
  return { document: await parseDocument(bytes, name, limits.maxDocumentDepth), bytes }
}

/**
 * Fetches the bytes of a document, within `startTimeoutMs`. Redirects are not followed.
 *
 * @throws GatewayError as {@link loadDocument} does
 */
export async function fetchDocument(at: string, options: LoadOptions): Promise<FetchedDocument> {
  const url = parseUrl(at)
  const { fetchVersion } = await loadFetch()
  const { version, bytes = new Uint8Array() } = await fetchVersion(url, undefined, options)
  return { version, bytes, url: url.href }
}

/** {@link fetchDocument}, but of the version that is known only what its server calls it now. */
export async function fetchIfChanged(
  at: string,
  known: DocumentVersion | undefined,
  options: LoadOptions,
): Promise<FetchedDocument | Readonly<{ version: DocumentVersion; bytes?: never }>> {
  const url = parseUrl(at)
  const { fetchVersion } = await loadFetch()
  const { version, bytes } = await fetchVersion(url, known, options)
  return bytes === undefined ? { version } : { version, bytes, url: url.href }
}

async function join(
  loaded: LoadedDocument,
  url: URL,
  bytes: number,
  read: ReadFile,
  { limits, signal: stop = new AbortController().signal }: LoadOptions,
): Promise<LoadedDocument> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(limits.startTimeoutMs)])
  const files = await joinFiles(loaded.document, url, { limits, bytes, signal, read })
  if (stop.aborted) throw new GatewayError('CANCELLED', 'Loading the OpenAPI document was cancelled.')
  return files.length === 0 ? loaded : { ...loaded, files }
}

function checkRoot(loaded: LoadedDocument, from: string): LoadedDocument {
  if (['openapi', 'swagger', 'paths', 'webhooks', 'components'].some(key => Object.hasOwn(loaded.document, key)))
    return loaded
  const what = 'has neither "openapi" nor "swagger" nor "paths"; perhaps an error that was answered in its place'
  throw invalidDocument(from, { code: 'E_SPEC_SHAPE', what, at: { pointer: '#' } })
}

async function readInline(inline: unknown, limits: Limits): Promise<JsonObject> {
  if (typeof inline !== 'string') return checkDocument(inline, 'given inline', limits.maxDocumentDepth, true)
  const bytes = Buffer.from(inline)
  if (bytes.length > limits.maxDocumentBytes) throw documentTooLarge('given inline', limits.maxDocumentBytes)
  return parseDocument(bytes, 'given inline', limits.maxDocumentDepth)
}

/** Everything that goes out, which a document on disk needs none of. */
const loadFetch = () => import('./fetch-files.ts')

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url !== null && url.username === '' && url.password === '') return url
  const why =
    url === null ? 'is not a URL' : 'must not hold a user or password; use "headers", with "baseUrl" or "allowHosts"'
  throw new GatewayError('DOCUMENT_INVALID', `The URL of the OpenAPI document ${why}.`)
}
