import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import type { EgressOptions } from '../egress/egress.ts'
import { createEgress } from '../egress/egress.ts'
import { documentTooLarge, invalidDocument } from './document-error.ts'
import { checkDocument, parseDocument } from './parse-document.ts'
import { readFileBytes } from './read-file-bytes.ts'

/** A document and where it came from: `url` only when it was fetched, for its relative servers. */
export type LoadedDocument = Readonly<{ document: JsonObject; url?: string }>

/** The bytes of a document that was fetched, not yet read. */
export type FetchedDocument = Readonly<{ bytes: Uint8Array; url: string }>

/** How a document is loaded. `egress`: where a URL may lead besides public addresses. */
export type LoadOptions = Readonly<{ limits: Limits; signal?: AbortSignal; egress?: EgressOptions }>

/**
 * Loads an OpenAPI document: from an http(s) URL, from a file, or given as an object or as text.
 *
 * One document and nothing else is read: no redirect and no reference leads anywhere.
 *
 * @param options - `fetched`: what {@link fetchDocument} gave for a URL, where that was done before
 * @throws GatewayError `DOCUMENT_UNREACHABLE`, `DOCUMENT_INVALID`, `EGRESS_DENIED` or `CANCELLED`; the message names the
 *   document
 */
export async function loadDocument(
  from: OpenApiConfig['document'],
  options: LoadOptions & Readonly<{ fetched?: FetchedDocument }>,
): Promise<LoadedDocument> {
  const name = nameDocument(from)
  if ('inline' in from) return checkRoot({ document: await readInline(from.inline, options.limits) }, name)
  const { limits } = options
  if (isUrl(from.at)) {
    const { bytes, url } = options.fetched ?? (await fetchDocument(from.at, options))
    return checkRoot({ document: await parseDocument(bytes, name, limits.maxDocumentDepth), url }, name)
  }
  const bytes = await readFileBytes(from.at, limits.maxDocumentBytes)
  return checkRoot({ document: await parseDocument(bytes, name, limits.maxDocumentDepth) }, name)
}

function checkRoot(loaded: LoadedDocument, from: string): LoadedDocument {
  if (['openapi', 'swagger', 'paths'].some(key => Object.hasOwn(loaded.document, key))) return loaded
  const what = 'has neither "openapi" nor "swagger" nor "paths"; perhaps an error that was answered in its place'
  throw invalidDocument(from, { code: 'E_SPEC_SHAPE', what })
}

/**
 * Fetches the bytes of a document, within `startTimeoutMs`. Redirects are not followed.
 *
 * @throws GatewayError as {@link loadDocument} does
 */
export async function fetchDocument(at: string, options: LoadOptions): Promise<FetchedDocument> {
  const url = parseUrl(at)
  return { bytes: await fetchBytes(url, options), url: url.href }
}

/** True for what is fetched; anything else is a path. */
export function isUrl(at: string): boolean {
  return /^https?:\/\//i.test(at)
}

async function readInline(inline: unknown, limits: Limits): Promise<JsonObject> {
  if (typeof inline !== 'string') return checkDocument(inline, 'given inline', limits.maxDocumentDepth, true)
  const bytes = Buffer.from(inline)
  if (bytes.length > limits.maxDocumentBytes) throw documentTooLarge('given inline', limits.maxDocumentBytes)
  return parseDocument(bytes, 'given inline', limits.maxDocumentDepth)
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url !== null && url.username === '' && url.password === '') return url
  const why = url === null ? 'is not a URL' : 'must not hold a user or password; use "headers"'
  throw new GatewayError('DOCUMENT_INVALID', `The URL of the OpenAPI document ${why}.`)
}

async function fetchBytes(url: URL, { limits, signal, egress: rules }: LoadOptions): Promise<Uint8Array> {
  const egress = createEgress('the OpenAPI document', { ...rules, connections: 1 })
  const headers = { accept: 'application/json, application/yaml, text/yaml, */*;q=0.5' }
  try {
    const { status, body, cut } = await egress.send(
      { method: 'GET', url, headers },
      {
        signal: signal ?? new AbortController().signal,
        timeoutMs: limits.startTimeoutMs,
        maxBytes: () => limits.maxDocumentBytes,
      },
    )
    if (status >= 300 && status < 400) {
      throw unreachable(`${nameUrl(url)} answered HTTP ${status}. Redirects are not followed: give its final URL`)
    }
    if (status < 200 || status > 299) throw unreachable(`${nameUrl(url)} answered HTTP ${status}`)
    if (cut) throw documentTooLarge(nameUrl(url), limits.maxDocumentBytes)
    return body
  } catch (cause) {
    if (cause instanceof GatewayError && !cause.code.startsWith('SOURCE_')) throw cause
    throw new GatewayError('DOCUMENT_UNREACHABLE', messageOf(cause), { cause })
  } finally {
    await egress.close()
  }
}

function nameDocument(from: OpenApiConfig['document']): string {
  if ('inline' in from) return 'given inline'
  const url = isUrl(from.at) ? URL.parse(from.at) : null
  return url === null ? `"${from.at}"` : nameUrl(url)
}

/** Without its query, which may hold a key. */
function nameUrl(url: URL): string {
  return `${url.origin}${url.pathname}`
}

function unreachable(what: string): GatewayError {
  return new GatewayError('DOCUMENT_UNREACHABLE', `The OpenAPI document ${what}.`)
}
