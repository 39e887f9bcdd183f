import type { ServerResponse } from 'node:http'
import type { Limits } from '../../core/limits.ts'
import { startEvents, writeEvent } from '../exchange.ts'
import type { Pipe } from './mcp-pipe.ts'
import { messagesOver } from './mcp-pipe.ts'
import type { Piece } from './mcp-reply.ts'

/** A {@link Pipe} whose client may read slowly: `room` resolves once little waits for it, or it has gone. */
export type EventPipe = Pipe & Readonly<{ room(): Promise<void> }>

/**
 * Opens a stream of events as a pipe to one client: every message is an event called `message`, behind a first one called
 * `endpoint` that says where to send (MCP 2024-11-05, basic/transports, "HTTP with SSE").
 *
 * What a client has asked for waits for it, however much. One that has not read while it was told
 * `limits.maxStreamBufferBytes` of other things is cut off.
 *
 * @param endpoint - a path on this server
 */
export function openEventPipe(
  response: ServerResponse,
  endpoint: string,
  { maxStreamBufferBytes, keepAliveMs }: Pick<Limits, 'maxStreamBufferBytes' | 'keepAliveMs'>,
): EventPipe {
  startEvents(response)
  writeEvent(response, endpoint, { event: 'endpoint' })
  const keepAlive = setInterval(() => {
    if (isOpen()) response.write(': keep-alive\n\n')
  }, keepAliveMs).unref()
  response.once('close', () => clearInterval(keepAlive))

  const isOpen = (): boolean => !response.writableEnded && !response.destroyed
  const message = (pieces: readonly Piece[]): void => {
    if (!isOpen()) return
    response.write('event: message\ndata: ')
    for (const piece of pieces) response.write(piece)
    response.write('\n\n')
  }
  let told = 0
  response.on('drain', () => {
    told = 0
  })
  const tell = (pieces: readonly Piece[]): void => {
    const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0)
    told = response.writableLength === 0 ? bytes : told + bytes
    if (told > maxStreamBufferBytes) response.destroy()
    else message(pieces)
  }

  return {
    ...messagesOver(message, tell),
    isOpen,
    onClose: listener => void response.once('close', listener),
    room: () =>
      new Promise(resolve => {
        if (response.writableLength <= maxStreamBufferBytes || !isOpen()) return resolve()
        response.once('drain', resolve)
        response.once('close', resolve)
      }),
  }
}
