import { GatewayError } from '../../core/errors.ts'
import { toParamHeaders } from '../../core/header-params.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { runsTasks, takesTasks, taskIdOf } from '../../core/tasks.ts'
import type { CallToolResult } from '../../core/tool.ts'
import type { CallContext, ToolSource } from '../../core/tool-source.ts'
import { asksForInput } from './input-rounds.ts'
import type { Relay } from './relay.ts'
import { needsTask, runModernTask } from './run-modern-task.ts'
import { runAsTask } from './run-task.ts'
import type { Session } from './session.ts'
import type { SourceMemory } from './source-memory.ts'
import type { TaskWatch } from './watch-tasks.ts'

/** What calling needs. `session` gives the one that stands. */
export type CallToolOptions = Readonly<{
  sourceId: string
  limits: Limits
  relay: Relay
  memory: SourceMemory
  tasks: Pick<TaskWatch, 'follow'>
  session: (signal: AbortSignal) => Promise<Pick<Session, 'modern' | 'capabilities'>>
}>

/**
 * Calls a tool of one upstream in the way that it wants: with the arguments that it has repeated as headers, and as a task
 * where it runs the tool in no other way. Who knows of no tasks waits for the end of such a one.
 */
export function callToolOf({ sourceId, limits, relay, memory, tasks, session }: CallToolOptions): ToolSource['call'] {
  const { mirrored, onlyAsTask, refused } = memory

  const callAsTask = async (params: JsonObject, context: CallContext, headers: Headers) => {
    const { modern, capabilities } = await session(context.signal)
    const { task } = context
    if (modern && task === undefined && !takesItself(context))
      return runModernTask({ sourceId, limits, relay }, params, context, headers)
    if (modern || !runsTasks(capabilities)) {
      if (task === undefined) return relay('tools/call', params, context, { headers })
      throw new GatewayError('METHOD_NOT_FOUND', `"${sourceId}" does not run tasks as revision 2025-11-25 has them.`)
    }
    return task === undefined
      ? runAsTask({ relay, tasks, ttlMs: limits.callHardTimeoutMs }, params, context)
      : relay('tools/call', { ...params, task }, context)
  }

  return async (key, args, context) => {
    const repeated = mirrored.get(key)
    const headers = repeated && toParamHeaders(repeated, args)
    const params = { name: key, arguments: args }
    if (context.task !== undefined || onlyAsTask.has(key) || refused.has(key))
      return toCallResult(await callAsTask(params, context, headers), sourceId)
    try {
      return toCallResult(await relay('tools/call', params, context, { headers }), sourceId)
    } catch (error) {
      if (!needsTask(error) || takesItself(context)) throw error
      refused.add(key)
      return toCallResult(await runModernTask({ sourceId, limits, relay }, params, context, headers), sourceId)
    }
  }
}

type Headers = Readonly<Record<string, string>> | undefined

/** The caller's client knows what to do with a task of the modern era. */
function takesItself({ input, client }: CallContext): boolean {
  return input !== undefined && takesTasks(client?.capabilities ?? {})
}

/** Servers of revision 2024-11-05 may leave `content` out beside `structuredContent` or `toolResult`. */
function toCallResult(result: JsonObject, sourceId: string): CallToolResult {
  // A result that asks for more, or that is a task, has no content; only callers that take such a one are given it.
  if (Array.isArray(result.content) || asksForInput(result) || taskIdOf(result) !== undefined)
    return result as unknown as CallToolResult
  if (result.content === undefined) return { ...result, content: [] }
  throw new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" answered with a content that is no list.`)
}
