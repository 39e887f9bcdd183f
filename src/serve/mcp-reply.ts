import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../core/json.ts'
import type { RpcError, RpcId } from '../core/protocol.ts'
import { startEvents, writeEvent } from './exchange.ts'

/**
 * Answers one POST: as plain JSON, or as a stream of events once something has to be said before the result.
 *
 * Which of the two is decided by the first message, so a call without progress costs no stream.
 */
export type McpReply = Readonly<{
  notify(method: string, params: JsonObject): void
  result(id: RpcId, result: string | Buffer): void
  error(id: RpcId | null, error: RpcError, status: number): void
  /** A stream that stays open until the client or {@link McpReply.result} ends it. */
  stream(): void
}>

/** How a reply is written. `headers` go onto its head, `maxBufferBytes` bound what a slow reader makes us keep. */
export type ReplyOptions = Readonly<{ headers: Record<string, string>; maxBufferBytes: number; keepAliveMs: number }>

/** Begins the reply to one POST. */
export function replyTo(response: ServerResponse, options: ReplyOptions): McpReply {
  return new Reply(response, options)
}

/** A class, since there is one for every request: its functions are made once. */
class Reply implements McpReply {
  readonly #response: ServerResponse
  readonly #options: ReplyOptions
  #keepAlive: NodeJS.Timeout | undefined

  constructor(response: ServerResponse, options: ReplyOptions) {
    this.#response = response
    this.#options = options
  }

  stream(): void {
    const response = this.#response
    if (response.headersSent) return
    startEvents(response, this.#options.headers)
    this.#keepAlive = setInterval(() => response.write(': keep-alive\n\n'), this.#options.keepAliveMs).unref()
    response.once('close', () => clearInterval(this.#keepAlive))
  }

  notify(method: string, params: JsonObject): void {
    const response = this.#response
    if (response.writableEnded || response.destroyed) return
    this.stream()
    const { maxBufferBytes } = this.#options
    if (!writeEvent(response, JSON.stringify({ jsonrpc: '2.0', method, params }), { maxBufferBytes }))
      response.destroy()
  }

  result(id: RpcId, result: string | Buffer): void {
    this.#finish(200, resultMessage(id, result))
  }

  error(id: RpcId | null, error: RpcError, status: number): void {
    this.#finish(status, [JSON.stringify({ jsonrpc: '2.0', id, error })])
  }

  #finish(status: number, pieces: readonly Piece[]): void {
    const response = this.#response
    if (response.writableEnded || response.destroyed) return
    if (response.headersSent) {
      clearInterval(this.#keepAlive)
      response.write('data: ')
      for (const piece of pieces) response.write(piece)
      return void response.end('\n\n')
    }
    let length = 0
    for (const piece of pieces) length += Buffer.byteLength(piece)
    const { headers } = this.#options
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers })
    // A text goes out together with its head; a list as it is kept, not copied for every client.
    for (const piece of pieces.slice(0, -1)) response.write(piece)
    response.end(pieces.at(-1))
  }
}

/** A part of a message, to be written as it is. */
export type Piece = string | Buffer

/** A JSON-RPC answer around a result that is JSON already, in pieces: nothing is parsed or copied. */
export function resultMessage(id: RpcId, result: Piece): readonly Piece[] {
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`
  return typeof result === 'string' ? [`${head}${result}}`] : [head, result, '}']
}
