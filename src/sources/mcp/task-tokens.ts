import type { JsonObject } from '../../core/json.ts'
import { taskIdOf } from '../../core/tasks.ts'
import { ownId } from './message-refs.ts'

/**
 * The progress tokens of requests that were answered with a task, which stay good for as long as the task runs (2025-11-25,
 * utilities/tasks, "Task Progress Notifications").
 */
export type TaskTokens = Readonly<{
  /** Notes that the request of this token was answered with this result. */
  answered(token: number, result: unknown): void
  /** The task that a token belongs to; undefined where it belongs to none. */
  taskOf(token: unknown): string | undefined
}>

/** How many are remembered of one connection; the oldest goes. */
const maxTokens = 1_000

/** Remembers the tokens of one connection. */
export function keepTaskTokens(): TaskTokens {
  const tasks = new Map<number, string>()
  return {
    answered(token, result) {
      const taskId = taskIdOf((result ?? {}) as JsonObject)
      if (taskId === undefined) return
      tasks.set(token, taskId)
      if (tasks.size > maxTokens) tasks.delete(tasks.keys().next().value ?? 0)
    },
    taskOf: token => (tasks.size === 0 ? undefined : tasks.get(ownId(token))),
  }
}
