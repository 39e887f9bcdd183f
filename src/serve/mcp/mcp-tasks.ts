import type { Caller } from '../../core/caller.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { rpcCode } from '../../core/protocol.ts'
import type { TaskMethod } from '../../core/tasks.ts'
import { takesTasks, taskIdOf, tasksExtension, ttlOf, withTaskId } from '../../core/tasks.ts'
import type { Tool } from '../../core/tool.ts'
import type { CallContext } from '../../core/tool-source.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import type { Sealer } from '../seal.ts'
import type { KeptTask } from './kept-tasks.ts'
import { keepTasks } from './kept-tasks.ts'
import type { McpRequest } from './mcp-request.ts'
import { capabilitiesOf } from './mcp-request.ts'
import { contextOfTask } from './task-link.ts'

/** The tasks that servers run for our clients: their ids go out sealed, and come back to whoever got them. */
export type Tasks = Readonly<{
  /** @throws RpcFailure -32601 for a tool that cannot be called as a task */
  check(request: McpRequest, name: string): Promise<void>
  /** The result of a call, the id of its task sealed where it is one. */
  seal(request: McpRequest, name: string, result: JsonObject): Promise<JsonObject>
  /**
   * Asks the server of a task about it.
   *
   * @throws RpcFailure -32602 for an id that is not the caller's, whatever is wrong with it; -32021 where a modern client
   *   has not declared the extension; GatewayError as `Gateway.task` does
   */
  ask(request: McpRequest, method: TaskMethod, context: CallContext): Promise<JsonObject>
  /**
   * One page of the tasks that the caller has begun in this process, as their servers tell them now; those that are not known
   * there any more, or whose server is away or not in this scope, are left out.
   *
   * @throws GatewayError `CURSOR_INVALID`
   */
  list(request: McpRequest, context: CallContext): Promise<JsonObject>
  /** Where a task of the caller runs, by the id that it has of it; undefined for an id that is not the caller's. */
  find(caller: Caller, taskId: unknown): Readonly<{ source: string; id: string }> | undefined
  /** Forgets the tasks of callers for whom this does not hold. */
  recheck(isSame: (caller: Caller) => boolean): void
  close(): void
}>

/** Tasks on one page of the list: each is asked for at its server. */
const pageSize = 20

/**
 * Seals ids of tasks. A sealed id holds the source, the id there, and the caller whom it was given to, so that any replica that
 * has the key goes on with it; only for the list, and to tell of them, are some remembered.
 */
export function sealTasks(gateway: Gateway, sealer: Sealer, limits: Pick<Limits, 'maxTasks'>): Tasks {
  const kept = keepTasks(gateway, limits)

  const find: Tasks['find'] = ({ id: caller }, taskId) => {
    const opened = typeof taskId === 'string' && taskId.length <= maxIdLength ? sealer.open(purpose, taskId) : undefined
    return isObject(opened) && opened.caller === caller ? (opened as SealedTask) : undefined
  }
  const look = async (request: McpRequest, { source, id, sealed }: KeptTask, context: CallContext) => {
    try {
      return withTaskId(await gateway.task(request.scope, source, 'tasks/get', { taskId: id }, context), sealed)
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code === 'CANCELLED') throw error
      return undefined
    }
  }

  return {
    async check({ scope }, name) {
      const entry = await gateway.find(scope, name)
      // That there is no such tool is told by the call itself.
      if (entry === undefined || maybeTask(entry.tool)) return
      const message = `"${name.slice(0, 128)}" cannot be called as a task: its execution.taskSupport allows none. Call it without "task".`
      throw new RpcFailure(rpcCode.methodNotFound, message, { status: 200 })
    },
    async seal(request, name, result) {
      const { scope, modern } = request
      const id = taskIdOf(result)
      const source = id === undefined ? undefined : (await gateway.find(scope, name))?.sourceId
      if (id === undefined || source === undefined) return result
      const sealed = sealer.seal(purpose, { source, id, caller: scope.caller.id } satisfies SealedTask)
      if (!modern) kept.begin(request, { source, id, sealed }, ttlOf(result))
      return withTaskId(result, sealed)
    },
    async ask(request, method, context) {
      const { scope, modern } = request
      if (modern && !takesTasks(capabilitiesOf(request))) throw undeclared()
      const { _meta, taskId, ...params } = request.request.params ?? {}
      const task = find(scope.caller, taskId)
      if (task === undefined) throw new RpcFailure(rpcCode.invalidParams, 'No task has this taskId.', { status: 200 })
      const sealed = taskId as string
      const about = modern ? context : contextOfTask(context, sealed)
      const done = method === 'tasks/result' ? kept.answering(request, sealed) : undefined
      try {
        const result = await gateway.task(scope, task.source, method, { ...params, taskId: task.id }, about)
        return withTaskId(result, sealed)
      } finally {
        done?.()
      }
    },
    async list(request, context) {
      const { cursor } = request.request.params ?? {}
      const behind = cursor === undefined || cursor === '' ? 0 : sealer.open(listPurpose, cursor)
      if (typeof behind !== 'number')
        throw new GatewayError('CURSOR_INVALID', 'The cursor is not one of ours. Start again without a cursor.')
      const all = kept.listed(request.scope.caller.id, behind)
      const page = all.slice(0, pageSize)
      const last = all.length > page.length ? page.at(-1) : undefined
      const looked = await Promise.all(page.map(task => look(request, task, context)))
      const tasks = looked.filter(task => task !== undefined)
      return { tasks, ...(last && { nextCursor: sealer.seal(listPurpose, last.number) }) }
    },
    find,
    recheck: kept.recheck,
    close: kept.close,
  }
}

/** What the revision asks for a task on any other tool is -32601 (2025-11-25, utilities/tasks, "Tool-Level Negotiation"). */
function maybeTask({ execution }: Tool): boolean {
  return isObject(execution) && (execution.taskSupport === 'optional' || execution.taskSupport === 'required')
}

type SealedTask = { source: string; id: string; caller: string }

const purpose = 'task'
const listPurpose = 'cursor tasks'

/** An id of ours is some 40 characters longer than what it holds. */
const maxIdLength = 4_096

/** That a modern client has to declare the extension first (SEP-2663, "Protocol Errors"). */
export function undeclared(): RpcFailure {
  const data = { requiredCapabilities: { extensions: { [tasksExtension]: {} } } }
  const message = `Tasks need the extension ${tasksExtension} among the capabilities of the request.`
  return new RpcFailure(rpcCode.missingCapability, message, { data })
}
