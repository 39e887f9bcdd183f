import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import { isDeeperThan } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import { passesBounds } from '../core/measure-json.ts'

/** One request on its way through a door, past Host, Origin and key. */
export type Exchange = Readonly<{
  request: IncomingMessage
  response: ServerResponse
  /** The decoded path without query, never empty. */
  path: string
  query: URLSearchParams
  caller: Caller
  /** Aborts when the client goes away before it has its whole answer. */
  gone: AbortSignal
  /** Aborts `gone`: for a call that has outlived its request, and is given up. */
  abort(): void
  limits: Limits
  /** Adds to the line that is logged of this request: numbers and words of ours, by name; undefined takes one away. */
  note(fields: Readonly<Record<string, string | number | undefined>>): void
}>

/** A door: answers an exchange whole, or throws a GatewayError before its first byte. */
export type Door = (exchange: Exchange) => Promise<void>

/**
 * Reads the body as JSON, once.
 *
 * @throws GatewayError `REQUEST_TOO_LARGE`, or `REQUEST_INVALID` for what is no JSON, not `application/json`, or too deep
 */
export async function readJson({ request, limits }: Pick<Exchange, 'request' | 'limits'>): Promise<unknown> {
  const given = request.headers['content-type']
  const type = given === 'application/json' ? given : given?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    const got = type === undefined ? 'no Content-Type' : `Content-Type "${type.slice(0, 60)}"`
    throw new GatewayError('REQUEST_INVALID', `The body must be sent as application/json; it came with ${got}.`)
  }
  const text = await readText(request, limits.maxBodyBytes)
  const { maxJsonDepth: maxDepth, maxJsonContainers: maxContainers } = limits
  const passed = passesBounds(text, { maxDepth, maxContainers })
  if (passed === 'maxDepth') throw tooDeep(limits)
  if (passed === 'maxContainers')
    throw new GatewayError(
      'REQUEST_INVALID',
      `The body holds more than ${maxContainers} objects and lists (limits.maxJsonContainers).`,
    )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('REQUEST_INVALID', `The body is not valid JSON: ${(cause as Error).message}.`, {
      cause,
      data: 'parse',
    })
  }
  if (isDeeperThan(value, maxDepth)) throw tooDeep(limits)
  return value
}

function tooDeep({ maxJsonDepth }: Limits): GatewayError {
  return new GatewayError('REQUEST_INVALID', `The body nests deeper than ${maxJsonDepth} levels (limits.maxJsonDepth).`)
}

/** How much of a body that nobody reads is still taken in. */
const maxDroppedBytes = 67_108_864

/**
 * For an answer that comes before its request was read: what the client still sends is read and dropped, up to 64 MiB, and
 * then cut; `limits.requestTimeoutMs` ends one that is slow. To close while it comes would reset the connection, and the client
 * might never see the answer (RFC 9112, 9.6). Call it before the head of the answer is written.
 */
export function dropRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return
  if (!response.shouldKeepAlive) {
    // One that asks for it has its connection closed too, but behind its request and not behind the answer.
    response.shouldKeepAlive = true
    const end = (): void => void request.socket.end()
    request.once('close', () => (response.writableFinished ? end() : response.once('finish', end)))
  }
  let left = maxDroppedBytes
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) request.destroy()
  })
  request.resume()
}

/** Answers with JSON. `no-store`, since every answer depends on the caller. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  sendJsonText(response, status, JSON.stringify(value), headers)
}

/** {@link sendJson} for what is JSON text already. */
export function sendJsonText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(text)
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': body.length,
    ...headers,
  })
  response.end(body)
}

/** Opens a stream of server-sent events (WHATWG HTML, 9.2). Write the events with {@link writeEvent}. */
export function startEvents(response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    ...headers,
  })
  response.flushHeaders()
}

/**
 * Writes one event whose data is one line of JSON or text.
 *
 * @returns false when the client reads too slowly and `maxBufferBytes` are waiting: end the stream then
 */
export function writeEvent(
  response: ServerResponse,
  data: string,
  options: { event?: string; maxBufferBytes?: number } = {},
): boolean {
  response.write(`${options.event ? `event: ${options.event}\n` : ''}data: ${data}\n\n`)
  return response.writableLength <= (options.maxBufferBytes ?? Number.POSITIVE_INFINITY)
}

/** By events, not by `for await`: an iterator costs a tenth of a small call, and leaving it early resets the client. */
function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = (): void =>
      reject(
        new GatewayError(
          'REQUEST_TOO_LARGE',
          `The body is larger than ${maxBytes} bytes. Send less at once, or raise limits.maxBodyBytes.`,
        ),
      )
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return refuse()
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) chunks.push(chunk)
      else refuse()
    })
    request.on('end', () => {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      if (isUtf8(body)) resolve(body.toString('utf8'))
      else reject(new GatewayError('REQUEST_INVALID', 'The body is not valid JSON: it is no UTF-8.', { data: 'parse' }))
    })
    // It closes after every request, also where one is cut short, of which Node tells no error then.
    request.on('close', () => {
      if (!request.complete) reject(new GatewayError('CANCELLED', 'The client left before its request was complete.'))
    })
  })
}
