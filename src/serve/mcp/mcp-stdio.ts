import type { Readable, Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { GatewayError } from '../../core/errors.ts'
import { isDeeperThan } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { passesBounds } from '../../core/measure-json.ts'
import type { RpcMessage, RpcRequest } from '../../core/protocol.ts'
import { agreedRevision, idOfMalformed, isRpcMessage, isRpcRequest, rpcCode } from '../../core/protocol.ts'
import { shortLived } from '../../core/short-lived.ts'
import { splitLines } from '../../core/split-lines.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import { RpcFailure, toRpcError } from '../errors.ts'
import { listOfAnswers, serveBatch } from './mcp-batch.ts'
import { followChanges } from './mcp-changes.ts'
import { checkEnvelope, isModern } from './mcp-envelope.ts'
import { toMcpFailure } from './mcp-errors.ts'
import { listen } from './mcp-listen.ts'
import type { McpMethods } from './mcp-methods.ts'
import { openPipe, PipeReply } from './mcp-pipe.ts'
import type { McpReply, Piece } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'
import type { OldClient } from './old-client.ts'
import { keepCapabilities, releaseClient } from './old-client.ts'

/** What serving over stdio needs. */
export type McpStdioOptions = Readonly<{
  gateway: Gateway
  methods: McpMethods
  limits: Limits
  scope: Scope
  input: Readable
  output: Writable
  /** Told of faults of our own, which the client only learns of as "internal". */
  onError?: (error: unknown) => void
}>

/**
 * Serves one MCP client of either era over stdin and stdout, one JSON message a line (MCP, transports, "stdio").
 *
 * A client that closes its end may only have piped its requests, so those that run are still answered, for at most
 * `limits.shutdownMs`; what runs then, or when the client stops reading, is cancelled.
 *
 * @returns resolves once the client has left and what ran for it has ended or was cancelled
 */
export async function serveStdio(options: McpStdioOptions): Promise<void> {
  const { gateway, methods, limits, scope, input, output, onError } = options
  const changes = followChanges(gateway)
  const running = shortLived<AbortController>()
  const answers = new Set<Promise<void>>()
  const left = Promise.withResolvers<void>()
  const lost = Promise.withResolvers<void>()
  const pipe = openPipe(output, left.promise)
  const client: OldClient = { clientId: 'stdio', capabilities: {} }

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

  const answer = async (request: RpcRequest, to: McpReply): Promise<void> => {
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
    const asked: McpRequest = { request, scope, modern, signal: abort.signal, reply, owner: abort, client }
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

  const receive = (message: RpcMessage): void => {
    if (isRpcRequest(message)) return keep(answer(message, pipe))
    if (message.method === undefined) client.asks?.settle(message)
    if (message.method === 'notifications/cancelled') running.get(message.params?.requestId)?.abort()
    if (message.method === 'notifications/initialized' && client.notify === undefined) {
      client.notify = (method, params) => pipe.notify(method, params)
      changes.follow(scope, kind => pipe.notify(`notifications/${kind}/list_changed`, {}))
    }
  }

  const receiveBatch = async (messages: readonly unknown[]): Promise<void> => {
    const given: (readonly Piece[])[] = []
    const { revision } = client
    try {
      await serveBatch(messages, {
        revision,
        limits,
        reply: pipe,
        serve: async (message, reply) => (isRpcRequest(message) ? answer(message, reply) : receive(message)),
        onAnswer: pieces => void given.push(pieces),
      })
      if (given.length > 0) pipe.message(listOfAnswers(given))
    } catch (error) {
      pipe.error(null, toRpcError(error), 400)
    }
  }

  const refuse = (id: RpcRequest['id'] | null, code: number, message: string): void =>
    pipe.error(id, { code, message }, 400)
  const read = splitLines(limits.maxBodyBytes, {
    onLine: line => {
      if (line.trim() === '') return
      if (passesBounds(line, { maxDepth: limits.maxJsonDepth, maxContainers: limits.maxJsonContainers }) !== undefined)
        return refuse(
          null,
          rpcCode.invalidRequest,
          'The line holds or nests too much (limits.maxJsonContainers, maxJsonDepth).',
        )
      const message = parse(line)
      if (message === undefined) return refuse(null, rpcCode.parseError, 'The line is not valid JSON.')
      if (!isDeeperThan(message, limits.maxJsonDepth)) {
        if (isRpcMessage(message)) return receive(message)
        if (Array.isArray(message)) return keep(receiveBatch(message))
      }
      const why = 'The line is no JSON-RPC 2.0 message, or nests too deeply (limits.maxJsonDepth).'
      refuse(idOfMalformed(message), rpcCode.invalidRequest, why)
    },
    onTooLong: id =>
      refuse(
        id ?? null,
        rpcCode.invalidRequest,
        `The message is larger than ${limits.maxBodyBytes} bytes (limits.maxBodyBytes).`,
      ),
  })
  input.on('data', read)
  for (const event of ['end', 'close']) input.once(event, left.resolve)
  output.once('error', lost.resolve)
  await Promise.race([left.promise, lost.promise])
  // Nobody will answer what servers ask, and no request will come that goes on with a call that waits.
  releaseClient(client)
  methods.close()
  const patience = Promise.withResolvers<void>()
  const timer = setTimeout(patience.resolve, limits.shutdownMs)
  await Promise.race([finish(answers, output), lost.promise, patience.promise])
  clearTimeout(timer)
  for (const abort of running.values()) abort.abort()
  changes.close()
}

/** Resolves when every answer is given and read. */
async function finish(answers: ReadonlySet<Promise<void>>, output: Writable): Promise<void> {
  await Promise.all(answers)
  await new Promise<unknown>(resolve => output.write('', resolve))
}

/** Far enough for the client's process to read twice. */
const apartMs = 20

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
