import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { RpcId, RpcMessage } from '../../core/protocol.ts'
import { isRpcRequest, rpcCode } from '../../core/protocol.ts'
import { shortLived } from '../../core/short-lived.ts'
import type { Progress } from '../../core/tool.ts'
import type { Transport } from './transport.ts'

/** One end of a JSON-RPC conversation with an upstream: it matches answers to requests and keeps their deadlines. */
export type Peer = Readonly<{
  /** Resolves with the result as it came. @throws GatewayError `SOURCE_*`, or `CANCELLED` when the signal fired */
  request(method: string, params: JsonObject | undefined, options: RequestOptions): Promise<JsonObject>
  notify(method: string, params?: JsonObject): Promise<void>
  /** Resolves when the upstream went away by itself, with the reason. */
  closed: Promise<Error>
  close(): Promise<void>
}>

/** `timeoutMs` counts from the last sign of life, `hardTimeoutMs` from the start; Infinity for none. */
export type RequestOptions = Readonly<{
  signal: AbortSignal
  timeoutMs: number
  hardTimeoutMs?: number
  onProgress?: (progress: Progress) => void
  headers?: Readonly<Record<string, string>>
}>

/** What a peer needs to know of its upstream. */
export type PeerOptions = Readonly<{
  /** For error messages. */
  sourceId: string
  onNotification: (method: string, params: JsonObject) => void
  log: (message: string) => void
}>

type Pending = {
  resolve: (result: JsonObject) => void
  reject: (error: Error) => void
  progress: (progress: Progress) => void
}

/** How many requests that were given up are remembered, so that their late answers are not taken for stray ones. */
const maxGivenUp = 1_000

/** Starts a transport and speaks JSON-RPC over it. @throws what the transport's start throws */
export async function openPeer(transport: Transport, { sourceId, onNotification, log }: PeerOptions): Promise<Peer> {
  let pending = shortLived<Pending>()
  const givenUp = new Set<number>()
  let lastId = 0
  const closed = Promise.withResolvers<Error>()

  const failAll = (error: Error): void => {
    const calls = pending.values()
    pending = shortLived()
    for (const call of calls) call.reject(error)
  }

  const onMessage = (message: RpcMessage): void => {
    if (isRpcRequest(message)) return void transport.send(answerRequest(message)).catch(() => {})
    if (message.method !== undefined) {
      if (message.method !== 'notifications/progress') return onNotification(message.method, message.params ?? {})
      const { progressToken, ...progress } = message.params ?? {}
      return pending.get(ownId(progressToken))?.progress(progress as Progress)
    }
    const id = ownId(message.id)
    const call = pending.get(id)
    // What crosses our giving up is to be expected (2025-11-25, utilities/cancellation).
    if (givenUp.size > 0 && givenUp.delete(id)) return
    if (call === undefined)
      return log(`"${sourceId}" answered a request that is not open (id ${String(message.id).slice(0, 40)}).`)
    pending.delete(id)
    settle(call, message, sourceId)
  }

  await transport.start({
    onMessage,
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
      const { signal, timeoutMs, hardTimeoutMs = timeoutMs, onProgress, headers } = options
      if (signal.aborted) return reject(cancelled(sourceId, method, signal))
      const id = ++lastId
      const aborted = new AbortController()
      let idle: NodeJS.Timeout | undefined
      const giveUp = (error: GatewayError): void => {
        if (!pending.delete(id)) return
        finish()
        givenUp.add(id)
        if (givenUp.size > maxGivenUp) givenUp.delete(givenUp.values().next().value ?? 0)
        if (method !== 'initialize') {
          const notice = {
            jsonrpc: '2.0',
            method: 'notifications/cancelled',
            params: { requestId: id, reason: error.message },
          } as const
          transport.send(notice).catch(() => {})
        }
        aborted.abort(error)
        reject(error)
      }
      const onAbort = (): void => giveUp(cancelled(sourceId, method, signal))
      const onTimeout = (ms: number) => () =>
        giveUp(new GatewayError('SOURCE_TIMEOUT', `"${sourceId}" gave no answer to ${method} within ${ms} ms.`))
      const hard = startTimer(hardTimeoutMs, onTimeout(hardTimeoutMs))
      const finish = (): void => {
        clearTimeout(hard)
        clearTimeout(idle)
        signal.removeEventListener('abort', onAbort)
      }
      idle = hardTimeoutMs > timeoutMs ? startTimer(timeoutMs, onTimeout(timeoutMs)) : undefined
      signal.addEventListener('abort', onAbort, { once: true })
      pending.set(id, {
        resolve: result => {
          finish()
          resolve(result)
        },
        reject: error => {
          finish()
          reject(error)
        },
        progress: progress => {
          idle?.refresh()
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
      transport.send(message, { signal: aborted.signal, ...(headers && { headers }) }).catch((error: Error) => {
        const call = pending.get(id)
        pending.delete(id)
        call?.reject(error)
      })
    })

  return {
    request,
    notify: (method, params) => transport.send({ jsonrpc: '2.0', method, ...(params && { params }) }),
    closed: closed.promise,
    close: async () => {
      await transport.close()
      failAll(new GatewayError('SOURCE_UNAVAILABLE', `"${sourceId}" is being closed.`))
    },
  }
}

/** One of our ids, also where it comes back as text; 0, which none of them is, for anything else. */
function ownId(id: unknown): number {
  if (typeof id === 'number') return id
  return typeof id === 'string' && /^[1-9]\d{0,15}$/.test(id) ? Number(id) : 0
}

function settle(call: Pending, { result, error }: RpcMessage, sourceId: string): void {
  if (error !== undefined && result !== undefined) {
    return call.reject(
      new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" answered with a result and an error at once.`),
    )
  }
  if (error !== undefined) {
    const message = `"${sourceId}" answered with error ${error.code}: ${String(error.message).slice(0, 2_000)}`
    return call.reject(new GatewayError('SOURCE_ERROR', message, { data: error }))
  }
  if (!isObject(result))
    return call.reject(new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" answered with a result that is no object.`))
  call.resolve(result)
}

/** Upstreams may ask us for `ping`; every other request needs a capability that we did not declare. */
function answerRequest({ id, method }: { id: RpcId; method: string }): RpcMessage {
  if (method === 'ping') return { jsonrpc: '2.0', id, result: {} }
  return { jsonrpc: '2.0', id, error: { code: rpcCode.methodNotFound, message: `Patchbay does not answer ${method}.` } }
}

function cancelled(sourceId: string, method: string, signal: AbortSignal): GatewayError {
  return new GatewayError('CANCELLED', `${method} to "${sourceId}" was cancelled.`, { cause: signal.reason })
}

function startTimer(ms: number, action: () => void): NodeJS.Timeout | undefined {
  return Number.isFinite(ms) ? setTimeout(action, ms) : undefined
}
