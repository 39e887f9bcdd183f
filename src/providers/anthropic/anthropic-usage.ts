import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Usage } from '../../core/model.ts'

/**
 * Writes Anthropic's usage in OpenAI's words. What is read from or written to the cache is not in `input_tokens`, but is in
 * `prompt_tokens`. All else is kept under its own name.
 */
export function toUsage(usage: JsonObject): Usage {
  const { input_tokens: input, output_tokens: output, output_tokens_details: details, ...rest } = withoutNulls(usage)
  const read = count(rest.cache_read_input_tokens)
  const prompt = count(input) + read + count(rest.cache_creation_input_tokens)
  const thought = isObject(details) ? details.thinking_tokens : undefined
  return {
    ...rest,
    prompt_tokens: prompt,
    completion_tokens: count(output),
    total_tokens: prompt + count(output),
    prompt_tokens_details: { cached_tokens: read },
    ...(typeof thought === 'number' && { completion_tokens_details: { reasoning_tokens: thought } }),
  }
}

/** Joins what a stream says at its start and at its end: its counts are totals so far, not differences. */
export function joinUsage(start: JsonObject, end: unknown): JsonObject {
  return isObject(end) ? { ...start, ...withoutNulls(end) } : start
}

/** Without the fields that say nothing. */
export function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
