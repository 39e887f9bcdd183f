import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { startEvents, writeEvent } from '../exchange.ts'
import type { Pipe } from './mcp-pipe.ts'
import type { Piece } from './mcp-reply.ts'
import { resultMessage } from './mcp-reply.ts'

/**
 * Opens a stream of events as a pipe to one client: every message is an event called `message`, behind a first one called
 * `endpoint` that says where to send (MCP 2024-11-05, basic/transports, "HTTP with SSE").
 *
 * A client that reads so slowly that `limits.maxStreamBufferBytes` wait for it is cut off with the next message.
 *
 * @param endpoint - a path on this server
 */
export function openEventPipe(
  response: ServerResponse,
  endpoint: string,
  { maxStreamBufferBytes, keepAliveMs }: Pick<Limits, 'maxStreamBufferBytes' | 'keepAliveMs'>,
): Pipe {
  startEvents(response)
  writeEvent(response, endpoint, { event: 'endpoint' })
  const keepAlive = setInterval(() => {
    if (isOpen()) response.write(': keep-alive\n\n')
  }, keepAliveMs).unref()
  response.once('close', () => clearInterval(keepAlive))

  const isOpen = (): boolean => !response.writableEnded && !response.destroyed
  const message = (pieces: readonly Piece[]): void => {
    if (!isOpen()) return
    if (response.writableLength > maxStreamBufferBytes) return void response.destroy()
    response.write('event: message\ndata: ')
    for (const piece of pieces) response.write(piece)
    response.write('\n\n')
  }
  const send = (given: JsonObject): void => message([JSON.stringify({ jsonrpc: '2.0', ...given })])

  return {
    notify: (method, params) => send({ method, params }),
    ask: (id, method, params) => send({ id, method, params }),
    message,
    result: (id, result) => message(resultMessage(id, result)),
    error: (id, error) => send({ id, error }),
    isOpen,
    onClose: listener => void response.once('close', listener),
  }
}
