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
export function replyTo(response: ServerResponse, { headers, maxBufferBytes, keepAliveMs }: ReplyOptions): McpReply {
  let keepAlive: NodeJS.Timeout | undefined
  const stream = (): void => {
    if (response.headersSent) return
    startEvents(response, headers)
    keepAlive = setInterval(() => response.write(': keep-alive\n\n'), keepAliveMs).unref()
    response.once('close', () => clearInterval(keepAlive))
  }
  const send = (message: string): void => {
    if (!writeEvent(response, message, { maxBufferBytes })) response.destroy()
  }
  const finish = (status: number, pieces: readonly Piece[]): void => {
    if (response.writableEnded || response.destroyed) return
    if (response.headersSent) {
      clearInterval(keepAlive)
      response.write('data: ')
      for (const piece of pieces) response.write(piece)
      return void response.end('\n\n')
    }
    const length = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0)
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers })
    // A text goes out together with its head; a list as it is kept, not copied for every client.
    for (const piece of pieces.slice(0, -1)) response.write(piece)
    response.end(pieces.at(-1))
  }

  return {
    stream,
    notify(method, params) {
      if (response.writableEnded || response.destroyed) return
      stream()
      send(JSON.stringify({ jsonrpc: '2.0', method, params }))
    },
    result: (id, result) => finish(200, resultMessage(id, result)),
    error: (id, error, status) => finish(status, [JSON.stringify({ jsonrpc: '2.0', id, error })]),
  }
}

/** A part of a message, to be written as it is. */
export type Piece = string | Buffer

/** A JSON-RPC answer around a result that is JSON already, in pieces: nothing is parsed or copied. */
export function resultMessage(id: RpcId, result: Piece): readonly Piece[] {
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`
  return typeof result === 'string' ? [`${head}${result}}`] : [head, result, '}']
}
