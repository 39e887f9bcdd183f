import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { FunctionCall, ToolCall } from '../../../core/model.ts'
import { isFunctionCall } from '../../../core/model.ts'
import type { LoopEvent } from '../../../llm/loop-event.ts'
import { toRpcError } from '../../errors.ts'
import type { RequestTools } from '../request-tools.ts'
import type { Output, Place } from './output.ts'
import { findByLabel } from './tool-choice.ts'

/** The calls of an answer as items: ours as calls of an MCP server, the caller's as calls of functions. */
export type Calls = Readonly<{
  /** One of our tools is called. */
  start(call: FunctionCall): void
  /** It has answered. */
  finish(event: Extract<LoopEvent, { type: 'tool_result' }>): void
  /** Calls that the caller runs or approves of. `isCut`: the turn was cut short, so that the last may be half a call. */
  handBack(calls: readonly ToolCall[], isCut: boolean): void
}>

/**
 * Tells the tools of each label once: not of one whose list is in the conversation already. A server that is away, and whose
 * last list is not kept any more, is told as an error; the model does without.
 *
 * @param listed - the labels whose lists are
 */
export function listTools(output: Output, tools: RequestTools, listed: ReadonlySet<string>): void {
  for (const [entry, { server_label: label }] of tools.entries.entries()) {
    if (!label || listed.has(label)) continue
    const item = { type: 'mcp_list_tools', server_label: label }
    const place = output.begin('mcpl', { ...item, tools: [] })
    output.tell('response.mcp_list_tools.in_progress', place)
    const offered = findByLabel(tools, label).map(({ servedAs, tool }) => ({
      name: servedAs,
      description: tool.description ?? tool.title ?? null,
      input_schema: tool.inputSchema,
      annotations: { read_only: tool.annotations?.readOnlyHint === true, ...tool.annotations },
    }))
    const away = offered.length === 0 ? tools.away(entry) : []
    output.tell(`response.mcp_list_tools.${away.length > 0 ? 'failed' : 'completed'}`, place)
    const error = `${away.map(id => `"${id}"`).join(', ')} cannot be reached now, so its tools are missing. Try again later.`
    output.end(place, { ...item, tools: offered, ...(away.length > 0 && { error }) })
  }
}

/** @param approvals - by the id of a call that was approved, the id of the request for it */
export function createCalls(output: Output, tools: RequestTools, approvals: ReadonlyMap<string, string>): Calls {
  const running = new Map<string, { place: Place; item: JsonObject }>()

  const ask = (call: FunctionCall): void => {
    const item = { type: 'mcp_approval_request', ...nameOf(call, tools), arguments: call.function.arguments }
    output.end(output.begin('mcpr', item, call.id), item)
  }
  const handFunction = (call: FunctionCall, status: string): void => {
    const { name, arguments: text } = call.function
    const item = { type: 'function_call', call_id: call.id, name, arguments: text }
    const place = output.begin('fc', { ...item, arguments: '', status: 'in_progress' })
    output.tell('response.function_call_arguments.delta', place, { delta: text })
    output.tell('response.function_call_arguments.done', place, { name, arguments: text })
    output.end(place, { ...item, status })
  }
  const handCustom = ({ id, custom }: ToolCall): void => {
    const { name, input } = isObject(custom) ? custom : {}
    const text = String(input ?? '')
    const item = { type: 'custom_tool_call', call_id: id, name: String(name ?? ''), input: text }
    const place = output.begin('ctc', { ...item, input: '' })
    output.tell('response.custom_tool_call_input.delta', place, { delta: text })
    output.tell('response.custom_tool_call_input.done', place, { input: text })
    output.end(place, item)
  }

  return {
    start(call) {
      const text = call.function.arguments
      const item = {
        type: 'mcp_call',
        status: 'in_progress',
        approval_request_id: approvals.get(call.id) ?? null,
        arguments: '',
        error: null,
        ...nameOf(call, tools),
        output: null,
      }
      const place = output.begin('mcp', item, call.id)
      output.tell('response.mcp_call.in_progress', place)
      output.tell('response.mcp_call_arguments.delta', place, { delta: text })
      output.tell('response.mcp_call_arguments.done', place, { arguments: text })
      running.set(call.id, { place, item: { ...item, arguments: text } })
    },
    finish({ call, result, text, failure }) {
      const known = running.get(call.id)
      if (known === undefined) return
      running.delete(call.id)
      const { place, item } = known
      const isError = result.isError === true
      output.tell(isError ? 'response.mcp_call.failed' : 'response.mcp_call.completed', place)
      if (!isError) output.end(place, { ...item, status: 'completed', output: text })
      else {
        const error = failure
          ? { type: 'mcp_protocol_error', code: toRpcError(failure).code, message: failure.message }
          : { type: 'mcp_tool_execution_error', content: result.content }
        output.end(place, { ...item, status: 'failed', error })
      }
    },
    handBack(calls, isCut) {
      for (const call of calls) {
        if (!isFunctionCall(call)) handCustom(call)
        else if (!tools.ours.has(call.function.name)) handFunction(call, isCut ? 'incomplete' : 'completed')
        // Nobody can approve of half a call.
        else if (!isCut) ask(call)
      }
    },
  }
}

/** What the caller knows a tool of ours by. A name that the model made up is told of the first server. */
function nameOf({ function: { name } }: FunctionCall, { ours, entries }: RequestTools): JsonObject {
  const tool = ours.get(name)
  return { server_label: entries[tool?.entry ?? 0]?.server_label ?? '', name: tool?.servedAs ?? name }
}
