import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { Limits } from '../../../core/limits.ts'
import type { Egress, EgressOptions } from '../egress/egress.ts'
import { createEgress } from '../egress/egress.ts'
import { documentTooLarge } from './document-error.ts'
import type { ReadFile } from './join-files.ts'
import { parallelFiles } from './join-files.ts'

/** What fetching needs. `egress`: where a URL may lead besides public addresses. */
export type FetchOptions = Readonly<{ limits: Limits; signal?: AbortSignal; egress?: EgressOptions }>

/**
 * Lends a way to fetch the files of one document over one set of connections. Each has `startTimeoutMs`, and no redirect
 * is followed.
 *
 * What is lent throws GatewayError `DOCUMENT_UNREACHABLE`, `DOCUMENT_INVALID`, `EGRESS_DENIED` or `CANCELLED`, naming
 * the URL.
 */
export async function withFetch<T>(options: FetchOptions, use: (fetchFile: ReadFile) => Promise<T>): Promise<T> {
  const egress = createEgress('the OpenAPI document', { ...options.egress, connections: parallelFiles })
  try {
    return await use((url, maxBytes) => fetchFile(egress, url, maxBytes, options))
  } finally {
    await egress.close()
  }
}

/** How errors name a URL: without its query, which may hold a key. */
export function nameUrl(url: URL): string {
  return `${url.origin}${url.pathname}`
}

async function fetchFile(egress: Egress, url: URL, maxBytes: number, options: FetchOptions): Promise<Uint8Array> {
  const { limits, signal = new AbortController().signal } = options
  const headers = { accept: 'application/json, application/yaml, text/yaml, */*;q=0.5' }
  try {
    const { status, body, cut } = await egress.send(
      { method: 'GET', url, headers },
      { signal, timeoutMs: limits.startTimeoutMs, maxBytes: () => maxBytes },
    )
    if (status >= 300 && status < 400) {
      throw unreachable(`${nameUrl(url)} answered HTTP ${status}. Redirects are not followed: give its final URL`)
    }
    if (status < 200 || status > 299) throw unreachable(`${nameUrl(url)} answered HTTP ${status}`)
    if (cut) throw documentTooLarge(nameUrl(url), maxBytes)
    return body
  } catch (cause) {
    if (cause instanceof GatewayError && !cause.code.startsWith('SOURCE_')) throw cause
    throw new GatewayError('DOCUMENT_UNREACHABLE', messageOf(cause), { cause })
  }
}

function unreachable(what: string): GatewayError {
  return new GatewayError('DOCUMENT_UNREACHABLE', `The OpenAPI document ${what}.`)
}
