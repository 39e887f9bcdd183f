import { calcPrice, findProvider } from '@pydantic/genai-prices'
import { describe, expect, it, vi } from 'vitest'
import type { ModelConfig } from '../../src/core/model.ts'
import type { ProviderName } from '../../src/core/provider-name.ts'
import { pricesOf } from '../../src/providers/prices.ts'

const usage = { prompt_tokens: 1_000, completion_tokens: 100 }
const deployment = (provider: ProviderName, model: string, own: Partial<ModelConfig> = {}): ModelConfig => ({
  name: 'm',
  provider,
  model,
  headers: {},
  ...own,
})
const costOf = async (config: ModelConfig, spent: object = usage, answeredBy?: string): Promise<number | undefined> =>
  (await pricesOf(config))({ ...spent }, answeredBy)

describe('a turn', () => {
  it.each<[ProviderName, string, Partial<ModelConfig>?]>([
    ['openai', 'gpt-5-mini', { baseUrl: 'https://api.openai.com/v1' }],
    ['openai', 'gpt-5-mini-2025-08-07', { baseUrl: 'https://api.openai.com/v1' }],
    ['openai', 'text-embedding-3-small', { baseUrl: 'https://api.openai.com/v1' }],
    ['azure', 'gpt-4o'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['gemini', 'gemini-2.5-flash'],
    ['vertex', 'gemini-2.5-flash'],
    ['bedrock', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['mistral', 'mistral-small-latest'],
    ['groq', 'llama-3.3-70b-versatile'],
    ['deepseek', 'deepseek-chat'],
    ['xai', 'grok-4'],
    ['openrouter', 'anthropic/claude-sonnet-4.5'],
    ['together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo'],
    ['generic', 'sonar', { baseUrl: 'https://api.perplexity.ai' }],
  ])('of %s %s has a public price, the same each time', async (provider, model, own) => {
    const first = await costOf(deployment(provider, model, own))
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(0.1)
    expect(await costOf(deployment(provider, model, own))).toBe(first)
  })

  it.each<[ProviderName, string, Partial<ModelConfig>?]>([
    ['openai', 'gpt-5-mini', { baseUrl: 'http://127.0.0.1:11434/v1' }],
    ['openai', 'a-model-that-is-not', { baseUrl: 'https://api.openai.com/v1' }],
    ['anthropic', 'a-model-that-is-not'],
    ['azure', 'our-deployment'],
    ['ollama', 'qwen3:8b'],
    ['vllm', 'gpt-4o'],
    ['demo', 'demo'],
  ])('of %s %s has none that is known', async (provider, model, own) => {
    expect(await costOf(deployment(provider, model, own))).toBeUndefined()
    expect(await costOf(deployment(provider, model, own))).toBeUndefined()
  })

  it('costs less where the cache is read, and more where it is written', async () => {
    const claude = deployment('anthropic', 'claude-sonnet-4-5')
    const plain = (await costOf(claude)) ?? 0
    const read = (await costOf(claude, { ...usage, prompt_tokens_details: { cached_tokens: 900 } })) ?? 0
    const written = (await costOf(claude, { ...usage, cache_creation_input_tokens: 900 })) ?? 0
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThan(plain)
    expect(written).toBeGreaterThan(plain)
  })

  it('is priced by the configuration before all else', async () => {
    const price = { input: 1, output: 10 }
    expect(await costOf(deployment('anthropic', 'claude-sonnet-4-5', { price }))).toBe(0.002)
    expect(await costOf(deployment('openrouter', 'x', { price }), { ...usage, cost: 7 })).toBe(0.002)
    expect(await costOf(deployment('demo', 'demo', { price: { input: 0, output: 0 } }))).toBe(0)
  })

  it('of OpenRouter costs what it says', async () => {
    expect(await costOf(deployment('openrouter', 'nobody/knows'), { ...usage, cost: 0.5 })).toBe(0.5)
    // Others' word is not taken for dollars.
    expect(await costOf(deployment('groq', 'nobody-knows'), { ...usage, cost: 0.5 })).toBeUndefined()
  })

  it('of a deployment that is called anything is priced by the model that answers', async () => {
    const azure = deployment('azure', 'our-deployment')
    expect(await costOf(azure, usage, 'gpt-4o-2024-08-06')).toBe(await costOf(deployment('azure', 'gpt-4o')))
  })

  it.each<[ProviderName, string]>([
    ['anthropic', 'anthropic'],
    ['gemini', 'google'],
    ['mistral', 'mistral'],
    ['groq', 'groq'],
    ['deepseek', 'deepseek'],
    ['xai', 'x-ai'],
    ['together', 'together'],
    ['azure', 'azure'],
    ['bedrock', 'aws'],
    ['fireworks', 'fireworks'],
  ])('of any model of %s costs what the list says', async (provider, providerId) => {
    const models = findProvider({ providerId })?.models ?? []
    expect(models.length).toBeGreaterThan(0)
    const [output_tokens, cache_read_tokens, cache_write_tokens] = [70, 300, 40]
    for (const { id } of models) {
      for (const input_tokens of [1_000, 500_000]) {
        const usage = { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens }
        const listed = calcPrice(usage, id, { providerId })
        const cost = await costOf(deployment(provider, id), {
          prompt_tokens: input_tokens,
          completion_tokens: output_tokens,
          prompt_tokens_details: { cached_tokens: cache_read_tokens },
          cache_creation_input_tokens: cache_write_tokens,
        })
        if (listed === null) expect(cost, id).toBeUndefined()
        else expect(cost, id).toBeCloseTo(listed.total_price, 12)
      }
    }
  })

  it('has no price where the list cannot be loaded, and does not fail for it', async () => {
    vi.resetModules()
    vi.doMock('@pydantic/genai-prices', () => {
      throw new Error('not installed')
    })
    const { pricesOf: anew } = await import('../../src/providers/prices.ts')
    const price = await anew(deployment('anthropic', 'claude-sonnet-4-5'))
    vi.doUnmock('@pydantic/genai-prices')
    expect(price({ ...usage })).toBeUndefined()
  })
})
