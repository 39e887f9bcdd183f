import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ModelTraits } from './anthropic-model.ts'
import { isThinking, toThinking } from './anthropic-thinking.ts'

/**
 * Writes OpenAI's parameters as Anthropic's. Those that the API has no word for are left out: `seed`, `logprobs`,
 * `frequency_penalty`, `presence_penalty`, `logit_bias`, `verbosity`, `prediction`, `store`, `response_format` of type
 * `json_object`, ...
 *
 * - `temperature` above 1 is 1, Anthropic's highest. It goes without `top_p`, since models refuse the two together, and
 *   both are left out where the model thinks.
 * - `thinking` and `top_k`, Anthropic's own, are taken from callers who know the provider.
 *
 * @param mayBudget - false where thinking by budget would be refused; see {@link toThinking}
 * @throws GatewayError `REQUEST_INVALID` for `n` above 1: there is no second choice to give
 */
export function toParameters(rest: JsonObject, traits: ModelTraits, mayBudget: boolean): JsonObject {
  const { n, service_tier: tier, response_format: format, top_k: topK } = rest
  if (typeof n === 'number' && n > 1) throw oneChoice(n)
  const { maxTokens, thinking, effort } = toThinking(rest, traits, mayBudget)
  const schema = isObject(format) && isObject(format.json_schema) ? format.json_schema.schema : undefined
  const outputConfig = {
    ...(effort !== undefined && { effort }),
    ...(isObject(schema) && { format: { type: 'json_schema', schema } }),
  }
  const stops = stopSequences(rest.stop)
  const user = userId(rest)
  const serviceTier = typeof tier === 'string' ? serviceTiers.get(tier) : undefined
  return {
    max_tokens: maxTokens,
    ...(traits.sampling && !isThinking(thinking) && sampling(rest)),
    ...(traits.sampling && !isThinking(thinking) && typeof topK === 'number' && { top_k: topK }),
    ...(thinking && { thinking }),
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...(user !== undefined && { metadata: { user_id: user } }),
    ...(serviceTier && { service_tier: serviceTier }),
  }
}

/** OpenAI's `flex` has no counterpart. */
const serviceTiers: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['priority', 'auto'],
  ['default', 'standard_only'],
  ['standard_only', 'standard_only'],
])

function sampling({ temperature, top_p: topP }: JsonObject): JsonObject {
  if (typeof temperature === 'number') return { temperature: Math.min(temperature, 1) }
  return typeof topP === 'number' ? { top_p: topP } : {}
}

/** A sequence of nothing but white space is refused, and with it the request. */
function stopSequences(stop: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(stop) ? stop : [stop]
  return all.filter(text => typeof text === 'string').filter(text => text.trim() !== '')
}

function userId({ metadata, user, safety_identifier: identifier }: JsonObject): string | undefined {
  const known = [isObject(metadata) ? metadata.user_id : undefined, user, identifier]
  return known.find(id => typeof id === 'string' && id !== '') as string | undefined
}

function oneChoice(n: number): GatewayError {
  return new GatewayError('REQUEST_INVALID', `n is ${n}, and this model gives one choice only. Ask again for others.`, {
    data: { param: 'n', code: 'unsupported_value' },
  })
}
