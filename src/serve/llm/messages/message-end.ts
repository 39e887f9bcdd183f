import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Usage } from '../../../core/model.ts'
import type { LoopEvent } from '../../../llm/loop-event.ts'

/** Writes the usage of all turns in Anthropic's words: what was read from or written to the cache is not in `input_tokens`. */
export function toMessageUsage(usage: Usage = {}): JsonObject {
  const { prompt_tokens_details: input, completion_tokens_details: output } = usage
  const details = isObject(input) ? input : {}
  const thought = isObject(output) ? output.reasoning_tokens : undefined
  const read = count(usage.cache_read_input_tokens ?? details.cached_tokens)
  const written = count(usage.cache_creation_input_tokens)
  return {
    input_tokens: Math.max(0, count(usage.prompt_tokens) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: usage.cache_creation ?? null,
    output_tokens: count(usage.completion_tokens),
    output_tokens_details: typeof thought === 'number' ? { thinking_tokens: thought } : null,
    server_tool_use: usage.server_tool_use ?? null,
    service_tier: serviceTiers.has(usage.service_tier) ? usage.service_tier : null,
    inference_geo: usage.inference_geo ?? null,
    speed: usage.speed ?? null,
  }
}

const serviceTiers = new Set<unknown>(['standard', 'priority', 'batch'])

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** The end of an answer, as the loop tells it. */
export type Finish = Extract<LoopEvent, { type: 'finish' }>

/** Why a message ended. */
export type Stop = Readonly<{ stop_reason: string; stop_sequence: string | null; stop_details: JsonObject | null }>

/**
 * Writes the end of an answer in Anthropic's words: its provider's own where that is of Anthropic's wire, or told a
 * sequence that it stopped at (vLLM), otherwise what OpenAI's reason stands for.
 *
 * @param refusal - what a model of another wire said in refusing
 */
export function toStop({ reason, fields = {} }: Finish, stopSequences: readonly unknown[], refusal: string): Stop {
  const { stop_reason: raw, stop_sequence: sequence, stop_details: details } = fields
  if (ownReasons.has(raw)) {
    const at = typeof sequence === 'string' ? sequence : null
    return { stop_reason: String(raw), stop_sequence: at, stop_details: isObject(details) ? details : null }
  }
  const matched = [raw, sequence].find(text => typeof text === 'string' && stopSequences.includes(text))
  if (reason === 'stop' && typeof matched === 'string')
    return { stop_reason: 'stop_sequence', stop_sequence: matched, stop_details: null }
  const known = refusal === '' ? reasons.get(reason) : 'refusal'
  return {
    stop_reason: known ?? 'end_turn',
    stop_sequence: null,
    stop_details:
      known === 'refusal' ? { type: 'refusal', category: null, explanation: refusal === '' ? null : refusal } : null,
  }
}

/** Those that OpenAI's reasons do not say, which the codec tells beside them. */
const ownReasons = new Set<unknown>([
  'stop_sequence',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
  'compaction',
])

const reasons: ReadonlyMap<string, string> = new Map([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['max_tokens', 'max_tokens'],
  ['model_length', 'model_context_window_exceeded'],
  ['tool_calls', 'tool_use'],
  ['function_call', 'tool_use'],
  ['content_filter', 'refusal'],
])
