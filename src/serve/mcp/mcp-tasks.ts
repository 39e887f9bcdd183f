import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { rpcCode } from '../../core/protocol.ts'
import type { TaskMethod } from '../../core/tasks.ts'
import { takesTasks, taskIdOf, tasksExtension, withTaskId } from '../../core/tasks.ts'
import type { Tool } from '../../core/tool.ts'
import type { CallContext } from '../../core/tool-source.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import type { Sealer } from '../seal.ts'
import type { McpRequest } from './mcp-request.ts'
import { capabilitiesOf } from './mcp-request.ts'
import { aboutTask } from './task-link.ts'

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
}>

/**
 * Seals ids of tasks. Nothing is kept: a sealed id holds the source, the id there, and the caller whom it was given to, so
 * that any replica that has the key goes on with it.
 */
export function sealTasks(gateway: Gateway, sealer: Sealer): Tasks {
  const open = ({ request, scope }: McpRequest): SealedTask & { sealed: string } => {
    const { taskId } = request.params ?? {}
    const opened = typeof taskId === 'string' && taskId.length <= maxIdLength ? sealer.open(purpose, taskId) : undefined
    if (!isObject(opened) || opened.caller !== scope.caller.id)
      throw new RpcFailure(rpcCode.invalidParams, 'No task has this taskId.', { status: 200 })
    return { ...(opened as SealedTask), sealed: taskId as string }
  }
  return {
    async check({ scope }, name) {
      const entry = await gateway.find(scope, name)
      // That there is no such tool is told by the call itself.
      if (entry === undefined || maybeTask(entry.tool)) return
      const message = `"${name.slice(0, 128)}" cannot be called as a task: its execution.taskSupport allows none. Call it without "task".`
      throw new RpcFailure(rpcCode.methodNotFound, message, { status: 200 })
    },
    async seal({ scope }, name, result) {
      const id = taskIdOf(result)
      const source = id === undefined ? undefined : (await gateway.find(scope, name))?.sourceId
      if (id === undefined || source === undefined) return result
      return withTaskId(result, sealer.seal(purpose, { source, id, caller: scope.caller.id } satisfies SealedTask))
    },
    async ask(request, method, context) {
      if (request.modern && !takesTasks(capabilitiesOf(request))) throw undeclared()
      const { source, id, sealed } = open(request)
      const { _meta, ...params } = request.request.params ?? {}
      const about = request.modern ? context : aboutTask(context, sealed)
      return withTaskId(await gateway.task(request.scope, source, method, { ...params, taskId: id }, about), sealed)
    },
  }
}

/** What the revision asks for a task on any other tool is -32601 (2025-11-25, utilities/tasks, "Tool-Level Negotiation"). */
function maybeTask({ execution }: Tool): boolean {
  return isObject(execution) && (execution.taskSupport === 'optional' || execution.taskSupport === 'required')
}

type SealedTask = { source: string; id: string; caller: string }

const purpose = 'task'

/** An id of ours is some 40 characters longer than what it holds. */
const maxIdLength = 4_096

function undeclared(): RpcFailure {
  const data = { requiredCapabilities: { extensions: { [tasksExtension]: {} } } }
  const message = `Tasks need the extension ${tasksExtension} among the capabilities of the request.`
  return new RpcFailure(rpcCode.missingCapability, message, { data })
}
