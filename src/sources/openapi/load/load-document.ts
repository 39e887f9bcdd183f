import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import type { EgressOptions } from '../egress/egress.ts'
import { createEgress } from '../egress/egress.ts'
import { checkDocument, parseDocument } from './parse-document.ts'

/** A document and where it came from: `url` only when it was fetched, for its relative servers. */
export type LoadedDocument = Readonly<{ document: JsonObject; url?: string }>

/** The bytes of a document that was fetched, not yet read. */
export type FetchedDocument = Readonly<{ bytes: Uint8Array; url: string; version: DocumentVersion }>

/** What tells one version of a fetched document from another: its server's word for it, and the hash of its bytes. */
export type DocumentVersion = Readonly<{ etag?: string; lastModified?: string; digest: string }>

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
  const { limits } = options
  if ('inline' in from) return { document: await readInline(from.inline, limits) }
  if (isUrl(from.at)) {
    const { bytes, url } = options.fetched ?? (await fetchDocument(from.at, options))
    return { document: await parseDocument(bytes, nameUrl(new URL(url)), limits.maxDocumentDepth), url }
  }
  const bytes = await readBytes(from.at, limits.maxDocumentBytes)
  return { document: await parseDocument(bytes, `"${from.at}"`, limits.maxDocumentDepth) }
}

/**
 * Fetches the bytes of a document, within `startTimeoutMs`. Redirects are not followed.
 *
 * @throws GatewayError as {@link loadDocument} does
 */
export async function fetchDocument(at: string, options: LoadOptions): Promise<FetchedDocument> {
  const fetched = await fetchIfChanged(at, undefined, options)
  if (fetched === undefined)
    throw unreachable(`${nameUrl(parseUrl(at))} answered HTTP 304 to a question without a version`)
  return fetched
}

/**
 * Fetches a document unless it is the version that is known: a server that keeps ETag or Last-Modified then sends none of
 * it, and of any other the bytes are compared.
 *
 * @returns undefined where it is that version
 * @throws GatewayError as {@link loadDocument} does
 */
export async function fetchIfChanged(
  at: string,
  known: DocumentVersion | undefined,
  options: LoadOptions,
): Promise<FetchedDocument | undefined> {
  const url = parseUrl(at)
  const answer = await fetchBytes(url, options, known)
  if (answer === undefined || answer.version.digest === known?.digest) return undefined
  return { ...answer, url: url.href }
}

/** True for what is fetched; anything else is a path. */
export function isUrl(at: string): boolean {
  return /^https?:\/\//i.test(at)
}

async function readInline(inline: unknown, limits: Limits): Promise<JsonObject> {
  if (typeof inline !== 'string') return checkDocument(inline, 'given inline', limits.maxDocumentDepth, true)
  const bytes = Buffer.from(inline)
  if (bytes.length > limits.maxDocumentBytes) throw tooLarge('given inline', limits.maxDocumentBytes)
  return parseDocument(bytes, 'given inline', limits.maxDocumentDepth)
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url !== null && url.username === '' && url.password === '') return url
  const why = url === null ? 'is not a URL' : 'must not hold a user or password; use "headers"'
  throw new GatewayError('DOCUMENT_INVALID', `The URL of the OpenAPI document ${why}.`)
}

async function fetchBytes(
  url: URL,
  { limits, signal, egress: rules }: LoadOptions,
  known?: DocumentVersion,
): Promise<Omit<FetchedDocument, 'url'> | undefined> {
  const egress = createEgress('the OpenAPI document', { ...rules, connections: 1 })
  const headers = {
    accept: 'application/json, application/yaml, text/yaml, */*;q=0.5',
    ...(known?.etag !== undefined && { 'if-none-match': known.etag }),
    ...(known?.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
  }
  try {
    const {
      status,
      headers: answered,
      body,
      cut,
    } = await egress.send(
      { method: 'GET', url, headers },
      {
        signal: signal ?? new AbortController().signal,
        timeoutMs: limits.startTimeoutMs,
        maxBytes: () => limits.maxDocumentBytes,
      },
    )
    if (status === 304 && known !== undefined) return undefined
    if (status >= 300 && status < 400) {
      throw unreachable(`${nameUrl(url)} answered HTTP ${status}. Redirects are not followed: give its final URL`)
    }
    if (status < 200 || status > 299) throw unreachable(`${nameUrl(url)} answered HTTP ${status}`)
    if (cut) throw tooLarge(nameUrl(url), limits.maxDocumentBytes)
    return { bytes: body, version: versionOf(answered, body) }
  } catch (cause) {
    if (cause instanceof GatewayError && !cause.code.startsWith('SOURCE_')) throw cause
    throw new GatewayError('DOCUMENT_UNREACHABLE', messageOf(cause), { cause })
  } finally {
    await egress.close()
  }
}

function versionOf({ etag, 'last-modified': lastModified }: Readonly<Record<string, string>>, bytes: Uint8Array) {
  return {
    ...(etag && { etag }),
    ...(lastModified && { lastModified }),
    digest: createHash('sha256').update(bytes).digest('hex'),
  }
}

async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    const why = isObject(cause) && cause.code === 'ENOENT' ? 'does not exist' : `cannot be opened: ${messageOf(cause)}`
    throw new GatewayError('DOCUMENT_UNREACHABLE', `The OpenAPI document "${path}" ${why}.`, { cause })
  })
  try {
    const { size } = await file.stat()
    if (size > maxBytes) throw tooLarge(`"${path}"`, maxBytes)
    return await file.readFile()
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause
    throw new GatewayError('DOCUMENT_UNREACHABLE', `The OpenAPI document "${path}" cannot be read.`, { cause })
  } finally {
    await file.close()
  }
}

/** Without its query, which may hold a key. */
function nameUrl(url: URL): string {
  return `${url.origin}${url.pathname}`
}

function tooLarge(from: string, maxBytes: number): GatewayError {
  const remedy = 'Raise limits.maxDocumentBytes if it may be that large.'
  return new GatewayError(
    'DOCUMENT_INVALID',
    `The OpenAPI document ${from} is larger than ${maxBytes} bytes. ${remedy}`,
  )
}

function unreachable(what: string): GatewayError {
  return new GatewayError('DOCUMENT_UNREACHABLE', `The OpenAPI document ${what}.`)
}
