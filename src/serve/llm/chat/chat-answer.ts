import type { JsonObject } from '../../../core/json.ts'
import type { FunctionCall } from '../../../core/model.ts'
import type { LoopEvent } from '../../../llm/loop-event.ts'
import type { SelectedTool } from '../../../llm/select-tools.ts'

/** What every chunk of an answer, or the answer itself, begins with. */
export type AnswerHead = Readonly<{
  id: string
  /** Seconds since 1970. */
  created: number
  /** What the caller asked for, until the provider says its own name for it. */
  model: string
  /** Ours, to be told in the trace; absent where the request has no `mcp` entry. */
  ours?: readonly SelectedTool[]
}>

/** Which tools of ours were called on the way to an answer, and what they said. */
export type Trace = { calls: FunctionCall[]; results: JsonObject[]; limit?: string }

/** Notes an event in the trace. */
export function note(trace: Trace, event: LoopEvent): void {
  if (event.type === 'tool_call') trace.calls.push(event.call)
  if (event.type === 'tool_result') {
    const { call, text, result } = event
    const failed = result.isError === true && { is_error: true }
    trace.results.push({ tool_call_id: call.id, name: call.function.name, result: text, ...failed })
  }
  if (event.type === 'finish' && event.limit) trace.limit = event.limit
}

/** `provider_specific_fields` with the tools that were offered, in LiteLLM's words. */
export function offeredFields(ours: readonly SelectedTool[]): JsonObject {
  return { mcp_list_tools: ours.map(({ definition }) => definition) }
}

/** `provider_specific_fields` with the calls, in LiteLLM's words; undefined when there is nothing to tell. */
export function calledFields({ calls, results, limit }: Trace): JsonObject | undefined {
  if (calls.length === 0) return undefined
  return { mcp_tool_calls: calls, mcp_call_results: results, ...(limit && { patchbay_stopped_by: limit }) }
}
