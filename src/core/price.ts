import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'

/** What a model costs, in US dollars per million tokens. What is not given of the cache costs as much as `input`. */
export type Price = Readonly<{ input: number; output: number; cacheRead?: number; cacheWrite?: number }>

/** Tokens by what they cost: those of the cache are not among `input`. */
export type Tokens = Readonly<{ input: number; output: number; cacheRead: number; cacheWrite: number }>

/** Tells what tokens cost in US dollars, given a usage in OpenAI's words; undefined where nobody knows. */
export type PriceUsage = (usage: JsonObject, answeredBy?: string) => number | undefined

/** Reads the tokens of a usage in OpenAI's words, where `prompt_tokens` counts those of the cache too. */
export function tokensOf(usage: JsonObject): Tokens {
  const details = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {}
  const prompt = count(usage.prompt_tokens)
  // The second names are Anthropic's and DeepSeek's, the last OpenRouter's.
  const read = Math.min(
    prompt,
    first(details.cached_tokens, usage.cache_read_input_tokens, usage.prompt_cache_hit_tokens),
  )
  const written = Math.min(prompt - read, first(usage.cache_creation_input_tokens, details.cache_write_tokens))
  return {
    input: prompt - read - written,
    output: count(usage.completion_tokens),
    cacheRead: read,
    cacheWrite: written,
  }
}

/** What tokens cost at a price, in US dollars. */
export function costOf({ input, output, cacheRead, cacheWrite }: Tokens, price: Price): number {
  const sum =
    input * price.input +
    output * price.output +
    cacheRead * (price.cacheRead ?? price.input) +
    cacheWrite * (price.cacheWrite ?? price.input)
  return sum / 1_000_000
}

/** Adds costs up; what is unknown makes the sum unknown. */
export function addCost(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}

function first(...values: readonly unknown[]): number {
  return values.map(count).find(value => value > 0) ?? 0
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}
