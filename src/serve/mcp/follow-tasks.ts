import type { ClientLink } from '../../core/client-link.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isOver, takesTasks, withTaskId } from '../../core/tasks.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { modernClientId } from './input-state.ts'
import type { McpRequest } from './mcp-request.ts'
import { capabilitiesOf } from './mcp-request.ts'
import type { Tasks } from './mcp-tasks.ts'
import { undeclared } from './mcp-tasks.ts'
import { refusal } from './refusals.ts'

/**
 * Follows tasks of modern servers for a modern client (SEP-2663, "Task Status Notifications").
 *
 * @param taskIds - as the client has them
 * @returns those that are the caller's, and the way to begin: `tell` is given the params of `notifications/tasks`, what
 *   `tasks/get` would give, at first and whenever they have changed; it returns the way to stop
 * @throws RpcFailure -32021 where ids are given by a client that has not declared the extension
 */
export type FollowTasks = (
  request: Pick<McpRequest, 'request' | 'scope'>,
  taskIds: readonly string[],
) => Readonly<{ ids: readonly string[]; begin(tell: (task: JsonObject) => void): () => void }>

/** Between two looks at a task whose server names no interval, and the least and most that it may name. */
const pollMs = 2_000
const leastPollMs = 100
const mostPollMs = 60_000

/**
 * Looks at followed tasks as often as their servers say, as the client would have to. So a client is told of every task in the
 * same way, whether its server tells of tasks or not, and what one client follows has nothing to do with another.
 */
export function followTasksOf(gateway: Pick<Gateway, 'task'>, tasks: Pick<Tasks, 'find'>): FollowTasks {
  return (request, taskIds) => {
    const { scope } = request
    if (taskIds.length > 0 && !takesTasks(capabilitiesOf(request))) throw undeclared()
    const client = onlooker(request)

    const follow = async (sealed: string, tell: (task: JsonObject) => void, signal: AbortSignal): Promise<void> => {
      const found = tasks.find(scope.caller, sealed)
      let told: string | undefined
      let pauseMs = pollMs
      while (found !== undefined && !signal.aborted) {
        const context = { signal, client, callerId: scope.caller.id }
        const looked = await gateway
          .task(scope, found.source, 'tasks/get', { taskId: found.id }, context)
          .catch((error: unknown) => (isGone(error) ? 'gone' : undefined))
        if (looked === 'gone' || signal.aborted) return
        if (looked !== undefined) {
          const text = JSON.stringify(looked)
          if (text !== told) tell(withTaskId(looked, sealed))
          told = text
          if (isOver(looked.status)) return
          pauseMs = pauseOf(looked)
        }
        await pause(pauseMs, signal)
      }
    }

    return {
      ids: taskIds.filter(sealed => tasks.find(scope.caller, sealed) !== undefined),
      begin(tell) {
        const stopping = new AbortController()
        for (const sealed of taskIds) void follow(sealed, tell, stopping.signal)
        return () => stopping.abort()
      },
    }
  }
}

/** The client as the servers of its tasks see it while it looks: they are told what it can do, and can ask it nothing by this. */
function onlooker(request: Pick<McpRequest, 'request' | 'scope'>): ClientLink {
  return {
    id: modernClientId(request),
    capabilities: capabilitiesOf(request),
    ask: () => Promise.reject(refusal('A task asks by its status.')),
    log: () => {},
    notify: () => {},
  }
}

/** It is not known any more, as opposed to its server being away. */
function isGone(error: unknown): boolean {
  return error instanceof GatewayError && ['SOURCE_ERROR', 'ITEM_NOT_FOUND', 'CANCELLED'].includes(error.code)
}

/** Resolves after a while, or when it is aborted. Keeps no process alive. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms).unref()
    signal.addEventListener('abort', end)
  })
}

function pauseOf({ pollIntervalMs }: JsonObject): number {
  const wanted = typeof pollIntervalMs === 'number' ? pollIntervalMs : pollMs
  return Math.min(Math.max(wanted, leastPollMs), mostPollMs)
}
