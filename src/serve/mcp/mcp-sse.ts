import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../core/errors.ts'
import { rpcCode } from '../../core/protocol.ts'
import { RpcFailure } from '../errors.ts'
import type { Door } from '../exchange.ts'
import { readJson } from '../exchange.ts'
import { hasRoom } from '../has-room.ts'
import { scopeOfPath } from '../scope.ts'
import type { EventPipe } from './event-pipe.ts'
import { openEventPipe } from './event-pipe.ts'
import type { McpContext } from './mcp-context.ts'
import type { PipeClient } from './pipe-client.ts'
import { servePipe } from './pipe-client.ts'

/** The doors of HTTP+SSE: `open` for its stream, `take` for what its client sends. */
export type SseDoors = Readonly<{ open: Door; take: Door }>

type Session = Readonly<{ callerId: string; client: PipeClient; pipe: EventPipe }>

/** Where clients send to. */
export const ssePostPath = '/sse/messages'

/**
 * Serves clients that know the transport of revision 2024-11-05 only, at `/sse` and `/<name>/sse`: one GET brings every
 * message, and each POST to the place that it names brings one (MCP 2024-11-05, basic/transports, "HTTP with SSE").
 *
 * A session lasts as long as its stream, and what runs in it ends with it. Streams count towards `limits.maxStreams`.
 */
export function createSseDoors(context: McpContext): SseDoors {
  const { gateway, methods, changes, limits, streams, onError, prefix = '' } = context
  const sessions = new Map<string, Session>()
  let opened = 0

  return {
    async open(exchange) {
      const { caller, request, response } = exchange
      const scope = scopeOfPath(exchange, gateway)
      if (request.method === 'HEAD') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end()
      if (!hasRoom(caller, streams.values(), limits.maxStreams))
        throw new GatewayError(
          'LIMIT_REACHED',
          `All streams that this key may have are in use. Close one, or raise limits.maxStreams (${limits.maxStreams}).`,
        )
      opened += 1
      const id = randomUUID()
      const pipe = openEventPipe(response, `${prefix}${ssePostPath}?sessionId=${id}`, limits)
      const clientId = `sse ${opened}`
      const client = servePipe({ gateway, methods, changes, limits, scope, pipe, clientId, onError })
      // Takes nothing new, and ends the stream behind the answers that are still to come.
      const end = (): void => {
        sessions.delete(id)
        client.leave()
        void client.answered().then(() => response.end())
      }
      sessions.set(id, { callerId: caller.id, client, pipe })
      streams.set(end, caller)
      response.once('close', () => {
        sessions.delete(id)
        streams.delete(end)
        client.leave()
        client.cancel()
      })
    },
    async take(exchange) {
      const { caller, query, request, response } = exchange
      const find = (): Session => {
        const session = sessions.get(query.get('sessionId') ?? '')
        if (session?.callerId === caller.id) return session
        const message = 'No such session: its stream has ended, or is of another key. Open a new one with GET /sse.'
        throw new RpcFailure(rpcCode.invalidRequest, message, { status: 404 })
      }
      const { pipe } = find()
      const body = await readJson(exchange)
      // Who does not read its answers asks for no more of them.
      await pipe.room()
      // The stream may have ended meanwhile.
      find().client.receive(body, request.headers)
      response.writeHead(202).end()
    },
  }
}
