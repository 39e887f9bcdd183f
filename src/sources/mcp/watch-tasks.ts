import type { JsonObject } from '../../core/json.ts'
import { isOver, taskIdOf, ttlOf } from '../../core/tasks.ts'
import type { TaskListener } from '../../core/tool-source.ts'

/** The tasks that one upstream runs: who hears of them, and of how many it still has something to give. */
export type TaskWatch = Readonly<{
  /** Follows a task. What was told of it a moment ago, when nobody followed it, is told first. @returns the way to stop */
  follow(taskId: string, listener: TaskListener): () => void
  /** Hands on what the upstream tells of a task. */
  told(taskId: unknown, method: string, params: JsonObject): void
  /** Learns from the answer to a request that a task was begun, or that its result was given. */
  answered(method: string, params: JsonObject, result: JsonObject): void
  /** Tasks that were begun and whose result nobody has got yet. */
  open(): number
}>

/** What was told of tasks that nobody follows yet: their ids may be on their way to those who will. */
const maxEarly = 64
const maxEarlyLength = 16_384
const earlyMs = 5_000

/** Tasks that are counted. Past it the one that was begun first is taken to have ended. */
const maxOpen = 10_000

/** Watches tasks; one whose server keeps it for longer than `maxAgeMs` counts as done after that. */
export function watchTasks(maxAgeMs: number, now: () => number = Date.now): TaskWatch {
  const followers = new Map<string, Set<TaskListener>>()
  /** The oldest first. */
  const early: { taskId: string; method: string; params: JsonObject; at: number }[] = []
  /** Until when each may run. */
  const open = new Map<string, number>()

  const begin = (taskId: string, ttlMs: number | undefined): void => {
    open.set(taskId, now() + Math.min(ttlMs ?? maxAgeMs, maxAgeMs))
    if (open.size > maxOpen) open.delete(open.keys().next().value ?? '')
  }
  const keep = (taskId: string, method: string, params: JsonObject): void => {
    if (JSON.stringify(params).length > maxEarlyLength) return
    early.push({ taskId, method, params, at: now() })
    if (early.length > maxEarly) early.shift()
  }
  const takeEarly = (taskId: string): typeof early => {
    const since = now() - earlyMs
    const found = early.filter(each => each.taskId === taskId && each.at >= since)
    const rest = early.filter(each => each.taskId !== taskId && each.at >= since)
    early.splice(0, early.length, ...rest)
    return found
  }

  return {
    follow(taskId, listener) {
      // A function of its own for each: one listener may follow twice.
      const follower: TaskListener = (method, params) => listener(method, params)
      const all = followers.get(taskId) ?? new Set()
      followers.set(taskId, all.add(follower))
      for (const { method, params } of takeEarly(taskId)) follower(method, params)
      return () => {
        all.delete(follower)
        if (all.size === 0 && followers.get(taskId) === all) followers.delete(taskId)
      }
    },
    told(taskId, method, params) {
      if (typeof taskId !== 'string') return
      if (params.status === 'cancelled') open.delete(taskId)
      const all = followers.get(taskId)
      if (all === undefined) return keep(taskId, method, params)
      for (const each of [...all]) each(method, params)
    },
    answered(method, params, result) {
      if (method === 'tools/call') {
        const taskId = taskIdOf(result)
        if (taskId !== undefined) begin(taskId, ttlOf(result))
      } else if (open.size > 0 && (method === 'tasks/result' || isDone(result))) open.delete(String(params.taskId))
    },
    open() {
      const at = now()
      for (const [taskId, until] of open) if (until < at) open.delete(taskId)
      return open.size
    },
  }
}

/** Nothing more is to be had of it; that it is completed says only that there is a result, which a modern server gives along. */
function isDone({ status, result, error }: JsonObject): boolean {
  return status === 'cancelled' || (isOver(status) && (result !== undefined || error !== undefined))
}
