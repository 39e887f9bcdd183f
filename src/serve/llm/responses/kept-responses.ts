import { GatewayError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import type { ChatMessage } from '../../../core/model.ts'
import type { PassingStore } from '../../../core/passing-store.ts'
import type { InputItem } from './input-items.ts'

/** An answer that is kept, with the whole conversation that it belongs to. */
export type KeptResponse = Readonly<{
  /** The id of the caller, who alone may see it. */
  owner: string
  /** As its caller got it. */
  response: JsonObject & Readonly<{ output: readonly InputItem[] }>
  /** The items of its request. */
  input: readonly InputItem[]
  /** The items of the answers before it. Deleting one of those takes nothing from here. */
  before: readonly InputItem[]
  /** Turns exactly as they were said, by the item that stands for each. */
  replays: Readonly<Record<string, ChatMessage>>
}>

/** The answers that are kept for `previous_response_id` and for reading them again. */
export type KeptResponses = Readonly<{
  /** @returns false where it was not kept: it is too large, or the store failed */
  keep(id: string, response: KeptResponse): Promise<boolean>
  /** Undefined where there is none, or it is another caller's. @throws GatewayError `INTERNAL` where the store failed */
  find(id: string, callerId: string): Promise<KeptResponse | undefined>
  /** @returns false where there is none, or it is another caller's @throws as `find` */
  remove(id: string, callerId: string): Promise<boolean>
}>

/** Keeps answers in a store, within `limits`. */
export function keepResponses(
  store: PassingStore,
  limits: Pick<Limits, 'storedResponseMs' | 'maxStoredResponseBytes' | 'maxStoredBytes'>,
): KeptResponses {
  const { storedResponseMs: keepMs, maxStoredResponseBytes, maxStoredBytes: maxBytes } = limits
  const find: KeptResponses['find'] = async (id, callerId) => {
    if (!/^resp_[0-9a-f]{32}$/.test(id)) return undefined
    const read = await store.get(keyOf(id))
    if (read === undefined) throw unreadable()
    return isObject(read.value) && read.value.owner === callerId ? (read.value as KeptResponse) : undefined
  }
  return {
    async keep(id, response) {
      const { owner } = response
      if (Buffer.byteLength(JSON.stringify(response)) > maxStoredResponseBytes) return false
      return store.set(keyOf(id), response, { owner, keepMs, maxBytes })
    },
    find,
    async remove(id, callerId) {
      if ((await find(id, callerId)) === undefined) return false
      const removed = await store.remove(keyOf(id))
      if (removed === undefined) throw unreadable()
      return removed
    },
  }
}

function keyOf(id: string): string {
  return `response:${id}`
}

function unreadable(): GatewayError {
  return new GatewayError('INTERNAL', 'The store gave no answer; its log line says why. Try again, or send the items.')
}
