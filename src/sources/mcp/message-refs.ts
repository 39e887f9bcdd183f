import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { metaKey, withoutHopFields } from '../../core/protocol.ts'

/** One of our ids, also where it comes back as text; 0, which none of them is, for anything else. */
export function ownId(id: unknown): number {
  if (typeof id === 'number') return id
  return typeof id === 'string' && /^[1-9]\d{0,15}$/.test(id) ? Number(id) : 0
}

/** The request of ours that a notification of a modern upstream names (2026-07-28, patterns/subscriptions). */
export function subscriptionOf(params: JsonObject): unknown {
  return isObject(params._meta) ? params._meta[metaKey.subscriptionId] : undefined
}

/** The params of a notification without the `_meta` that belongs to the hop. */
export function withoutHop({ _meta, ...params }: JsonObject): JsonObject {
  const meta = withoutHopFields(_meta)
  return meta === undefined ? params : { ...params, _meta: meta }
}

/** The task that a request of ours is about; nothing where it is about none. */
export function taskIn(method: string, params: JsonObject | undefined): Readonly<{ taskId?: string }> {
  const isOfTask = method.startsWith('tasks/') && typeof params?.taskId === 'string'
  return isOfTask ? { taskId: params.taskId as string } : noTask
}

const noTask = {}
