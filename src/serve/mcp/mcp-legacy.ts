import { GatewayError } from '../../core/errors.ts'
import type { RpcMessage, RpcRequest } from '../../core/protocol.ts'
import { isRpcMessage, isRpcRequest, modernRevision, rpcCode } from '../../core/protocol.ts'
import type { Scope } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { hasRoom } from '../has-room.ts'
import { scopeOfPath } from '../scope.ts'
import { listOfAnswers, serveBatch } from './mcp-batch.ts'
import type { McpContext } from './mcp-context.ts'
import { checkLegacyVersion } from './mcp-envelope.ts'
import { toMcpFailure } from './mcp-errors.ts'
import type { McpReply, Piece } from './mcp-reply.ts'
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
  context: McpContext,
  message: RpcMessage,
  scope: Scope,
  reply: HttpReply,
  headers: Record<string, string>,
): Promise<void> {
  const { sessions } = context
  if (message.method !== 'initialize') checkLegacyVersion(exchange.request.headers)
  const session = message.method === 'initialize' ? undefined : findSession(exchange, sessions)
  if (!isRpcRequest(message)) {
    takeMessage(session, message)
    return void exchange.response.writeHead(202).end()
  }
  const request = oldRequest(exchange, message, scope, reply, session)
  const isAnswered = await answerOld(context, request, () => {
    if (message.method === 'initialize') headers['mcp-session-id'] = sessions.open(exchange.caller, message.params).id
  })
  if (!isAnswered) reply.drop()
}

/**
 * Answers the messages of a batch of a client of revision 2025-03-26: as one list, or, once something had to be said before,
 * each as an event of its own.
 *
 * @throws GatewayError or RpcFailure
 */
export async function postBatch(
  exchange: Exchange,
  context: McpContext,
  messages: readonly unknown[],
  scope: Scope,
  reply: HttpReply,
): Promise<void> {
  checkLegacyVersion(exchange.request.headers)
  const session = findSession(exchange, context.sessions)
  const answers: (readonly Piece[])[] = []
  await serveBatch(messages, {
    revision: session?.revision,
    limits: context.limits,
    reply,
    async serve(message, own) {
      if (!isRpcRequest(message)) return takeMessage(session, message)
      try {
        await answerOld(context, oldRequest(exchange, message, scope, own, session))
      } catch (error) {
        if (!(error instanceof RpcFailure || error instanceof GatewayError)) context.onError(error)
        own.error(message.id, toMcpFailure(error, message.method, false).error, 200)
      }
    },
    onAnswer(pieces) {
      answers.push(pieces)
      if (reply.isStream()) for (const each of answers.splice(0)) reply.event(each)
    },
  })
  if (!messages.some(each => !isRpcMessage(each) || isRpcRequest(each)))
    return void exchange.response.writeHead(202).end()
  if (reply.isStream()) for (const each of answers.splice(0)) reply.event(each)
  if (reply.isStream() || answers.length === 0) return reply.drop()
  reply.message(listOfAnswers(answers))
}

/** Takes a notification, or an answer to what a server has asked. */
function takeMessage(session: McpSession | undefined, message: RpcMessage): void {
  if (message.method === undefined) session?.asks?.settle(message)
  if (message.method === 'notifications/progress') session?.asks?.progress(message.params ?? {})
  if (message.method === 'notifications/cancelled')
    session?.running.get(message.params?.requestId)?.abort(cancelledByClient)
}

/** A request of an old client, with what ends it. */
type OldRequest = McpRequest & Readonly<{ owner: AbortController }>

function oldRequest(
  { request }: Exchange,
  message: RpcRequest,
  scope: Scope,
  reply: McpReply,
  session: McpSession | undefined,
): OldRequest {
  // A lost connection is no cancellation in the old era; only `notifications/cancelled` is (2025-11-25, transports).
  const owner = new AbortController()
  const client = session && { client: session }
  return {
    request: message,
    scope,
    modern: false,
    signal: owner.signal,
    reply,
    owner,
    headers: request.headers,
    ...client,
  }
}

/**
 * Answers a request, while it stands among those of its session.
 *
 * @param onResult - called before the result is sent
 * @returns false where its client has cancelled it, and it gets no answer
 * @throws GatewayError or RpcFailure
 */
async function answerOld({ methods }: McpContext, request: OldRequest, onResult?: () => void): Promise<boolean> {
  const { id } = request.request
  const running = (request.client as McpSession | undefined)?.running
  if (running?.has(id))
    throw new RpcFailure(rpcCode.invalidRequest, `A request with the id ${JSON.stringify(id)} is still running.`)
  running?.set(id, request.owner)
  const isCancelled = (): boolean => request.signal.reason === cancelledByClient
  try {
    const result = await methods.answer(request)
    if (isCancelled()) return false
    onResult?.()
    request.reply.result(id, result)
    return true
  } catch (error) {
    if (!isCancelled()) throw error
    return false
  } finally {
    running?.delete(id)
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
