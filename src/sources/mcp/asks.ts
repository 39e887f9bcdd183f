import type { ClientLink } from '../../core/client-link.ts'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { RpcError, RpcMessage, RpcRequest } from '../../core/protocol.ts'
import { rpcCode } from '../../core/protocol.ts'
import type { Progress } from '../../core/tool.ts'
import { askClient } from './ask-client.ts'
import { isAsk, lackOf } from './ask-rules.ts'
import type { RunningCall, Whose } from './running-call.ts'

/** The requests of one old upstream to clients: elicitation, sampling, roots. */
export type Asks = Readonly<{
  /**
   * Answers one request, now or when its client has answered; every one of them is answered or was cancelled.
   *
   * @param find - says whose it is; `signal` fires when it is cancelled meanwhile
   */
  receive(request: RpcRequest, find: (signal: AbortSignal) => Whose | Promise<Whose>): void
  /** The upstream does not want the answer any more. @returns false for an id that is not open */
  cancel(id: unknown): boolean
}>

/** What asking needs. */
export type AskOptions = Readonly<{
  sourceId: string
  limits: Pick<Limits, 'askTimeoutMs' | 'maxAsksPerCall' | 'askWaitMs'>
  /** Sends an answer to the upstream, or what its client tells before that. */
  send: (message: RpcMessage) => Promise<void>
  /** Told of each question before it is put. */
  onAsk?: (request: RpcRequest, call: RunningCall) => void
}>

/**
 * Puts what an old upstream asks to the client of the call that it belongs to (decision 0006, points 3 and 4).
 *
 * A client that is not there, or cannot do what is asked, is an error to the upstream, never a silence. While a question
 * is open the idle time of its call stands still. A call that ends ends its questions, which then need no answer.
 */
export function answerAsks({ sourceId, limits, send, onAsk }: AskOptions): Asks {
  const open = new Map<string, AbortController>()

  const put = async (request: RpcRequest, call: RunningCall, client: ClientLink, cancelled: AbortSignal) => {
    const { id, method, params = {} } = request
    call.asked += 1
    call.asking += 1
    call.hold()
    onAsk?.(request, call)
    const signal = AbortSignal.any([cancelled, call.ended])
    const progress = progressOf(params, message => (signal.aborted ? Promise.resolve() : send(message)))
    const question = { method, params, signal, timeoutMs: limits.askTimeoutMs, ...progress }
    try {
      const result = await askClient(client, question)
      await progress?.sent()
      if (!signal.aborted) void send({ jsonrpc: '2.0', id, result })
    } catch (error) {
      await progress?.sent()
      // Whoever cancels a request does not wait for its answer (2025-11-25, utilities/cancellation).
      if (!signal.aborted) void send({ jsonrpc: '2.0', id, error: toRpcError(error) })
    } finally {
      call.asking -= 1
      call.release()
    }
  }
  /** Puts it to the client that it is for. @returns why it cannot be put */
  const putTo = async (request: RpcRequest, whose: Whose, cancelled: AbortSignal): Promise<RpcError | undefined> => {
    if (typeof whose === 'string') return nobody(whose, sourceId, limits.askWaitMs)
    const { client } = whose
    if (client === undefined) return nobody('clientless', sourceId, limits.askWaitMs)
    const lack = lackOf(request.method, request.params ?? {}, client.capabilities)
    if (lack !== undefined) {
      whose.lacks(lack)
      return lack.error
    }
    if (whose.asked >= limits.maxAsksPerCall) {
      const message = `One call may ask its client ${limits.maxAsksPerCall} times (limits.maxAsksPerCall).`
      return { code: rpcCode.internal, message }
    }
    await put(request, whose, client, cancelled)
    return undefined
  }
  const answer = async (request: RpcRequest, find: (signal: AbortSignal) => Whose | Promise<Whose>): Promise<void> => {
    const key = JSON.stringify(request.id)
    const cancelled = new AbortController()
    open.set(key, cancelled)
    try {
      const found = find(cancelled.signal)
      const whose = found instanceof Promise ? await found : found
      const error = cancelled.signal.aborted ? undefined : await putTo(request, whose, cancelled.signal)
      if (error !== undefined) void send({ jsonrpc: '2.0', id: request.id, error })
    } finally {
      open.delete(key)
    }
  }

  return {
    receive(request, find) {
      const { id, method } = request
      const refuse = (error: RpcError): void => void send({ jsonrpc: '2.0', id, error })
      if (!isAsk(method))
        return refuse({ code: rpcCode.methodNotFound, message: `Patchbay does not answer ${method}.` })
      if (open.has(JSON.stringify(id)))
        return refuse({ code: rpcCode.invalidRequest, message: 'A request of that id is open already.' })
      void answer(request, find)
    },
    cancel(id) {
      const found = open.get(JSON.stringify(id))
      found?.abort()
      return found !== undefined
    },
  }
}

/** How much of its progress may wait to be sent; what comes above that is dropped. */
const maxUnsent = 32

/**
 * Passes on what a client tells of its progress with a question, where the upstream wants to know, in order and before the
 * answer (2025-11-25, utilities/progress).
 */
function progressOf({ _meta }: JsonObject, send: (message: RpcMessage) => Promise<void>) {
  const token = isObject(_meta) ? _meta.progressToken : undefined
  if (typeof token !== 'string' && typeof token !== 'number') return undefined
  let unsent = 0
  let last = Promise.resolve()
  const onProgress = (progress: Progress): void => {
    if (unsent >= maxUnsent) return
    unsent += 1
    const params = { ...progress, progressToken: token }
    last = last
      .then(() => send({ jsonrpc: '2.0', method: 'notifications/progress', params }))
      .finally(() => {
        unsent -= 1
      })
  }
  return { onProgress, sent: () => last }
}

function nobody(why: Extract<Whose, string>, sourceId: string, waitMs: number): RpcError {
  if (why === 'idle' || why === 'clientless')
    return { code: rpcCode.methodNotFound, message: 'No client that can be asked has a call running here.' }
  if (why === 'ended') return { code: rpcCode.invalidRequest, message: 'The call that this belongs to has ended.' }
  const message = `Calls of several clients are running here or have just ended, and this request does not say whose it is; it was not clear within ${waitMs} ms (limits.askWaitMs, limits.lateAskMs). "perSession": true in the entry of "${sourceId}" gives each client a session of its own.`
  return { code: rpcCode.internal, message }
}

/** The client's own error goes on as it is; of ours only the message. */
function toRpcError(error: unknown): RpcError {
  const data = error instanceof GatewayError && error.code === 'CLIENT_REFUSED' ? error.data : undefined
  if (isObject(data) && typeof data.code === 'number' && typeof data.message === 'string') {
    return { code: data.code, message: data.message, ...(data.data !== undefined && { data: data.data }) }
  }
  return { code: rpcCode.internal, message: messageOf(error) }
}
