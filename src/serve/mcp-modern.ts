import { GatewayError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { RpcMessage, RpcRequest } from '../core/protocol.ts'
import { isRpcRequest, metaKey, rpcCode } from '../core/protocol.ts'
import type { Scope } from '../gateway/gateway.ts'
import { RpcFailure, toRpcError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { McpContext } from './mcp-context.ts'
import { checkEnvelope, checkHeaders, checkParamHeaders } from './mcp-envelope.ts'
import type { McpReply } from './mcp-reply.ts'

/** Answers one message of a client of revision 2026-07-28. @throws GatewayError or RpcFailure */
export async function postModern(
  exchange: Exchange,
  context: McpContext,
  message: RpcMessage,
  scope: Scope,
  reply: McpReply,
): Promise<void> {
  if (!isRpcRequest(message)) return void exchange.response.writeHead(202).end()
  checkEnvelope(message)
  checkHeaders(exchange.request.headers, message)
  if (message.method === 'subscriptions/listen') return listen(exchange, context, message, scope, reply)
  if (message.method === 'tools/call') {
    const entry = await context.gateway.find(scope, String(message.params?.name))
    checkParamHeaders(exchange.request.headers, message, entry?.tool.inputSchema)
  }
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

/** The stream of changes of a modern client (2026-07-28, patterns/subscriptions): acknowledged first, ended by either. */
async function listen(
  exchange: Exchange,
  { changes, streams, limits }: McpContext,
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
