import type { Readable, Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { isDeeperThan, isObject } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import type { RpcMessage, RpcRequest } from '../core/protocol.ts'
import { isRpcMessage, isRpcRequest, metaKey, rpcCode } from '../core/protocol.ts'
import { shortLived } from '../core/short-lived.ts'
import { splitLines } from '../core/split-lines.ts'
import type { Gateway, Scope } from '../gateway/gateway.ts'
import { RpcFailure, toRpcError } from './errors.ts'
import { followChanges } from './mcp-changes.ts'
import { checkEnvelope, isModern } from './mcp-envelope.ts'
import type { McpMethods } from './mcp-methods.ts'
import { resultMessage } from './mcp-reply.ts'

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
  let greeted = false

  const send = (message: JsonObject): void => void output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const notify = (method: string, params: JsonObject): void => send({ method, params })

  const listen = async ({ id, params }: RpcRequest, signal: AbortSignal): Promise<string> => {
    const wanted = params?.notifications
    if (!isObject(wanted)) throw new RpcFailure(rpcCode.invalidParams, 'subscriptions/listen needs "notifications".')
    const _meta = { [metaKey.subscriptionId]: id }
    const honored = wanted.toolsListChanged === true ? { toolsListChanged: true } : {}
    notify('notifications/subscriptions/acknowledged', { notifications: honored, _meta })
    if ('toolsListChanged' in honored) {
      const unfollow = changes.follow(scope, () => notify('notifications/tools/list_changed', { _meta }))
      const cancelled = new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
      await Promise.race([cancelled, left.promise])
      unfollow()
    }
    return JSON.stringify({ resultType: 'complete', _meta })
  }

  const answer = async (request: RpcRequest): Promise<void> => {
    if (running.has(request.id))
      return send({
        id: request.id,
        error: toRpcError(new RpcFailure(rpcCode.invalidRequest, 'This id is still in use.')),
      })
    const abort = new AbortController()
    running.set(request.id, abort)
    try {
      const modern = isModern(request)
      if (modern) checkEnvelope(request)
      let lastProgress = 0
      const sendProgress = (params: JsonObject): void => {
        lastProgress = performance.now()
        notify('notifications/progress', params)
      }
      const result =
        request.method === 'subscriptions/listen'
          ? await listen(request, abort.signal)
          : await methods.answer({ request, scope, modern, signal: abort.signal, sendProgress })
      // SDK clients lose a progress that they read together with the result (typescript-sdk issue 2580).
      if (performance.now() - lastProgress < apartMs) await wait(apartMs)
      // Who has cancelled waits for no answer (2025-11-25, utilities/cancellation).
      if (abort.signal.aborted) return
      // All in one turn, so that nothing else comes between.
      const pieces = resultMessage(request.id, result)
      for (const piece of pieces.slice(0, -1)) output.write(piece)
      output.write(`${pieces.at(-1)}\n`)
    } catch (error) {
      if (!(error instanceof GatewayError || error instanceof RpcFailure)) onError?.(error)
      if (!abort.signal.aborted) send({ id: request.id, error: toRpcError(error) })
    } finally {
      running.delete(request.id)
    }
  }

  const receive = (message: RpcMessage): void => {
    if (isRpcRequest(message)) {
      const answering = answer(message).finally(() => answers.delete(answering))
      return void answers.add(answering)
    }
    if (message.method === 'notifications/cancelled') running.get(message.params?.requestId)?.abort()
    if (message.method === 'notifications/initialized' && !greeted) {
      greeted = true
      changes.follow(scope, () => notify('notifications/tools/list_changed', {}))
    }
  }

  const read = splitLines(limits.maxBodyBytes, {
    onLine: line => {
      if (line.trim() === '') return
      const message = parse(line)
      if (message === undefined)
        return send({ id: null, error: { code: rpcCode.parseError, message: 'The line is not valid JSON.' } })
      if (!isRpcMessage(message) || isDeeperThan(message, limits.maxJsonDepth))
        return send({
          id: null,
          error: {
            code: rpcCode.invalidRequest,
            message: 'The line is no JSON-RPC 2.0 message, or nests too deeply (limits.maxJsonDepth).',
          },
        })
      receive(message)
    },
    onTooLong: id =>
      send({
        id: id ?? null,
        error: {
          code: rpcCode.invalidRequest,
          message: `The message is larger than ${limits.maxBodyBytes} bytes (limits.maxBodyBytes).`,
        },
      }),
  })
  input.on('data', read)
  for (const event of ['end', 'close']) input.once(event, left.resolve)
  output.once('error', lost.resolve)
  await Promise.race([left.promise, lost.promise])
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
