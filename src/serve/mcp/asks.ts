import type { AskingOptions } from '../../core/client-link.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { RpcId, RpcMessage } from '../../core/protocol.ts'
import { withoutHopFields } from '../../core/protocol.ts'
import { shortLived } from '../../core/short-lived.ts'
import type { Progress } from '../../core/tool.ts'
import type { McpReply } from './mcp-reply.ts'
import { cancelled, refusal } from './refusals.ts'

/** The requests that servers have open to one old client, until it answers them. */
export type Asks = Readonly<{
  /**
   * Asks on the stream of the call that the question belongs to (2025-11-25, transports: on that stream and no other).
   *
   * @returns the client's result
   * @throws GatewayError `CLIENT_REFUSED` with a JSON-RPC error as `data`: the client's own, or ours when it has left or
   *   has too many open; `CANCELLED`, of which the client is told
   */
  ask(reply: McpReply, method: string, params: JsonObject, options: AskingOptions): Promise<JsonObject>
  /** Takes an answer; one to nothing that is open is ignored. */
  settle(message: RpcMessage): void
  /** Takes the params of `notifications/progress`; of nothing that is open, or that nobody wants to know of, they are ignored. */
  progress(params: JsonObject): void
  /** Gives up on whatever is open. */
  close(): void
}>

/** How many one client may have open. */
const maxOpen = 100

/** Opens the table of one client. */
export function openAsks(): Asks {
  const open = shortLived<OpenAsk>()
  const watched = new WeakSet<McpReply>()
  let lastId = 0

  const take = (id: unknown): OpenAsk | undefined => {
    const found = open.get(id)
    if (found !== undefined) open.delete(id as RpcId)
    found?.finish()
    return found
  }
  const giveUp = (reply?: McpReply): void => {
    for (const each of open.values())
      if (reply === undefined || each.reply === reply) take(each.id)?.reject(refusal('The client has left.'))
  }

  return {
    ask: (reply, method, params, { signal, onProgress }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(cancelled(method))
        if (!reply.isOpen()) return reject(refusal('The client has left.'))
        if (open.size() >= maxOpen) return reject(refusal(`The client has ${maxOpen} questions open already.`))
        const id = ++lastId
        const onAbort = (): void => {
          if (take(id) === undefined) return
          reply.notify('notifications/cancelled', { requestId: id, reason: 'The answer is no longer needed.' })
          reject(cancelled(method))
        }
        signal.addEventListener('abort', onAbort, { once: true })
        open.set(id, {
          id,
          reply,
          resolve,
          reject,
          onProgress,
          finish: () => signal.removeEventListener('abort', onAbort),
        })
        if (!watched.has(reply)) {
          watched.add(reply)
          reply.onClose(() => giveUp(reply))
        }
        // The server's own token may be another server's too.
        const meta = onProgress && { _meta: { ...(isObject(params._meta) && params._meta), progressToken: id } }
        reply.ask(id, method, { ...params, ...meta })
      }),
    settle({ id, result, error }) {
      const asked = take(id)
      if (asked === undefined) return
      if (isObject(result)) asked.resolve(result)
      else asked.reject(refusal(error?.message ?? 'The client gave no result.', error?.code, error?.data))
    },
    progress({ progressToken, _meta, ...progress }) {
      const meta = withoutHopFields(_meta)
      const told = { ...progress, ...(meta && { _meta: meta }) } as Progress
      open.get(progressToken)?.onProgress?.(told)
    },
    close: () => giveUp(),
  }
}

type OpenAsk = Readonly<{
  id: number
  reply: McpReply
  resolve: (result: JsonObject) => void
  reject: (error: Error) => void
  onProgress: AskingOptions['onProgress']
  finish: () => void
}>
