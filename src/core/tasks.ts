import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'

/**
 * The extension by which a server of 2026-07-28 answers a call with a task in place of a result (SEP-2663). In 2025-11-25
 * tasks are an experimental part of the protocol itself: the client asks for one, and fetches its result.
 */
export const tasksExtension = 'io.modelcontextprotocol/tasks'

/** The revision in which tasks are a part of the protocol: clients of those before know none. */
export const tasksRevision = '2025-11-25'

/** What is asked about a task that was begun. `tasks/result` is of the old era alone, `tasks/update` of the modern one. */
export type TaskMethod = 'tasks/get' | 'tasks/cancel' | 'tasks/result' | 'tasks/update'

/** Tells the methods that are about a task, of clients of either era. */
export function isTaskMethod(method: string, modern: boolean): method is TaskMethod {
  if (method === 'tasks/get' || method === 'tasks/cancel') return true
  return method === (modern ? 'tasks/update' : 'tasks/result')
}

/** True for the capabilities of a client of the modern era that takes tasks. */
export function takesTasks({ extensions }: JsonObject): boolean {
  return isObject(extensions) && isObject(extensions[tasksExtension])
}

/** True for the capabilities of a server of the old era whose tools may run as tasks. */
export function runsTasks({ tasks }: JsonObject): boolean {
  const requests = isObject(tasks) ? tasks.requests : undefined
  const tools = isObject(requests) ? requests.tools : undefined
  return isObject(tools) && isObject(tools.call)
}

/** The id of the task that a call was answered with, in the form of either era; undefined for any other result. */
export function taskIdOf({ resultType, taskId, task }: JsonObject): string | undefined {
  const id = resultType === 'task' ? taskId : isObject(task) ? task.taskId : undefined
  return typeof id === 'string' ? id : undefined
}

/** How long the server keeps a task that was begun, in milliseconds; undefined where it does not say or sets no end. */
export function ttlOf({ ttlMs, task }: JsonObject): number | undefined {
  const ttl = isObject(task) ? task.ttl : ttlMs
  return typeof ttl === 'number' && ttl >= 0 ? ttl : undefined
}

/** True for a status that a task does not leave. */
export function isOver(status: unknown): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

/** Params or a result that say in `_meta` which task they are about, in place of what they said of that. */
export function aboutTask<Params extends JsonObject>(params: Params, taskId: string): Params {
  return { ...params, _meta: { ...(isObject(params._meta) ? params._meta : {}), [relatedTask]: { taskId } } }
}

/** The task that a message names in `_meta`; undefined for none. */
export function relatedTaskOf(params: JsonObject | undefined): string | undefined {
  const related = isObject(params?._meta) ? params._meta[relatedTask] : undefined
  return isObject(related) && typeof related.taskId === 'string' ? related.taskId : undefined
}

/** A result with another id for its task, wherever it is told: in the task itself, and in the `_meta` that names it. */
export function withTaskId(result: JsonObject, id: string): JsonObject {
  const { taskId, task, _meta } = result
  const related = isObject(_meta) ? _meta[relatedTask] : undefined
  return {
    ...result,
    ...(typeof taskId === 'string' && { taskId: id }),
    ...(isObject(task) && { task: { ...task, taskId: id } }),
    ...(isObject(_meta) && isObject(related) && { _meta: { ..._meta, [relatedTask]: { ...related, taskId: id } } }),
  }
}

/** A result without the `_meta` that names its task, for whoever knows of none. */
export function withoutTask(result: JsonObject): JsonObject {
  if (!isObject(result._meta) || result._meta[relatedTask] === undefined) return result
  const { [relatedTask]: _, ...others } = result._meta
  const { _meta, ...rest } = result
  return Object.keys(others).length === 0 ? rest : { ...rest, _meta: others }
}

/** Names in `_meta` the task that a message belongs to (2025-11-25, utilities/tasks, "Related Task Metadata"). */
const relatedTask = 'io.modelcontextprotocol/related-task'
