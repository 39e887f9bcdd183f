import { GatewayError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import type { RpcMessage, RpcRequest } from '../core/protocol.ts'
import { isRpcMessage, isRpcRequest, metaKey, rpcCode } from '../core/protocol.ts'
import type { Gateway, Scope } from '../gateway/gateway.ts'
import { RpcFailure, toHttpStatus, toRpcError } from './errors.ts'
import type { Door, Exchange } from './exchange.ts'
import { readJson } from './exchange.ts'
import type { Changes } from './mcp-changes.ts'
import { followChanges } from './mcp-changes.ts'
import { checkEnvelope, checkHeaders, checkLegacyVersion, checkParamHeaders, isModern } from './mcp-envelope.ts'
import type { McpMethods } from './mcp-methods.ts'
import type { McpReply } from './mcp-reply.ts'
import { replyTo } from './mcp-reply.ts'
import type { McpSession, McpSessions } from './mcp-sessions.ts'
import { keepSessions } from './mcp-sessions.ts'
import { scopeOfPath } from './scope.ts'

/** The door for MCP clients of both eras over streamable HTTP. */
export type McpDoor = Readonly<{
  door: Door
  /** Ends the streams that wait for changes; running calls go on. */
  drain(): void
  /** Ends sessions too, and cancels what runs in them. */
  close(): void
}>

/** What the door needs. */
export type McpDoorOptions = Readonly<{
  gateway: Gateway
  methods: McpMethods
  limits: Limits
  onError: (error: unknown) => void
}>

type Context = McpDoorOptions & Readonly<{ sessions: McpSessions; changes: Changes; streams: Set<() => void> }>

/**
 * Serves `/mcp`, `/mcp/<name>` and `/<name>/mcp` (MCP, transports, "Streamable HTTP").
 *
 * A modern request stands for itself. An old client gets a session at `initialize`, but requests without a session id
 * are answered too, so that curl needs no handshake; they only cannot be cancelled.
 */
export function createMcpDoor(options: McpDoorOptions): McpDoor {
  const context: Context = {
    ...options,
    sessions: keepSessions(options.limits),
    changes: followChanges(options.gateway),
    streams: new Set(),
  }
  return {
    async door(exchange) {
      if (exchange.request.method === 'POST') return post(exchange, context)
      if (exchange.request.method === 'GET') return openStream(exchange, context)
      if (exchange.request.method === 'DELETE') return endSession(exchange, context)
      exchange.response.writeHead(405, { allow: 'GET, POST, DELETE' }).end()
    },
    drain() {
      for (const end of [...context.streams]) end()
      context.changes.close()
    },
    close: context.sessions.close,
  }
}

async function post(exchange: Exchange, context: Context): Promise<void> {
  const { response, limits } = exchange
  const headers: Record<string, string> = {}
  const reply = replyTo(response, {
    headers,
    maxBufferBytes: limits.maxStreamBufferBytes,
    keepAliveMs: limits.keepAliveMs,
  })
  let message: RpcMessage | undefined
  let modern = false
  try {
    const body = await readJson(exchange)
    if (Array.isArray(body))
      throw new RpcFailure(rpcCode.invalidRequest, 'Batches are not served; send one message a request.')
    if (!isRpcMessage(body)) throw new RpcFailure(rpcCode.invalidRequest, 'The body is no JSON-RPC 2.0 message.')
    message = body
    const scope = scopeOfPath(exchange, context.gateway)
    modern = isModern(message, exchange.request.headers)
    if (modern) await postModern(exchange, context, message, scope, reply)
    else await postLegacy(exchange, context, message, scope, reply, headers)
  } catch (error) {
    if (!(error instanceof RpcFailure || error instanceof GatewayError)) context.onError(error)
    if (!exchange.request.complete) {
      response.shouldKeepAlive = false
      exchange.request.resume()
    }
    // Old clients read a JSON-RPC error only from a 200; what is wrong with the HTTP request itself keeps its status.
    const status = toHttpStatus(error)
    const asAnswer = message !== undefined && isRpcRequest(message) && !modern && error instanceof GatewayError
    reply.error(message?.id ?? null, toRpcError(error), asAnswer ? 200 : status)
  }
}

async function postModern(
  exchange: Exchange,
  context: Context,
  message: RpcMessage,
  scope: Scope,
  reply: McpReply,
): Promise<void> {
  if (!isRpcRequest(message)) return void exchange.response.writeHead(202).end()
  checkEnvelope(message)
  checkHeaders(exchange.request.headers, message)
  if (message.method === 'subscriptions/listen') return listen(exchange, context, message, scope, reply)
  if (message.method === 'tools/call')
    checkParamHeaders(exchange.request.headers, message, await context.gateway.list(scope))
  const sendProgress = (params: Record<string, unknown>): void => reply.notify('notifications/progress', params)
  const { headers } = exchange.request
  // For a modern client closing the stream is the cancellation.
  const request = { request: message, scope, modern: true, signal: exchange.gone, sendProgress, headers }
  try {
    reply.result(message.id, await context.methods.answer(request))
  } catch (error) {
    if (error instanceof GatewayError && error.code !== 'METHOD_NOT_FOUND')
      return reply.error(message.id, toRpcError(error), 200)
    throw error
  }
}

async function postLegacy(
  exchange: Exchange,
  { methods, sessions }: Context,
  message: RpcMessage,
  scope: Scope,
  reply: McpReply,
  headers: Record<string, string>,
): Promise<void> {
  if (message.method !== 'initialize') checkLegacyVersion(exchange.request.headers)
  const session = message.method === 'initialize' ? undefined : findSession(exchange, sessions)
  if (!isRpcRequest(message)) {
    const { requestId } = message.params ?? {}
    if (message.method === 'notifications/cancelled') session?.running.get(requestId as string | number)?.abort()
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
  const sendProgress = (params: Record<string, unknown>): void => reply.notify('notifications/progress', params)
  try {
    const result = await methods.answer({
      request: message,
      scope,
      modern: false,
      signal: running.signal,
      sendProgress,
      headers: exchange.request.headers,
    })
    if (message.method === 'initialize') headers['mcp-session-id'] = sessions.open(exchange.caller.id).id
    reply.result(message.id, result)
  } finally {
    session?.running.delete(message.id)
  }
}

/** The stream of changes of a modern client (2026-07-28, patterns/subscriptions): acknowledged first, ended by either. */
async function listen(
  exchange: Exchange,
  { changes, streams, limits }: Context,
  { id, params }: RpcRequest,
  scope: Scope,
  reply: McpReply,
): Promise<void> {
  const wanted = params?.notifications
  if (!isObject(wanted)) throw new RpcFailure(rpcCode.invalidParams, 'subscriptions/listen needs "notifications".')
  if (streams.size >= limits.maxStreams)
    throw new GatewayError('LIMIT_REACHED', `All ${limits.maxStreams} streams are in use (limits.maxStreams).`)
  const _meta = { [metaKey.subscriptionId]: id }
  const honored = wanted.toolsListChanged === true ? { toolsListChanged: true } : {}
  reply.notify('notifications/subscriptions/acknowledged', { notifications: honored, _meta })
  const end = (): void => reply.result(id, JSON.stringify({ resultType: 'complete', _meta }))
  if (!('toolsListChanged' in honored)) return end()
  streams.add(end)
  const unfollow = changes.follow(scope, () => reply.notify('notifications/tools/list_changed', { _meta }))
  exchange.response.once('close', () => {
    streams.delete(end)
    unfollow()
  })
}

/** The stream of our own messages to an old client. Without a session there is nothing to tell, hence 405. */
async function openStream(exchange: Exchange, { gateway, sessions, changes, streams, limits }: Context): Promise<void> {
  const { request, response } = exchange
  if (
    request.headers['mcp-session-id'] === undefined ||
    !String(request.headers.accept).includes('text/event-stream')
  ) {
    return void response.writeHead(405, { allow: 'POST' }).end()
  }
  const session = findSession(exchange, sessions)
  if (session === undefined || streams.size >= limits.maxStreams)
    return void response.writeHead(405, { allow: 'POST' }).end()
  const scope = scopeOfPath(exchange, gateway)
  session.endStream?.()
  const reply = replyTo(response, {
    headers: {},
    maxBufferBytes: limits.maxStreamBufferBytes,
    keepAliveMs: limits.keepAliveMs,
  })
  reply.stream()
  const end = (): void => void response.end()
  session.endStream = end
  streams.add(end)
  const unfollow = changes.follow(scope, () => reply.notify('notifications/tools/list_changed', {}))
  response.once('close', () => {
    streams.delete(end)
    unfollow()
    if (session.endStream === end) delete session.endStream
  })
}

async function endSession(exchange: Exchange, { sessions }: Context): Promise<void> {
  const session = findSession(exchange, sessions)
  if (session !== undefined) sessions.end(session)
  exchange.response.writeHead(session === undefined ? 405 : 200).end()
}

/** @throws RpcFailure HTTP 404 for an id that is unknown, ended or another caller's: the client then starts anew */
function findSession({ request, caller }: Exchange, sessions: McpSessions): McpSession | undefined {
  const id = request.headers['mcp-session-id']
  if (typeof id !== 'string') return undefined
  const session = sessions.find(id, caller.id)
  if (session === undefined)
    throw new RpcFailure(-32001, 'The session has ended. Send initialize again.', { status: 404 })
  return session
}
