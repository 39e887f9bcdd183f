import { createHash } from 'node:crypto'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

/**
 * Writes the parameters of the Messages API in OpenAI's words, for a model of another wire. `thinking` and `top_k` stay
 * beside them for the wires that know them.
 *
 * @param isStream - usage is asked for then, which OpenAI tells in a stream on demand alone
 */
export function toParameters(fields: JsonObject, isStream: boolean): JsonObject {
  const { max_tokens: maxTokens, stop_sequences: stops, thinking, tool_choice: choice, metadata } = fields
  const { temperature, top_p: topP, top_k: topK, service_tier: tier } = fields
  const effort = toEffort(fields)
  const format = toFormat(fields)
  const user = isObject(metadata) && typeof metadata.user_id === 'string' ? metadata.user_id : ''
  return {
    max_tokens: maxTokens,
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { top_p: topP }),
    ...(typeof topK === 'number' && { top_k: topK }),
    ...(Array.isArray(stops) && stops.length > 0 && { stop: stops }),
    ...(isObject(thinking) && { thinking }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(format !== undefined && { response_format: format }),
    ...(user !== '' && { user: shortUser(user) }),
    ...(tier === 'auto' && { service_tier: 'auto' }),
    ...(tier === 'standard_only' && { service_tier: 'default' }),
    ...(isObject(choice) && choice.disable_parallel_tool_use === true && { parallel_tool_calls: false }),
    ...(isStream && { stream_options: { include_usage: true } }),
  }
}

/** A budget as the effort that it stands for; `output_config.effort` says it outright. */
function toEffort({ thinking, output_config: output }: JsonObject): string | undefined {
  const { effort } = isObject(output) ? output : {}
  if (typeof effort === 'string') return effort === 'max' ? 'xhigh' : effort
  if (!isObject(thinking) || thinking.type !== 'enabled') return undefined
  const budget = typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens : 0
  if (budget <= 2_048) return 'low'
  return budget <= 8_192 ? 'medium' : 'high'
}

/** `output_config.format`, which an earlier beta called `output_format`. */
function toFormat({ output_config: output, output_format: old }: JsonObject): JsonObject | undefined {
  const format = isObject(output) && isObject(output.format) ? output.format : old
  if (!isObject(format) || format.type !== 'json_schema' || !isObject(format.schema)) return undefined
  return { type: 'json_schema', json_schema: { name: 'answer', schema: format.schema } }
}

/** OpenAI takes 64 characters; who is meant stays the same. */
function shortUser(user: string): string {
  return user.length <= 64 ? user : createHash('sha256').update(user).digest('hex')
}
