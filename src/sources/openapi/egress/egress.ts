import type { LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Agent, Dispatcher } from 'undici'
import { GatewayError } from '../../../core/errors.ts'
import type { TlsConfig } from '../../../core/source-config.ts'
import { maxConnections, maxHeaders } from './bounds.ts'
import { cancelled, codeOf, explain, timedOut } from './explain.ts'
import type { EgressRules } from './rules.ts'
import { createGate } from './rules.ts'

/** One request, ready to be sent: data, so that making it can be tested without a socket. */
export type HttpRequest = Readonly<{
  /** Upper case. */
  method: string
  url: URL
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body?: string | Buffer
}>

/** One answer, its body decoded and bounded. */
export type HttpResponse = Readonly<{
  status: number
  /** Names in lower case; of a repeated header the values joined by a comma. */
  headers: Readonly<Record<string, string>>
  body: Buffer
  /** The body went on past `maxBytes` and the rest was thrown away. */
  cut: boolean
}>

/** The only way out of this room. */
export type Egress = Readonly<{
  /**
   * Sends one request. Redirects are answers, never followed. An idempotent one is sent once more when the connection,
   * an old one, turns out to be closed.
   *
   * @param options - `maxBytes` of the decoded body, once status and headers are known; `timeoutMs` until its last byte
   * @throws GatewayError `EGRESS_DENIED`, `SOURCE_UNAVAILABLE`, `SOURCE_TIMEOUT` or `CANCELLED`, naming the source and
   *   `host:port`
   */
  send: (request: HttpRequest, options: SendOptions) => Promise<HttpResponse>
  /** Closes every connection; running requests fail. Safe to call twice. */
  close: () => Promise<void>
}>

/** Bounds of one request. */
export type SendOptions = Readonly<{
  signal: AbortSignal
  timeoutMs: number
  maxBytes: (head: Pick<HttpResponse, 'status' | 'headers'>) => number
}>

/** Where requests may go, and how. Without any of it, to public addresses only. */
export type EgressOptions = EgressRules &
  Readonly<{
    /** To one origin at once. */
    connections?: number
    /** The authorities to trust, and the certificate to show to hosts that the operator named. */
    tls?: TlsConfig
    /** Resolves names; the system's when absent. */
    lookup?: LookupFunction
  }>

/**
 * Makes the outbound HTTP of one source: a pool of connections for each origin, behind one gate.
 *
 * @param name - how errors name it, quotes included: `"petstore"`
 */
export function createEgress(name: string, options: EgressOptions = {}): Egress {
  let exchange: Exchange | undefined
  let agent: Agent | undefined
  /** Loaded at the first request: a document on disk is listed without it, and a start should not wait for it. */
  const open = async (): Promise<Exchange> => {
    const { openAgent } = await import('./open-agent.ts')
    agent ??= openAgent({ connections: maxConnections, ...options, gate: createGate(options) })
    exchange ??= exchangeOver(agent)
    return exchange
  }
  return {
    send: async (request, { signal, timeoutMs, maxBytes }) => {
      const { protocol, username, password } = request.url
      if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '') {
        const allowed = 'http and https URLs without a user or password'
        throw new GatewayError('EGRESS_DENIED', `${name} may only send requests to ${allowed}.`)
      }
      const abort = new AbortController()
      const timer = setTimeout(() => abort.abort(timedOut), timeoutMs)
      const cancel = () => abort.abort(cancelled)
      if (signal.aborted) cancel()
      else signal.addEventListener('abort', cancel, { once: true })
      try {
        return await (exchange ?? (await open()))(request, maxBytes, abort.signal)
      } catch (cause) {
        throw explain(name, request.url, timeoutMs, abort.signal.reason ?? cause, cause)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
      }
    },
    close: async () => agent?.destroy(),
  }
}

type Exchange = (request: HttpRequest, maxBytes: SendOptions['maxBytes'], signal: AbortSignal) => Promise<HttpResponse>

function exchangeOver(agent: Agent): Exchange {
  let connected = 0
  agent.on('connect', () => {
    connected += 1
  })
  const send = async (method: string, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> => {
    const before = connected
    try {
      return await agent.request(options)
    } catch (cause) {
      // No connection came to stand meanwhile: it went over an old one, which its server had just given up.
      if (connected !== before || !idempotent.has(method) || !closedCodes.has(codeOf(cause) ?? '')) throw cause
      return await agent.request(options)
    }
  }
  return async ({ method, url, headers, body }, maxBytes, signal) => {
    const answer = await send(method, {
      origin: url.origin,
      path: url.pathname + url.search,
      method: method as Dispatcher.HttpMethod,
      headers: { 'accept-encoding': 'gzip, deflate, br', ...headers },
      body: body ?? null,
      signal,
    })
    const joined = joinHeaders(answer.headers)
    if (joined === undefined) {
      discard(answer.body)
      throw new Error(`its answer has more than ${maxHeaders} headers`)
    }
    const head = { status: answer.statusCode, headers: joined }
    const isEmpty = method === 'HEAD' || [204, 205, 304].includes(head.status) || head.headers['content-length'] === '0'
    const stream = isEmpty ? answer.body : decode(answer.body, head.headers['content-encoding'])
    return { ...head, ...(await readUpTo(stream, maxBytes(head))) }
  }
}

/** Sent twice, they do what they do sent once (RFC 9110, section 9.2.2; QUERY by its own RFC). */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'])

/** What a request meets on a connection that the other side has closed. */
const closedCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** Undefined when there are more than {@link maxHeaders}. */
function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> | undefined {
  const joined: Record<string, string> = {}
  let count = 0
  for (const name in headers) {
    const value = headers[name] ?? ''
    const isList = Array.isArray(value)
    count += isList ? value.length : 1
    joined[name] = isList ? value.join(', ') : value
  }
  return count > maxHeaders ? undefined : joined
}

/** One layer of encoding is undone; more than one is only ever an attack on whoever undoes them. */
function decode(body: Readable, encoding = ''): Readable {
  const decoders = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress }
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') return body
  if (!Object.hasOwn(decoders, name)) {
    discard(body)
    throw new Error(`its answer has the content encoding ${JSON.stringify(name.slice(0, 40))}, which was not asked for`)
  }
  // The error reaches whoever reads the decoder.
  return pipeline(body, decoders[name as keyof typeof decoders](), () => {})
}

function discard(body: Readable): void {
  // An error that nobody listens to would end the process.
  body.on('error', () => {}).destroy()
}

async function readUpTo(stream: Readable, maxBytes: number): Promise<{ body: Buffer; cut: boolean }> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    // Leaving the loop destroys the stream, and with it the connection.
    if (length > maxBytes) return { body: Buffer.concat(chunks, length).subarray(0, maxBytes), cut: true }
  }
  return { body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length), cut: false }
}
