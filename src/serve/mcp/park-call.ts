import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { RpcError } from '../../core/protocol.ts'
import { rpcCode } from '../../core/protocol.ts'
import { RpcFailure } from '../errors.ts'
import type { McpReply, Piece } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'
import { cancelled, refusal } from './refusals.ts'

/**
 * A call of a modern client whose server, of the old era, asks while it runs. Each question ends the request that the
 * client has open, with a result that asks for input; the client's next request goes on with the call.
 */
export type ParkedCall = Readonly<{
  /**
   * Asks the client. Questions that come together are asked together.
   *
   * @throws GatewayError `CANCELLED`; `CLIENT_REFUSED` when no answer came in time
   */
  ask(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject>
  /**
   * Goes on with the answers that a request brings: to its result, or to the next question. What is not answered is
   * asked again (2026-07-28, basic/patterns/mrtr, "Error Handling").
   *
   * @throws RpcFailure -32602 while another request does so, else what the call throws
   */
  resume(request: McpRequest, responses: JsonObject): Promise<Piece>
  /** Cancels it where its client has no request open. */
  giveUp(): void
}>

/** `patienceMs`: how long it waits for the client from now on. `askFor` writes the result that asks for these inputs. */
export type ParkOptions = Readonly<{
  patienceMs: () => number
  askFor: (inputRequests: JsonObject) => string
  onEnd: () => void
}>

/** How long questions are collected: a server that asks several things at once sends them one behind the other. */
const collectMs = 5

/** Takes over the reply of a running request, so that its result goes to whichever request the client has open then. */
export function parkCall(running: McpRequest, { patienceMs, askFor, onEnd }: ParkOptions): ParkedCall {
  const first = running.reply
  const questions = new Map<string, Question>()
  let lastKey = 0
  let waiting: Waiting | undefined = {
    reply: first,
    meta: running.request.params?._meta,
    answer: text => first.result(running.request.id, text),
    fail: (error, status) => first.error(running.request.id, error, status),
  }
  let outcome: ((to: Waiting) => void) | undefined
  let collecting: NodeJS.Timeout | undefined
  let patience: NodeJS.Timeout | undefined

  const refuseAll = (why: () => Error): void => {
    for (const question of [...questions.values()]) question.reject(why())
  }
  const end = (deliver: (to: Waiting) => void): void => {
    refuseAll(() => cancelled(running.request.method))
    if (waiting === undefined) {
      outcome = deliver
      return
    }
    onEnd()
    deliver(waiting)
  }
  running.reply = {
    notify: (method, params) => waiting && notify(waiting, method, params),
    ask: () => {},
    result: (_id, text) => end(to => to.answer(text)),
    error: (_id, error, status) => end(to => to.fail(error, status)),
    isOpen: () => true,
    onClose: () => {},
  }

  const cancel = (): void => {
    clearTimeout(collecting)
    clearTimeout(patience)
    onEnd()
    running.owner.abort()
    refuseAll(() => refusal('The client did not answer in time, or has left.'))
  }
  const askNow = (): void => {
    collecting = undefined
    if (waiting === undefined || questions.size === 0) return
    const to = waiting
    waiting = undefined
    patience = setTimeout(cancel, patienceMs()).unref()
    const requests = [...questions].map(([key, { method, params }]) => [key, { method, params }])
    to.answer(askFor(Object.fromEntries(requests)))
  }
  const askSoon = (): void => {
    collecting ??= setTimeout(askNow, collectMs)
  }

  return {
    ask: (method, params, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(cancelled(method))
        lastKey += 1
        const key = `input-${lastKey}`
        const forget = (): void => {
          questions.delete(key)
          signal.removeEventListener('abort', onAbort)
        }
        const onAbort = (): void => questions.get(key)?.reject(cancelled(method))
        questions.set(key, {
          method,
          params,
          resolve: result => {
            forget()
            resolve(result)
          },
          reject: error => {
            forget()
            reject(error)
          },
        })
        signal.addEventListener('abort', onAbort, { once: true })
        askSoon()
      }),
    resume(request, responses) {
      if (waiting !== undefined)
        return Promise.reject(
          new RpcFailure(rpcCode.invalidParams, 'Another request goes on with this call already.', { status: 200 }),
        )
      clearTimeout(patience)
      return new Promise((answer, reject) => {
        const fail = ({ code, message, data }: RpcError, status: number): void =>
          reject(new RpcFailure(code, message, { status, data }))
        waiting = { reply: request.reply, meta: request.request.params?._meta, answer, fail }
        if (outcome !== undefined) {
          onEnd()
          return outcome(waiting)
        }
        // Closing the stream of a modern request is its cancellation, so of the call too.
        const to = waiting
        if (request.signal.aborted) return cancel()
        request.signal.addEventListener('abort', () => waiting === to && cancel(), { once: true })
        for (const [key, response] of Object.entries(responses))
          if (isObject(response)) questions.get(key)?.resolve(response)
        if (questions.size > 0) askSoon()
      })
    },
    giveUp() {
      if (waiting === undefined) cancel()
    },
  }
}

/** Progress has the token of the request that is open now; without one there is none. */
function notify({ reply, meta }: Waiting, method: string, params: JsonObject): void {
  if (method !== 'notifications/progress') return reply.notify(method, params)
  const token = isObject(meta) ? meta.progressToken : undefined
  if (token !== undefined) reply.notify(method, { ...params, progressToken: token })
}

/** The request that the client has open, and how it is answered. */
type Waiting = Readonly<{
  reply: McpReply
  meta: unknown
  answer: (text: Piece) => void
  fail: (error: RpcError, status: number) => void
}>

type Question = Readonly<{
  method: string
  params: JsonObject
  resolve: (result: JsonObject) => void
  reject: (error: Error) => void
}>
