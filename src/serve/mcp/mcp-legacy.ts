import type { RpcMessage } from '../../core/protocol.ts'
import { isRpcRequest, modernRevision, rpcCode } from '../../core/protocol.ts'
import type { Scope } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { hasRoom } from '../has-room.ts'
import { scopeOfPath } from '../scope.ts'
import type { McpContext } from './mcp-context.ts'
import { checkLegacyVersion } from './mcp-envelope.ts'
import { HttpReply } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'
import type { McpSession, McpSessions } from './mcp-sessions.ts'

/**
 * Answers one message of a client older than revision 2026-07-28.
 *
 * @param headers - of the reply; gets the id of a session that is opened
 * @throws GatewayError or RpcFailure
 */
export async function postLegacy(
  exchange: Exchange,
  { methods, sessions }: McpContext,
  message: RpcMessage,
  scope: Scope,
  reply: HttpReply,
  headers: Record<string, string>,
): Promise<void> {
  if (message.method !== 'initialize') checkLegacyVersion(exchange.request.headers)
  const session = message.method === 'initialize' ? undefined : findSession(exchange, sessions)
  if (!isRpcRequest(message)) {
    if (message.method === undefined) session?.asks?.settle(message)
    if (message.method === 'notifications/cancelled')
      session?.running.get(message.params?.requestId)?.abort(cancelledByClient)
    return void exchange.response.writeHead(202).end()
  }
  if (session?.running.has(message.id))
    throw new RpcFailure(
      rpcCode.invalidRequest,
      `A request with the id ${JSON.stringify(message.id)} is still running.`,
    )
  // A lost connection is no cancellation in the old era; only `notifications/cancelled` is (2025-11-25, transports).
  const running = new AbortController()
  session?.running.set(message.id, running)
  const request: McpRequest = {
    request: message,
    scope,
    modern: false,
    signal: running.signal,
    reply,
    owner: running,
    headers: exchange.request.headers,
    ...(session && { client: session }),
  }
  const isCancelled = (): boolean => running.signal.reason === cancelledByClient
  try {
    const result = await methods.answer(request)
    if (isCancelled()) return reply.drop()
    if (message.method === 'initialize')
      headers['mcp-session-id'] = sessions.open(exchange.caller, message.params?.capabilities).id
    reply.result(message.id, result)
  } catch (error) {
    if (!isCancelled()) throw error
    reply.drop()
  } finally {
    session?.running.delete(message.id)
  }
}

/** Why a request ends that its client does not want any more. */
const cancelledByClient = new Error('The client has cancelled the request.')

/** The stream of our own messages to an old client. Without a session, or for a modern one, there is nothing to tell: 405. */
export async function openStream(
  exchange: Exchange,
  { gateway, sessions, changes, streams, limits }: McpContext,
): Promise<void> {
  const { request, response } = exchange
  const session = isOld(exchange) ? findSession(exchange, sessions) : undefined
  const wantsEvents = String(request.headers.accept).includes('text/event-stream')
  if (session === undefined || !wantsEvents || !hasRoom(exchange.caller, streams.values(), limits.maxStreams))
    return void response.writeHead(405, { allow: 'POST' }).end()
  const scope = scopeOfPath(exchange, gateway)
  session.endStream?.()
  const reply = new HttpReply(response, {
    headers: {},
    maxBufferBytes: limits.maxStreamBufferBytes,
    keepAliveMs: limits.keepAliveMs,
  })
  reply.stream()
  const end = (): void => reply.end()
  session.endStream = end
  session.notify = (method, params) => reply.notify(method, params)
  streams.set(end, exchange.caller)
  const unfollow = changes.follow(scope, kind => reply.notify(`notifications/${kind}/list_changed`, {}))
  response.once('close', () => {
    streams.delete(end)
    unfollow()
    if (session.endStream !== end) return
    delete session.endStream
    delete session.notify
  })
}

/** Ends the session that a DELETE names; without one, or for a modern client, there is nothing to end, hence 405. */
export async function endSession(exchange: Exchange, { sessions }: McpContext): Promise<void> {
  const session = isOld(exchange) ? findSession(exchange, sessions) : undefined
  if (session === undefined) return void exchange.response.writeHead(405, { allow: 'POST' }).end()
  sessions.endedByClient(session)
  exchange.response.writeHead(200).end()
}

/** Sessions and the GET stream are no part of 2026-07-28, whatever ids a client sends (2026-07-28, transports). */
function isOld({ request }: Exchange): boolean {
  return request.headers['mcp-protocol-version'] !== modernRevision
}

/** @throws RpcFailure HTTP 404 for an id that is unknown, ended or another caller's: the client then starts anew */
function findSession({ request, caller }: Exchange, sessions: McpSessions): McpSession | undefined {
  const id = request.headers['mcp-session-id']
  if (typeof id !== 'string') return undefined
  const session = sessions.find(id, caller)
  if (session === undefined)
    throw new RpcFailure(-32001, 'The session has ended. Send initialize again.', { status: 404 })
  return session
}
