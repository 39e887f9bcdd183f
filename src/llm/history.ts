import { isObject } from '../core/json.ts'
import type { ChatMessage, ToolCall } from '../core/model.ts'
import { isFunctionCall } from '../core/model.ts'

/** The field of a message that tells which of our tools were called; LiteLLM's name for it. */
export const traceField = 'provider_specific_fields'

/**
 * Prepares a caller's history for a provider.
 *
 * Our trace on earlier answers is taken off: no provider knows the field. Where such an answer stopped for calls of the
 * caller's own, the model has not yet seen what our tools had answered in that turn, so those calls and results are put
 * back in front of it.
 */
export function restoreHistory(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (!messages.some(message => message[traceField] !== undefined)) return messages
  return messages.flatMap(message => {
    const { [traceField]: trace, ...plain } = message
    return Array.isArray(message.tool_calls) && message.tool_calls.length > 0
      ? [...toExchange(trace), plain as ChatMessage]
      : [plain as ChatMessage]
  })
}

/** Our calls and their results as messages; nothing unless every call has its result. */
function toExchange(trace: unknown): readonly ChatMessage[] {
  if (!isObject(trace)) return []
  const { mcp_tool_calls: calls, mcp_call_results: results } = trace
  if (!Array.isArray(calls) || !Array.isArray(results)) return []
  const known = calls.filter((call): call is ToolCall => isObject(call) && isFunctionCall(call as ToolCall))
  const answers = known.flatMap(({ id }) => {
    const result = results.find(result => isObject(result) && result.tool_call_id === id)
    return typeof result?.result === 'string' ? [{ role: 'tool', tool_call_id: id, content: result.result }] : []
  })
  if (known.length === 0 || answers.length !== known.length) return []
  return [{ role: 'assistant', content: null, tool_calls: known }, ...answers]
}
