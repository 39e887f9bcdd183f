import type { Caller } from '../../core/caller.ts'
import { GatewayError } from '../../core/errors.ts'
import type { RpcId, RpcMessage } from '../../core/protocol.ts'
import { idOfMalformed, isRpcMessage, isRpcRequest, rpcCode } from '../../core/protocol.ts'
import { RpcFailure, toHttpStatus, toRpcError } from '../errors.ts'
import type { Door, Exchange } from '../exchange.ts'
import { dropRest, readJson, sendJson } from '../exchange.ts'
import { scopeOfPath } from '../scope.ts'
import { followChanges } from './mcp-changes.ts'
import type { McpContext, McpDoorOptions } from './mcp-context.ts'
import { isModern } from './mcp-envelope.ts'
import { toMcpFailure } from './mcp-errors.ts'
import { endSession, openStream, postBatch, postLegacy } from './mcp-legacy.ts'
import { postModern } from './mcp-modern.ts'
import { HttpReply } from './mcp-reply.ts'
import { keepSessions } from './mcp-sessions.ts'
import type { SseDoors } from './mcp-sse.ts'
import { createSseDoors } from './mcp-sse.ts'

/** Sessions of old clients, and streams of clients of either era. */
export type McpCounts = Readonly<{ sessions: number; streams: number }>

/** The doors for MCP clients: of both eras over streamable HTTP, of the oldest revision over HTTP+SSE. */
export type McpDoor = Readonly<{
  door: Door
  sse: SseDoors
  /** Ends the streams that wait for changes; running calls go on. */
  drain(): void
  /**
   * Ends the streams, sessions and parked calls of callers for whom this does not hold, now and from now on: their key is
   * gone, or allows something else. A plain call that runs may finish.
   */
  recheck(isSame: (caller: Caller) => boolean): void
  /** How many there are now. */
  counts(): McpCounts
  /** Ends sessions too, and cancels what runs in them. */
  close(): void
}>

/**
 * Serves `/mcp`, `/mcp/<name>` and `/<name>/mcp` (MCP, transports, "Streamable HTTP").
 *
 * A modern request stands for itself. An old client gets a session at `initialize`, but requests without a session id
 * are answered too, so that curl needs no handshake; they only cannot be cancelled.
 */
export function createMcpDoor(options: McpDoorOptions): McpDoor {
  const context: McpContext = {
    ...options,
    sessions: keepSessions(options.limits, options.sessionIds),
    changes: followChanges(options.gateway),
    streams: new Map(),
  }
  let isKnown = (_caller: Caller): boolean => true
  const sse = createSseDoors(context)
  return {
    door(exchange) {
      if (exchange.request.method === 'POST') return post(exchange, context, caller => isKnown(caller))
      if (exchange.request.method === 'GET') return openStream(exchange, context).catch(refuse(exchange))
      if (exchange.request.method === 'DELETE') return endSession(exchange, context).catch(refuse(exchange))
      exchange.response.writeHead(405, { allow: 'GET, POST, DELETE' }).end()
      return Promise.resolve()
    },
    sse: {
      open: exchange => sse.open(exchange).catch(refuse(exchange)),
      take: exchange => sse.take(exchange).catch(refuse(exchange)),
    },
    drain() {
      for (const end of [...context.streams.keys()]) end()
      context.changes.close()
    },
    recheck(isSame) {
      isKnown = isSame
      context.sessions.recheck(isSame)
      for (const [end, caller] of [...context.streams]) if (!isSame(caller)) end()
      options.methods.recheck(isSame)
    },
    counts: () => ({ sessions: context.sessions.size(), streams: context.streams.size }),
    close() {
      context.sessions.close()
      options.methods.close()
    },
  }
}

async function post(exchange: Exchange, context: McpContext, isKnown: (caller: Caller) => boolean): Promise<void> {
  const { response, limits } = exchange
  const headers: Record<string, string> = {}
  const reply = new HttpReply(response, {
    headers,
    maxBufferBytes: limits.maxStreamBufferBytes,
    keepAliveMs: limits.keepAliveMs,
    accepts: exchange.request.headers['accept-encoding'],
  })
  let message: RpcMessage | undefined
  let malformedId: RpcId | null = null
  let modern = false
  try {
    const body = await readJson(exchange)
    // A body may take long, and its key may have gone meanwhile.
    if (!isKnown(exchange.caller)) throw new GatewayError('UNAUTHORIZED', 'The key is not valid any more.')
    if (Array.isArray(body))
      return await postBatch(exchange, context, body, scopeOfPath(exchange, context.gateway), reply)
    malformedId = idOfMalformed(body)
    if (!isRpcMessage(body)) throw new RpcFailure(rpcCode.invalidRequest, 'The body is no JSON-RPC 2.0 message.')
    message = body
    const scope = scopeOfPath(exchange, context.gateway)
    modern = isModern(message, exchange.request.headers)
    if (modern) await postModern(exchange, context, message, scope, reply)
    else await postLegacy(exchange, context, message, scope, reply, headers)
  } catch (error) {
    if (!(error instanceof RpcFailure || error instanceof GatewayError)) context.onError(error)
    dropRest(exchange.request, response)
    if (message === undefined || !isRpcRequest(message) || modern)
      return reply.error(message?.id ?? malformedId, toRpcError(error), toHttpStatus(error))
    const failure = toMcpFailure(error, message.method, false)
    reply.error(message.id, failure.error, failure.status)
  }
}

/** What is wrong with a request that has no message is told as JSON-RPC too; a fault of our own goes on to the front door. */
function refuse({ request, response }: Exchange): (error: unknown) => void {
  return error => {
    if (!(error instanceof RpcFailure || error instanceof GatewayError)) throw error
    dropRest(request, response)
    sendJson(response, toHttpStatus(error), { jsonrpc: '2.0', id: null, error: toRpcError(error) })
  }
}
