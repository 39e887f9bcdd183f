import { GatewayError } from '../../core/errors.ts'
import type { RpcMessage, RpcRequest } from '../../core/protocol.ts'
import { isRpcRequest, rpcCode } from '../../core/protocol.ts'
import type { Scope } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { hasRoom } from '../has-room.ts'
import type { McpContext } from './mcp-context.ts'
import { checkEnvelope, checkParamHeaders } from './mcp-envelope.ts'
import { toMcpFailure } from './mcp-errors.ts'
import { listen } from './mcp-listen.ts'
import type { McpReply } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'

/** Answers one message of a client of revision 2026-07-28. @throws GatewayError or RpcFailure */
export async function postModern(
  exchange: Exchange,
  context: McpContext,
  message: RpcMessage,
  scope: Scope,
  reply: McpReply,
): Promise<void> {
  if (message.method === undefined)
    throw new RpcFailure(rpcCode.invalidRequest, 'A client of 2026-07-28 sends no answers; it retries its request.')
  if (!isRpcRequest(message)) return void exchange.response.writeHead(202).end()
  checkEnvelope(message, exchange.request.headers)
  if (message.method === 'subscriptions/listen') return stream(exchange, context, message, scope, reply)
  if (message.method === 'tools/call') {
    const entry = await context.gateway.find(scope, String(message.params?.name))
    checkParamHeaders(exchange.request.headers, message, entry?.tool.inputSchema)
  }
  const { headers } = exchange.request
  // For a modern client closing the stream is the cancellation.
  const request: McpRequest = {
    request: message,
    scope,
    modern: true,
    signal: exchange.gone,
    reply,
    owner: exchange,
    headers,
  }
  try {
    const result = await context.methods.answer(request)
    request.reply.result(message.id, result)
  } catch (error) {
    if (!(error instanceof RpcFailure || error instanceof GatewayError)) context.onError(error)
    const failure = toMcpFailure(error, message.method, true)
    request.reply.error(message.id, failure.error, failure.status)
  }
}

/** The stream of changes of a modern client, ended by either. */
async function stream(
  { response }: Exchange,
  context: McpContext,
  request: RpcRequest,
  scope: Scope,
  reply: McpReply,
): Promise<void> {
  const { streams, limits } = context
  if (!hasRoom(scope.caller, streams.values(), limits.maxStreams))
    throw new GatewayError(
      'LIMIT_REACHED',
      `All ${limits.maxStreams} streams are in use, or half of them by this key (limits.maxStreams).`,
    )
  const ending = new AbortController()
  const end = (): void => ending.abort()
  // Its place is taken before anything is waited for, and it may be ended meanwhile.
  streams.set(end, scope.caller)
  const leave = (): void => void streams.delete(end)
  const listening = await listen(context, scope, request, reply).catch(error => {
    leave()
    throw error
  })
  const finish = (): void => reply.result(request.id, listening.result)
  if (listening.isIdle || ending.signal.aborted || !reply.isOpen()) {
    leave()
    listening.stop()
    return finish()
  }
  ending.signal.addEventListener('abort', finish)
  response.once('close', () => {
    leave()
    listening.stop()
  })
}
