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
  const finish = (status: number, body: string | Buffer): void => {
    if (response.writableEnded || response.destroyed) return
    if (response.headersSent) {
      clearInterval(keepAlive)
      response.end(`data: ${body.toString()}\n\n`)
    } else {
      // Node writes a text together with its head, and bytes in a second piece.
      const length = Buffer.byteLength(body)
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers })
      response.end(body)
    }
  }

  return {
    stream,
    notify(method, params) {
      if (response.writableEnded || response.destroyed) return
      stream()
      send(JSON.stringify({ jsonrpc: '2.0', method, params }))
    },
    result: (id, result) => finish(200, resultMessage(id, result)),
    error: (id, error, status) => finish(status, JSON.stringify({ jsonrpc: '2.0', id, error })),
  }
}

/** A JSON-RPC answer around a result that is JSON already, without parsing or copying it twice. */
export function resultMessage(id: RpcId, result: string | Buffer): string | Buffer {
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`
  if (typeof result === 'string') return `${head}${result}}`
  return Buffer.concat([Buffer.from(head), result, Buffer.from('}')])
}
