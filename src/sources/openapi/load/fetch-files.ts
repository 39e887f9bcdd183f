import { createHash } from 'node:crypto'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { Limits } from '../../../core/limits.ts'
import type { Egress, EgressOptions } from '../egress/egress.ts'
import { createEgress } from '../egress/egress.ts'
import type { HttpResponse } from '../egress/http.ts'
import { documentTooLarge } from './document-error.ts'
import { nameUrl } from './document-place.ts'
import type { ReadFile } from './join-files.ts'
import { parallelFiles } from './join-files.ts'

/**
 * What fetching needs. `egress`: where a URL may lead besides public addresses; `headers`: what is sent to the document's
 * URL and to its files, which lie at the same origin.
 */
export type FetchOptions = Readonly<{
  limits: Limits
  signal?: AbortSignal
  egress?: EgressOptions
  headers?: Readonly<Record<string, string>>
}>

/** What tells one version of a fetched document from another: its server's word for it, and the hash of its bytes. */
export type DocumentVersion = Readonly<{ etag?: string; lastModified?: string; digest: string }>

/** One version, as it was answered: without its bytes where they are those that are known. */
export type FetchedVersion = Readonly<{ version: DocumentVersion; bytes?: Uint8Array }>

/**
 * Fetches a document unless it is the version that is known: a server that keeps ETag or Last-Modified then sends none of
 * it, and of any other the bytes are compared.
 *
 * @returns its version is to be named the next time, also where only the server's word for it is new
 * @throws GatewayError as what {@link withFetch} lends does
 */
export async function fetchVersion(
  url: URL,
  known: DocumentVersion | undefined,
  options: FetchOptions,
): Promise<FetchedVersion> {
  const egress = createEgress('The OpenAPI document', { ...options.egress, connections: 1 })
  try {
    const answer = await ask(egress, url, options.limits.maxDocumentBytes, options, known)
    if (answer === undefined && known !== undefined) return { version: known }
    const { headers = {}, body = new Uint8Array() } = answer ?? {}
    const version = versionOf(headers, body)
    return version.digest === known?.digest ? { version } : { version, bytes: body }
  } finally {
    await egress.close()
  }
}

/**
 * Lends a way to fetch the files of one document over one set of connections. Each has `startTimeoutMs`, and no redirect
 * is followed.
 *
 * What is lent throws GatewayError `DOCUMENT_UNREACHABLE`, `DOCUMENT_INVALID`, `EGRESS_DENIED` or `CANCELLED`, naming
 * the URL.
 */
export async function withFetch<T>(options: FetchOptions, use: (fetchFile: ReadFile) => Promise<T>): Promise<T> {
  const egress = createEgress('The OpenAPI document', { ...options.egress, connections: parallelFiles })
  try {
    return await use(async (url, maxBytes) => {
      const answer = await ask(egress, url, maxBytes, options)
      return answer?.body ?? new Uint8Array()
    })
  } finally {
    await egress.close()
  }
}

/** @returns undefined for the version that is known */
async function ask(
  egress: Egress,
  url: URL,
  maxBytes: number,
  { limits, signal = new AbortController().signal, headers: configured = {} }: FetchOptions,
  known?: DocumentVersion,
): Promise<Pick<HttpResponse, 'headers' | 'body'> | undefined> {
  const headers = {
    ...Object.fromEntries(Object.entries(configured).map(([name, value]) => [name.toLowerCase(), value])),
    accept: 'application/json, application/yaml, text/yaml, */*;q=0.5',
    ...(known?.etag !== undefined && { 'if-none-match': known.etag }),
    ...(known?.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
  }
  try {
    const answer = await egress.send(
      { method: 'GET', url, headers },
      { signal, timeoutMs: limits.startTimeoutMs, maxBytes: () => maxBytes },
    )
    const { status } = answer
    if (status === 304 && known !== undefined) return undefined
    if (status >= 300 && status < 400) {
      throw unreachable(`${nameUrl(url)} answered HTTP ${status}. Redirects are not followed: give its final URL`)
    }
    if ((status === 401 || status === 403) && Object.keys(configured).length === 0) {
      const remedy =
        'The "headers" of its entry go along where its URL has the origin of "baseUrl" or a host of "allowHosts"'
      throw unreachable(`${nameUrl(url)} answered HTTP ${status}. ${remedy}`)
    }
    if (status < 200 || status > 299) {
      throw unreachable(`${nameUrl(url)} answered HTTP ${status}${remedies.get(status) ?? ''}`)
    }
    if (answer.cut) throw documentTooLarge(nameUrl(url), maxBytes)
    return answer
  } catch (cause) {
    if (cause instanceof GatewayError && !cause.code.startsWith('SOURCE_')) throw cause
    throw new GatewayError('DOCUMENT_UNREACHABLE', messageOf(cause), { cause })
  }
}

const remedies: ReadonlyMap<number, string> = new Map([
  [401, '. Are the "headers" of its entry right?'],
  [403, '. Are the "headers" of its entry right?'],
  [404, '. Is its URL right?'],
  [410, '. Is its URL right?'],
])

function versionOf(
  { etag, 'last-modified': lastModified }: HttpResponse['headers'],
  bytes: Uint8Array,
): DocumentVersion {
  return {
    ...(etag && { etag }),
    ...(lastModified && { lastModified }),
    digest: createHash('sha256').update(bytes).digest('hex'),
  }
}

function unreachable(what: string): GatewayError {
  return new GatewayError('DOCUMENT_UNREACHABLE', `The OpenAPI document ${what}${what.endsWith('?') ? '' : '.'}`)
}
