import { isObject } from '../../core/json.ts'
import type { Usage } from '../../core/model.ts'

/** Writes the AI SDK's usage in OpenAI's words: objects from version 3 on, plain numbers in version 2. */
export function toUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined
  const { inputTokens: input, outputTokens: output } = usage
  const prompt = count(isObject(input) ? input.total : input)
  const completion = count(isObject(output) ? output.total : output)
  if (prompt === undefined && completion === undefined) return undefined
  const cached = count(isObject(input) ? input.cacheRead : usage.cachedInputTokens)
  const written = count(isObject(input) ? input.cacheWrite : undefined)
  const thought = count(isObject(output) ? output.reasoning : usage.reasoningTokens)
  return {
    prompt_tokens: prompt ?? 0,
    completion_tokens: completion ?? 0,
    total_tokens: (prompt ?? 0) + (completion ?? 0),
    ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
    ...(written !== undefined && written > 0 && { cache_creation_input_tokens: written }),
    ...(thought !== undefined && { completion_tokens_details: { reasoning_tokens: thought } }),
  }
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
