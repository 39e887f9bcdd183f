import { GatewayError, messageOf } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { RpcError, RpcMessage, RpcRequest } from '../../core/protocol.ts'
import { rpcCode } from '../../core/protocol.ts'
import { askClient } from './ask-client.ts'
import { isAsk, lackOf } from './ask-rules.ts'
import type { RunningCall, Whose } from './running-calls.ts'

/** The requests of one old upstream to clients: elicitation, sampling, roots. */
export type Asks = Readonly<{
  /** Answers one request, now or when its client has answered; every one of them is answered or was cancelled. */
  receive(request: RpcRequest, whose: Whose): void
  /** The upstream does not want the answer any more. @returns false for an id that is not open */
  cancel(id: unknown): boolean
}>

/** What asking needs. */
export type AskOptions = Readonly<{
  sourceId: string
  limits: Pick<Limits, 'askTimeoutMs' | 'maxAsksPerCall'>
  /** Sends the answer to the upstream. */
  send: (answer: RpcMessage) => void
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

  const put = async (request: RpcRequest, call: RunningCall, client: NonNullable<RunningCall['client']>) => {
    const { id, method, params = {} } = request
    const cancelled = new AbortController()
    open.set(JSON.stringify(id), cancelled)
    call.asked += 1
    call.hold()
    onAsk?.(request, call)
    const signal = AbortSignal.any([cancelled.signal, call.ended])
    try {
      const result = await askClient(client, { method, params, signal, timeoutMs: limits.askTimeoutMs })
      if (!signal.aborted) send({ jsonrpc: '2.0', id, result })
    } catch (error) {
      // Whoever cancels a request does not wait for its answer (2025-11-25, utilities/cancellation).
      if (!signal.aborted) send({ jsonrpc: '2.0', id, error: toRpcError(error) })
    } finally {
      call.release()
      open.delete(JSON.stringify(id))
    }
  }

  return {
    receive(request, whose) {
      const { id, method, params = {} } = request
      const refuse = (error: RpcError): void => send({ jsonrpc: '2.0', id, error })
      if (!isAsk(method))
        return refuse({ code: rpcCode.methodNotFound, message: `Patchbay does not answer ${method}.` })
      if (open.has(JSON.stringify(id)))
        return refuse({ code: rpcCode.invalidRequest, message: 'A request of that id is open already.' })
      if (typeof whose === 'string') return refuse(nobody(whose, sourceId))
      const { client } = whose
      if (client === undefined) return refuse(nobody('clientless', sourceId))
      const lack = lackOf(method, params, client.capabilities)
      if (lack !== undefined) return refuse(lack.error)
      if (whose.asked >= limits.maxAsksPerCall) {
        const message = `One call may ask its client ${limits.maxAsksPerCall} times (limits.maxAsksPerCall).`
        return refuse({ code: rpcCode.internal, message })
      }
      void put(request, whose, client)
    },
    cancel(id) {
      const found = open.get(JSON.stringify(id))
      found?.abort()
      return found !== undefined
    },
  }
}

function nobody(why: Extract<Whose, string>, sourceId: string): RpcError {
  if (why === 'idle' || why === 'clientless')
    return { code: rpcCode.methodNotFound, message: 'No client that can be asked has a call running here.' }
  if (why === 'ended') return { code: rpcCode.invalidRequest, message: 'The call that this belongs to has ended.' }
  const message = `Calls of several clients are running here, and this request does not say whose it is. "perSession": true in the entry of "${sourceId}" gives each client a session of its own.`
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
