import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { makeSlots } from '../../core/make-slots.ts'
import type { RpcId, RpcMessage } from '../../core/protocol.ts'
import { isRpcRequest } from '../../core/protocol.ts'
import { shortLived } from '../../core/short-lived.ts'
import { aboutTask, relatedTaskOf } from '../../core/tasks.ts'
import type { Progress } from '../../core/tool.ts'
import type { Asks } from './asks.ts'
import { startClock } from './clock.ts'
import { ownId, subscriptionOf, taskIn } from './message-refs.ts'
import type { CallOwner, RunningCall, Whose } from './running-call.ts'
import { keepRunningCalls } from './running-calls.ts'
import { settle } from './settle-answer.ts'
import { keepTaskTokens } from './task-tokens.ts'
import type { Sending, Transport } from './transport.ts'

/** One end of a JSON-RPC conversation with an upstream: it matches answers to requests and keeps their deadlines. */
export type Peer = Readonly<{
  /** Resolves with the result as it came. @throws GatewayError `SOURCE_*`, or `CANCELLED` when the signal fired */
  request(method: string, params: JsonObject | undefined, options: RequestOptions): Promise<JsonObject>
  notify(method: string, params?: JsonObject): Promise<void>
  /** Resolves when the upstream went away by itself, with the reason. */
  closed: Promise<Error>
  /** Fires when it is over, by itself or by `close()`. */
  ended: AbortSignal
  /** What still runs fails once it is closed; with `why` at once, for that reason. */
  close(why?: Error): Promise<void>
}>

/** What goes with one request. */
export type RequestOptions = Readonly<{
  signal: AbortSignal
  /** Counts from the last sign of life; Infinity for none. It stands still while the caller's client is asked. */
  timeoutMs: number
  /** Counts from the start. Default: `timeoutMs`. */
  hardTimeoutMs?: number
  /** What sets these two, for the error. */
  setBy?: Readonly<{ idle: string; hard: string }>
  onProgress?: (progress: Progress) => void
  headers?: Readonly<Record<string, string>>
  /** A modern upstream is told that tasks are taken. */
  takesTask?: true
  /** Present for what a caller wants: its client may be asked and told things meanwhile. */
  caller?: CallOwner
  /** Given the notifications that name this request, in place of `PeerOptions.onNotification`. */
  onNotification?: (method: string, params: JsonObject) => void
}>

/** What a peer needs to know of its upstream. */
export type PeerOptions = Readonly<{
  /** For error messages. */
  sourceId: string
  /** `whose` finds the running call that it belongs to. */
  onNotification: (method: string, params: JsonObject, whose: () => Whose) => void
  /** Who answers what the upstream asks, besides `ping`. */
  asks: (send: (message: RpcMessage) => Promise<void>) => Asks
  /** How long what it asks may wait for it to be known whose it is, and how many of them. */
  limits: Pick<Limits, 'askWaitMs' | 'lateAskMs' | 'maxAsksPerCall'>
  log: (message: string) => void
  /** Told when something that the upstream has told by itself may have been missed. */
  onGap?: () => void
  /** Takes out of the text of an error what nobody may see. */
  hide?: (text: string) => string
}>

type Pending = {
  resolve: (result: JsonObject) => void
  reject: (error: Error) => void
  progress: (progress: Progress) => void
  call: RunningCall | undefined
  onNotification: RequestOptions['onNotification'] | undefined
  /** It asks for a task, whose progress is told after it. */
  hasTask: boolean
}

/** Answers that are on their way at once: over HTTP each is a request, and an upstream may ask without end. */
const maxAnswers = 8

/** How many requests that were given up are remembered, so that their late answers are not taken for stray ones. */
const maxGivenUp = 1_000

/** Starts a transport and speaks JSON-RPC over it. @throws what the transport's start throws */
export async function openPeer(transport: Transport, options: PeerOptions): Promise<Peer> {
  const { sourceId, onNotification, limits, log } = options
  let pending = shortLived<Pending>()
  const { askWaitMs, lateAskMs, maxAsksPerCall: maxWaiting } = limits
  const running = keepRunningCalls({ askWaitMs, lateAskMs, maxWaiting })
  const givenUp = new Set<number>()
  const tokens = keepTaskTokens()
  let lastId = 0
  const closed = Promise.withResolvers<Error>()
  const ended = new AbortController()
  const send = (message: RpcMessage): void => void transport.send(message).catch(() => {})
  const { take: takeSlot } = makeSlots(maxAnswers)
  const answer = async (message: RpcMessage): Promise<void> => {
    const giveBack = await takeSlot(ended.signal, 'its turn to answer')
    await transport.send(message).finally(giveBack)
  }
  const answerSoon = (message: RpcMessage): Promise<void> => answer(message).catch(() => {})
  const asks = options.asks(answerSoon)

  const failAll = (error: Error): void => {
    const calls = pending.values()
    pending = shortLived()
    for (const call of calls) call.reject(error)
    ended.abort()
  }
  const whose = (origin: RpcId | undefined): Whose => {
    if (origin === undefined) return running.whose()
    const own = pending.get(ownId(origin))
    return own === undefined ? 'ended' : (own.call ?? 'idle')
  }

  const receiveNotification = (method: string, params: JsonObject, origin: RpcId | undefined): void => {
    if (method === 'notifications/progress') {
      const { progressToken, ...progress } = params
      const taskId = tokens.taskOf(progressToken)
      if (taskId !== undefined) return onNotification(method, aboutTask(progress, taskId), () => 'ended')
      return pending.get(ownId(progressToken))?.progress(progress as Progress)
    }
    const cancelled = method === 'notifications/cancelled'
    if (cancelled && asks.cancel(params.requestId)) return
    const named = cancelled ? params.requestId : subscriptionOf(params)
    const own = pending.get(ownId(named ?? origin))?.onNotification
    if (own !== undefined) return own(method, params)
    if (cancelled) return
    const taskId = origin === undefined ? relatedTaskOf(params) : undefined
    onNotification(method, params, () => (taskId === undefined ? whose(origin) : running.about(taskId)))
  }

  const onMessage = (message: RpcMessage, origin?: RpcId): void => {
    if (isRpcRequest(message)) {
      if (message.method === 'ping') return void answerSoon({ jsonrpc: '2.0', id: message.id, result: {} })
      return asks.receive(message, signal =>
        origin === undefined ? running.asker(relatedTaskOf(message.params), signal) : whose(origin),
      )
    }
    if (message.method !== undefined) return receiveNotification(message.method, message.params ?? {}, origin)
    const id = ownId(message.id)
    const call = pending.get(id)
    // What crosses our giving up is to be expected (2025-11-25, utilities/cancellation).
    if (givenUp.size > 0 && givenUp.delete(id)) return
    if (call === undefined)
      return log(`"${sourceId}" answered a request that is not open (id ${String(message.id).slice(0, 40)}).`)
    pending.delete(id)
    if (call.hasTask) tokens.answered(id, message.result)
    settle(call, message, options)
  }

  await transport.start({
    onMessage,
    ...(options.onGap && { onGap: options.onGap }),
    onClose: error => {
      failAll(error)
      closed.resolve(error)
    },
    onUnreadable: (reason, id) => {
      log(`"${sourceId}" sent what cannot be read: ${reason}`)
      const error = new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" gave an answer that cannot be read: ${reason}`)
      const call = pending.get(ownId(id))
      pending.delete(ownId(id))
      call?.reject(error)
    },
  })

  const request: Peer['request'] = (method, params, options) =>
    new Promise<JsonObject>((resolve, reject) => {
      const { signal, timeoutMs, hardTimeoutMs = timeoutMs, setBy, onProgress, headers, caller } = options
      if (signal.aborted) return reject(cancelled(sourceId, method, signal))
      const id = ++lastId
      const sending: Sending = {}
      const giveUp = (error: GatewayError): void => {
        if (!pending.delete(id)) return
        finish(false)
        givenUp.add(id)
        if (givenUp.size > maxGivenUp) givenUp.delete(givenUp.values().next().value ?? 0)
        if (method !== 'initialize') {
          const params = { requestId: id, reason: error.message }
          send({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
        }
        sending.giveUp?.(error)
        reject(error)
      }
      const onAbort = (): void => giveUp(cancelled(sourceId, method, signal))
      const clock = startClock(timeoutMs, hardTimeoutMs, ms => {
        const limit = setBy && ` (${ms === timeoutMs ? setBy.idle : setBy.hard})`
        const message = `"${sourceId}" gave no answer to ${method} within ${ms} ms${limit ?? ''}.`
        giveUp(new GatewayError('SOURCE_TIMEOUT', message))
      })
      const begun = caller && running.begin({ id, caller, clock, ...taskIn(method, params) })
      const finish = (answered: boolean): void => {
        clock.stop()
        signal.removeEventListener('abort', onAbort)
        begun?.finish(answered)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      pending.set(id, {
        call: begun?.call,
        onNotification: options.onNotification,
        hasTask: onProgress !== undefined && params?.task !== undefined,
        resolve: result => {
          finish(true)
          resolve(result)
        },
        reject: error => {
          finish(true)
          reject(error)
        },
        progress: progress => {
          clock.touch()
          onProgress?.(progress)
        },
      })
      const meta = onProgress && {
        _meta: { ...(isObject(params?._meta) ? params._meta : {}), progressToken: id },
      }
      const message = {
        jsonrpc: '2.0',
        id,
        method,
        ...((params || meta) && { params: { ...params, ...meta } }),
      } as const
      transport.send(message, headers === undefined ? { sending } : { sending, headers }).catch((error: Error) => {
        const call = pending.get(id)
        pending.delete(id)
        call?.reject(error)
      })
    })

  return {
    request,
    notify: (method, params) => transport.send({ jsonrpc: '2.0', method, ...(params && { params }) }),
    closed: closed.promise,
    ended: ended.signal,
    close: async why => {
      if (why !== undefined) failAll(why)
      await transport.close()
      failAll(new GatewayError('SOURCE_UNAVAILABLE', `"${sourceId}" is being closed.`))
    },
  }
}

function cancelled(sourceId: string, method: string, signal: AbortSignal): GatewayError {
  return new GatewayError('CANCELLED', `${method} to "${sourceId}" was cancelled.`, { cause: signal.reason })
}
