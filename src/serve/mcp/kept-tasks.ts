import type { Caller } from '../../core/caller.ts'
import { localCaller } from '../../core/caller.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { isAtLeast } from '../../core/log-level.ts'
import { aboutTask, isOver } from '../../core/tasks.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { McpReply } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'
import type { OldClient } from './old-client.ts'

/** A task that was begun here: at which source, under which id there, and under which one here. */
export type KeptTask = Readonly<{ number: number; source: string; id: string; sealed: string; caller: Caller }>

/** The tasks that old clients have begun in this process. They are remembered to be listed, and to tell their clients of them. */
export type KeptTasks = Readonly<{
  /** Remembers the task that this request was answered with, for `ttlMs` or for as long as there is room. */
  begin(request: McpRequest, task: Pick<KeptTask, 'source' | 'id' | 'sealed'>, ttlMs: number | undefined): void
  /** What is told of the task meanwhile goes to this request, where it is of the client that has begun it. @returns the end */
  answering(request: McpRequest, sealed: string): () => void
  /** Those of a caller that were begun behind this number, the oldest first. */
  listed(callerId: string, behind: number): readonly KeptTask[]
  /** Forgets those of callers for whom this does not hold. */
  recheck(isSame: (caller: Caller) => boolean): void
  close(): void
}>

type Entry = KeptTask & {
  readonly client: OldClient | undefined
  readonly token: unknown
  /** When its server may have forgotten it; undefined where it does not say. */
  readonly until: number | undefined
  /** Its client's requests for the result. */
  readonly replies: Set<McpReply>
  unfollow: () => void
}

/** How long after its time a task is still listed, since a server need not forget it at once. */
const graceMs = 60_000

/** Keeps tasks: `limits.maxTasks`, half of them for one key. The oldest gives way. */
export function keepTasks(
  gateway: Pick<Gateway, 'followTask'>,
  { maxTasks }: Pick<Limits, 'maxTasks'>,
  now: () => number = Date.now,
): KeptTasks {
  /** By their ids here, the oldest first. */
  const tasks = new Map<string, Entry>()
  let last = 0

  const forget = (task: Entry): void => {
    tasks.delete(task.sealed)
    task.unfollow()
  }
  const makeRoom = ({ id }: Caller): void => {
    const at = now()
    for (const task of tasks.values()) if (task.until !== undefined && task.until + graceMs < at) forget(task)
    const own = [...tasks.values()].filter(({ caller }) => caller.id === id)
    // Where no key is configured nobody is told apart.
    const most = id === localCaller.id ? maxTasks : Math.ceil(maxTasks / 2)
    const oldest = own.length >= most ? own[0] : tasks.size >= maxTasks ? [...tasks.values()][0] : undefined
    if (oldest !== undefined) forget(oldest)
  }
  const follow = (task: Entry, client: OldClient): void => {
    let over = false
    const unfollow = gateway.followTask(
      task.source,
      task.id,
      (method, params) => {
        tell(task, client, method, params)
        if (method !== 'notifications/tasks/status' || !isOver(params.status)) return
        over = true
        task.unfollow()
      },
      client.clientId,
    )
    task.unfollow = unfollow
    // It may have ended, or been forgotten, before it was followed.
    if (over || !tasks.has(task.sealed)) unfollow()
  }

  return {
    begin({ request, scope, client }, { source, id, sealed }, ttlMs) {
      makeRoom(scope.caller)
      last += 1
      const meta = request.params?._meta as JsonObject | undefined
      const task: Entry = {
        number: last,
        source,
        id,
        sealed,
        caller: scope.caller,
        client,
        token: meta?.progressToken,
        until: ttlMs === undefined ? undefined : now() + ttlMs,
        replies: new Set(),
        unfollow: () => {},
      }
      tasks.set(sealed, task)
      // What was told of it already is told behind the answer by which its client learns of it.
      if (client !== undefined) setImmediate(follow, task, client)
    },
    answering({ client, reply }, sealed) {
      const task = tasks.get(sealed)
      if (task === undefined || client === undefined || task.client !== client) return () => {}
      task.replies.add(reply)
      return () => void task.replies.delete(reply)
    },
    listed: (callerId, behind) =>
      [...tasks.values()].filter(({ caller, number }) => caller.id === callerId && number > behind),
    recheck(isSame) {
      for (const task of [...tasks.values()]) if (!isSame(task.caller)) forget(task)
    },
    close() {
      for (const task of [...tasks.values()]) forget(task)
    },
  }
}

/**
 * Tells a client of its task, under the id that it has of it: on the stream of a request for its result, else on its own one
 * (2025-11-25, utilities/tasks, "Input Required Status": on any stream).
 */
function tell({ sealed, token, replies }: Entry, client: OldClient, method: string, params: JsonObject): void {
  const send = (told: JsonObject): void => {
    const reply = [...replies].find(each => each.isOpen())
    if (reply === undefined) client.notify?.(method, told)
    else reply.notify(method, told)
  }
  if (method === 'notifications/tasks/status') return send({ ...params, taskId: sealed })
  if (method === 'notifications/progress') {
    if (token !== undefined) send(aboutTask({ ...params, progressToken: token }, sealed))
  } else if (isAtLeast(params.level, client.logLevel ?? 'info')) send(aboutTask(params, sealed))
}
