import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../../core/json.ts'
import type { RpcError, RpcId } from '../../core/protocol.ts'
import { startEvents, writeEvent } from '../exchange.ts'
import { spliceGzip } from './gzip-splice.ts'
import { isPackable, packedFor } from './packed-pages.ts'

/** Where the messages that belong to one request go: the answer to its POST, or the pipe that it came on. */
export interface McpReply {
  notify(method: string, params: JsonObject): void
  /** Sends a request of our own, which only old clients take. */
  ask(id: RpcId, method: string, params: JsonObject): void
  result(id: RpcId, result: Piece): void
  error(id: RpcId | null, error: RpcError, status: number): void
  /** False once nobody can be reached here any more. */
  isOpen(): boolean
  /** Calls back, once, when nobody can be reached here any more. */
  onClose(listener: () => void): void
}

/** How a reply is written. `headers` go onto its head, `maxBufferBytes` bound what a slow reader makes us keep. */
export type ReplyOptions = Readonly<{
  headers: Record<string, string>
  maxBufferBytes: number
  keepAliveMs: number
  /** What the client's `accept-encoding` says of codings. */
  accepts?: string | readonly string[] | undefined
}>

/**
 * The reply to one HTTP request: plain JSON, or a stream of events once something has to be said before the result.
 *
 * Which of the two is decided by the first message, so a call without progress costs no stream.
 */
export class HttpReply implements McpReply {
  readonly #response: ServerResponse
  readonly #options: ReplyOptions
  #keepAlive: NodeJS.Timeout | undefined

  constructor(response: ServerResponse, options: ReplyOptions) {
    this.#response = response
    this.#options = options
  }

  /** Opens a stream that stays until the client, {@link McpReply.result} or {@link HttpReply.end} ends it. */
  stream(): void {
    const response = this.#response
    if (response.headersSent || !this.isOpen()) return
    startEvents(response, this.#options.headers)
    this.#keepAlive = setInterval(() => {
      if (this.isOpen()) response.write(': keep-alive\n\n')
    }, this.#options.keepAliveMs).unref()
    response.once('close', () => clearInterval(this.#keepAlive))
  }

  /** Ends the stream. Of a client that does not read it closes later, or never; nothing is written to it meanwhile. */
  end(): void {
    clearInterval(this.#keepAlive)
    if (this.isOpen()) this.#response.end()
  }

  /**
   * Ends without an answer: whoever has cancelled waits for none (2025-11-25, utilities/cancellation). As a stream, which may
   * end at any time; an empty body of any other kind is a fault to clients.
   */
  drop(): void {
    this.stream()
    this.end()
  }

  /** True once a stream was opened. */
  isStream(): boolean {
    return this.#response.headersSent
  }

  /** Sends an answer on the open stream, which stays open. */
  event(pieces: readonly Piece[]): void {
    if (!this.isOpen()) return
    this.#response.write('data: ')
    for (const piece of pieces) this.#response.write(piece)
    this.#response.write('\n\n')
  }

  /** Sends this JSON as the whole answer, where no stream was opened. */
  message(pieces: readonly Piece[]): void {
    this.#finish(200, pieces)
  }

  notify(method: string, params: JsonObject): void {
    this.#send({ method, params })
  }

  ask(id: RpcId, method: string, params: JsonObject): void {
    this.#send({ id, method, params })
  }

  result(id: RpcId, result: Piece): void {
    const pieces = resultMessage(id, result)
    const isBegun = this.#response.headersSent
    const packed = typeof result === 'string' || isBegun ? undefined : packedFor(result, this.#options.accepts)
    // Another client may get it in another form (RFC 9110, section 12.5.5); it may vary by more already.
    if (typeof result !== 'string' && !isBegun && isPackable(result))
      this.#response.appendHeader('vary', 'accept-encoding')
    if (packed === undefined) this.#finish(200, pieces)
    else this.#finish(200, spliceGzip(pieces, packed), gzipHeaders)
  }

  error(id: RpcId | null, error: RpcError, status: number): void {
    this.#finish(status, [JSON.stringify({ jsonrpc: '2.0', id, error })])
  }

  isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener)
  }

  #send(message: JsonObject): void {
    if (!this.isOpen()) return
    this.stream()
    const { maxBufferBytes } = this.#options
    if (!writeEvent(this.#response, JSON.stringify({ jsonrpc: '2.0', ...message }), { maxBufferBytes }))
      this.#response.destroy()
  }

  #finish(status: number, pieces: readonly Piece[], more?: Readonly<Record<string, string>>): void {
    if (!this.isOpen()) return
    const response = this.#response
    if (response.headersSent) {
      this.event(pieces)
      return this.end()
    }
    let length = 0
    for (const piece of pieces) length += Buffer.byteLength(piece)
    const head: Record<string, string | number> = { 'content-type': 'application/json', 'content-length': length }
    const { headers } = this.#options
    for (const name in headers) head[name] = headers[name] ?? ''
    for (const name in more) head[name] = more[name] ?? ''
    response.writeHead(status, head)
    // A text goes out together with its head; a list as it is kept, not copied for every client.
    for (const piece of pieces.slice(0, -1)) response.write(piece)
    response.end(pieces.at(-1))
  }
}

const gzipHeaders = { 'content-encoding': 'gzip' }

/** A part of a message, to be written as it is. */
export type Piece = string | Buffer

/** A JSON-RPC answer around a result that is JSON already, in pieces: nothing is parsed or copied. */
export function resultMessage(id: RpcId, result: Piece): readonly Piece[] {
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`
  return typeof result === 'string' ? [`${head}${result}}`] : [head, result, '}']
}
