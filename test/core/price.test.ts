import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { addCost, costOf, tokensOf } from '../../src/core/price.ts'

describe('the tokens of a usage', () => {
  it.each<[string, JsonObject, number[]]>([
    ['plain', { prompt_tokens: 10, completion_tokens: 5 }, [10, 5, 0, 0]],
    ['of embeddings', { prompt_tokens: 10, total_tokens: 10 }, [10, 0, 0, 0]],
    [
      'with a cache, as OpenAI has it',
      { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4 } },
      [6, 0, 4, 0],
    ],
    [
      'with a cache, as we tell it of Anthropic and Bedrock',
      { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4 }, cache_creation_input_tokens: 5 },
      [1, 0, 4, 5],
    ],
    ['with a cache, as DeepSeek has it', { prompt_tokens: 10, prompt_cache_hit_tokens: 9 }, [1, 0, 9, 0]],
    [
      'with a cache, as OpenRouter has it',
      { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 3 } },
      [7, 0, 0, 3],
    ],
    ['that contradicts itself', { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 40 } }, [0, 0, 10, 0]],
    ['that says nothing', { prompt_tokens: null, completion_tokens: 'many' }, [0, 0, 0, 0]],
    ['below nothing', { prompt_tokens: -1, completion_tokens: Number.NaN }, [0, 0, 0, 0]],
  ])('%s', (_, usage, [input, output, cacheRead, cacheWrite]) => {
    expect(tokensOf(usage)).toEqual({ input, output, cacheRead, cacheWrite })
  })
})

it('a price is per million tokens, and that of input holds for the cache where it has none', () => {
  const tokens = { input: 1_000_000, output: 500_000, cacheRead: 2_000_000, cacheWrite: 1_000_000 }
  expect(costOf(tokens, { input: 1, output: 4 })).toBe(6)
  expect(costOf(tokens, { input: 1, output: 4, cacheRead: 0.5, cacheWrite: 2 })).toBe(6)
  expect(costOf(tokens, { input: 1, output: 4, cacheRead: 0, cacheWrite: 0 })).toBe(3)
})

it('what is unknown makes a sum unknown', () => {
  expect([addCost(1, 2), addCost(undefined, 2), addCost(1, undefined)]).toEqual([3, undefined, undefined])
})
