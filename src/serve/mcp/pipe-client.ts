import { setTimeout as wait } from 'node:timers/promises'
import { GatewayError } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import type { RpcMessage, RpcRequest } from '../../core/protocol.ts'
import { agreedRevision, idOfMalformed, isRpcMessage, isRpcRequest, rpcCode } from '../../core/protocol.ts'
import { shortLived } from '../../core/short-lived.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import type { RawHeaders } from '../caller-headers.ts'
import { RpcFailure, toRpcError } from '../errors.ts'
import { listOfAnswers, serveBatch } from './mcp-batch.ts'
import type { Changes } from './mcp-changes.ts'
import { checkEnvelope, isModern } from './mcp-envelope.ts'
import { toMcpFailure } from './mcp-errors.ts'
import { listen } from './mcp-listen.ts'
import type { McpMethods } from './mcp-methods.ts'
import type { Pipe } from './mcp-pipe.ts'
import { PipeReply } from './mcp-pipe.ts'
import type { McpReply, Piece } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'
import type { OldClient } from './old-client.ts'
import { keepCapabilities, releaseClient } from './old-client.ts'

/** What serving a client at a pipe needs. */
export type PipeClientOptions = Readonly<{
  gateway: Gateway
  methods: McpMethods
  /** Of the same gateway. */
  changes: Changes
  limits: Limits
  scope: Scope
  pipe: Pipe
  /** Tells the client apart from others; no secret. */
  clientId: string
  /** Told of faults of our own, which the client only learns of as "internal". */
  onError?: ((error: unknown) => void) | undefined
}>

/** One client of either era that is answered on one pipe, whichever request an answer belongs to. */
export type PipeClient = Readonly<{
  /**
   * Takes what came: a message, a batch, or what is neither and is answered so. Never throws.
   *
   * @param headers - of the HTTP request that brought it, if one did
   */
  receive(message: unknown, headers?: RawHeaders): void
  /** It has closed its end: it can be answered still, but is asked and told nothing more. */
  leave(): void
  /** Resolves when everything that it has asked so far is answered. */
  answered(): Promise<unknown>
  /** Cancels what runs. */
  cancel(): void
}>

/** Serves a client at a pipe: over stdio, or by HTTP+SSE. */
export function servePipe(options: PipeClientOptions): PipeClient {
  const { gateway, methods, changes, limits, scope, pipe, clientId, onError } = options
  const running = shortLived<AbortController>()
  const answers = new Set<Promise<void>>()
  const left = Promise.withResolvers<void>()
  const client: OldClient = { clientId, capabilities: {} }
  let unfollow: (() => void) | undefined

  /** Resolves with its result when the client cancels it or leaves. */
  const subscribe = async (request: RpcRequest, signal: AbortSignal): Promise<string> => {
    const listening = await listen({ gateway, changes, limits, methods }, scope, request, pipe)
    // It may have been cancelled before it was there, by the next line of the same chunk.
    if (!listening.isIdle && !signal.aborted) {
      const cancelled = new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
      await Promise.race([cancelled, left.promise])
    }
    listening.stop()
    return listening.result
  }

  const answer = async (request: RpcRequest, to: McpReply, headers?: RawHeaders): Promise<void> => {
    const { id, method } = request
    if (running.has(id)) {
      const inUse = new RpcFailure(rpcCode.invalidRequest, 'This id is still in use.')
      return to.error(id, toRpcError(inUse), 400)
    }
    const abort = new AbortController()
    running.set(id, abort)
    // Of a call that is parked the client's request ends before the call: its id is free then.
    const release = (): void => {
      if (running.get(id) === abort) running.delete(id)
    }
    const modern = isModern(request)
    const reply = new PipeReply(to, abort.signal, release)
    const sent = headers && { headers }
    const asked: McpRequest = { request, scope, modern, signal: abort.signal, reply, owner: abort, client, ...sent }
    try {
      if (modern) checkEnvelope(request)
      if (method === 'initialize') begin(request)
      const result =
        method === 'subscriptions/listen' ? await subscribe(request, abort.signal) : await methods.answer(asked)
      // SDK clients lose a progress that they read together with the result (typescript-sdk issue 2580).
      if (performance.now() - reply.lastProgress < apartMs) await wait(apartMs)
      asked.reply.result(id, result)
    } catch (error) {
      if (!(error instanceof GatewayError || error instanceof RpcFailure)) onError?.(error)
      const failure = toMcpFailure(error, method, modern)
      asked.reply.error(id, failure.error, failure.status)
    } finally {
      release()
    }
  }

  const begin = ({ params = {} }: RpcRequest): void => {
    client.capabilities = keepCapabilities(params.capabilities)
    client.revision = agreedRevision(params.protocolVersion)
  }
  /** What runs is waited for when the client leaves. */
  const keep = (task: Promise<void>): void => {
    const answering = task.finally(() => answers.delete(answering))
    answers.add(answering)
  }

  const take = (message: RpcMessage): void => {
    if (message.method === undefined) client.asks?.settle(message)
    if (message.method === 'notifications/progress') client.asks?.progress(message.params ?? {})
    if (message.method === 'notifications/cancelled') running.get(message.params?.requestId)?.abort()
    if (message.method === 'notifications/initialized' && client.notify === undefined) {
      client.notify = (method, params) => pipe.notify(method, params)
      unfollow = changes.follow(scope, kind => pipe.notify(`notifications/${kind}/list_changed`, {}))
    }
  }

  const takeBatch = async (messages: readonly unknown[], headers?: RawHeaders): Promise<void> => {
    const given: (readonly Piece[])[] = []
    const { revision } = client
    try {
      await serveBatch(messages, {
        revision,
        limits,
        reply: pipe,
        serve: async (message, reply) => (isRpcRequest(message) ? answer(message, reply, headers) : take(message)),
        onAnswer: pieces => void given.push(pieces),
      })
      if (given.length > 0) pipe.message(listOfAnswers(given))
    } catch (error) {
      pipe.error(null, toRpcError(error), 400)
    }
  }

  return {
    receive(message, headers) {
      if (Array.isArray(message)) return keep(takeBatch(message, headers))
      if (isRpcMessage(message)) return isRpcRequest(message) ? keep(answer(message, pipe, headers)) : take(message)
      const refused = new RpcFailure(rpcCode.invalidRequest, 'This is no JSON-RPC 2.0 message.')
      pipe.error(idOfMalformed(message), toRpcError(refused), 400)
    },
    leave() {
      left.resolve()
      unfollow?.()
      releaseClient(client)
    },
    answered: () => Promise.all(answers),
    cancel() {
      for (const abort of running.values()) abort.abort()
    },
  }
}

/** Far enough for the client's process to read twice. */
const apartMs = 20
