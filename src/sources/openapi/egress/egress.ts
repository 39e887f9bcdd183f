import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Agent, Dispatcher } from 'undici'
import { GatewayError, messageOf } from '../../../core/errors.ts'

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
   * Sends one request. Redirects are answers, never followed.
   *
   * @param options - `maxBytes` of the decoded body, once status and headers are known; `timeoutMs` until its last byte
   * @throws GatewayError `SOURCE_UNAVAILABLE`, `SOURCE_TIMEOUT` or `CANCELLED`, naming the source and `host:port`
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

const connectTimeoutMs = 5_000

/** More connections to one origin than this wait in line. */
const maxConnections = 64

/**
 * Makes the outbound HTTP of one source: a pool of connections for each origin.
 *
 * @param name - how errors name it, quotes included: `"petstore"`
 */
export function createEgress(name: string, options: Readonly<{ connections?: number }> = {}): Egress {
  let agent: Agent | undefined
  /** Loaded at the first request: a document on disk is listed without it, and a start should not wait for it. */
  const openAgent = async (): Promise<Agent> => {
    const undici = await import('undici')
    agent ??= new undici.Agent({
      connections: options.connections ?? maxConnections,
      connect: { timeout: connectTimeoutMs },
      // The deadline below is the limit; undici's own two would only be another one beside it.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    return agent
  }
  return {
    send: async (request, { signal, timeoutMs, maxBytes }) => {
      const abort = new AbortController()
      const timer = setTimeout(() => abort.abort(timedOut), timeoutMs)
      const cancel = () => abort.abort(cancelled)
      if (signal.aborted) cancel()
      else signal.addEventListener('abort', cancel, { once: true })
      try {
        return await exchange(agent ?? (await openAgent()), request, maxBytes, abort.signal)
      } catch (cause) {
        throw explain(name, request, timeoutMs, abort.signal.reason ?? cause, cause)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
      }
    },
    close: async () => agent?.destroy(),
  }
}

const timedOut = Symbol('timed out')
const cancelled = Symbol('cancelled')

async function exchange(
  agent: Agent,
  { method, url, headers, body }: HttpRequest,
  maxBytes: SendOptions['maxBytes'],
  signal: AbortSignal,
): Promise<HttpResponse> {
  const answer = await agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: method as Dispatcher.HttpMethod,
    headers: { 'accept-encoding': 'gzip, deflate, br', ...headers },
    body: body ?? null,
    signal,
  })
  const head = { status: answer.statusCode, headers: joinHeaders(answer.headers) }
  const isEmpty = method === 'HEAD' || [204, 205, 304].includes(head.status) || head.headers['content-length'] === '0'
  const stream = isEmpty ? answer.body : decode(answer.body, head.headers['content-encoding'])
  return { ...head, ...(await readUpTo(stream, maxBytes(head))) }
}

function joinHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
}

/** One layer of encoding is undone; more than one is only ever an attack on whoever undoes them. */
function decode(body: Readable, encoding = ''): Readable {
  const decoders = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress }
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') return body
  if (!Object.hasOwn(decoders, name)) {
    // An error that nobody listens to would end the process.
    body.on('error', () => {}).destroy()
    throw new Error(`its answer has the content encoding ${JSON.stringify(name.slice(0, 40))}, which was not asked for`)
  }
  // The error reaches whoever reads the decoder.
  return pipeline(body, decoders[name as keyof typeof decoders](), () => {})
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

function explain(name: string, request: HttpRequest, timeoutMs: number, reason: unknown, cause: unknown): GatewayError {
  const { protocol, hostname, port } = request.url
  const host = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  if (reason === cancelled) return new GatewayError('CANCELLED', `The call to ${name} at ${host} was cancelled.`)
  if (reason === timedOut) {
    return new GatewayError('SOURCE_TIMEOUT', `${name} at ${host} gave no answer within ${timeoutMs} ms.`, { cause })
  }
  const code = codeOf(cause)
  const why = (code === undefined ? undefined : explanations.get(code)) ?? messageOf(cause).slice(0, 160)
  const shown = code === undefined || why.includes(code) ? why : `${why} (${code})`
  return new GatewayError('SOURCE_UNAVAILABLE', `${name} cannot be reached at ${host}: ${shown}.`, { cause })
}

function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { code } = thrown as NodeJS.ErrnoException
  if (code !== undefined) return code
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : codeOf(thrown.cause)
}

const explanations: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'the connection was closed before the answer was complete'],
  ['UND_ERR_SOCKET', 'the connection was closed before the answer was complete'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the answer is shorter or longer than it said'],
  ['UND_ERR_CONNECT_TIMEOUT', `no connection within ${connectTimeoutMs} ms`],
  ['ENOTFOUND', 'there is no such host name'],
  ['EAI_AGAIN', 'the name server does not answer'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'no route to the network'],
  ['Z_DATA_ERROR', 'its compressed answer is damaged'],
  ['Z_BUF_ERROR', 'its compressed answer is incomplete'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate chain is self-signed'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
])
