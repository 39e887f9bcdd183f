import type { Provider as KnownProvider } from '@pydantic/genai-prices'
import type { JsonObject } from '../core/json.ts'
import type { ModelConfig } from '../core/model.ts'
import type { PriceUsage } from '../core/price.ts'
import { costOf, tokensOf } from '../core/price.ts'
import type { ProviderName } from '../core/provider-name.ts'

/**
 * Tells how the turns of a deployment are priced: by its own `price`, else by public prices for its provider and model.
 *
 * The prices are those of the package `@pydantic/genai-prices`, at its version; nothing is fetched. It is loaded when a
 * model without a price of its own is first asked. OpenRouter says itself what a turn has cost.
 */
export async function pricesOf(deployment: ModelConfig): Promise<PriceUsage> {
  const { price, provider } = deployment
  if (price !== undefined) return usage => costOf(tokensOf(usage), price)
  const place = placeOf(deployment)
  if (place === undefined) return () => undefined
  const priced = await lookUp()
  return (usage, answeredBy) => {
    if (provider === 'openrouter' && typeof usage.cost === 'number') return usage.cost
    // A deployment of Azure may be called anything; the answer says what it is.
    const cost = priced(deployment.model, place, usage)
    return cost === undefined && answeredBy !== undefined ? priced(answeredBy, place, usage) : cost
  }
}

/** Where a model is, in the words of the price list: a provider, or an address. */
type Place = Readonly<{ providerId: string } | { providerApiUrl: string }>

/** An endpoint that is `openai` or `generic` by its format alone is known by its address, or not at all. */
function placeOf({ provider, baseUrl }: ModelConfig): Place | undefined {
  const providerId = listed[provider]
  if (providerId !== undefined) return { providerId }
  return baseUrl === undefined ? undefined : { providerApiUrl: baseUrl }
}

/** Our names of providers that have public prices, as the list has them. */
const listed: Readonly<Partial<Record<ProviderName, string>>> = {
  azure: 'azure',
  mistral: 'mistral',
  groq: 'groq',
  deepseek: 'deepseek',
  xai: 'x-ai',
  openrouter: 'openrouter',
  together: 'together',
  fireworks: 'fireworks',
  anthropic: 'anthropic',
  gemini: 'google',
  vertex: 'google',
  bedrock: 'aws',
}

type LookUp = (model: string, place: Place, usage: JsonObject) => number | undefined

let loading: Promise<LookUp> | undefined

function lookUp(): Promise<LookUp> {
  loading ??= import('@pydantic/genai-prices').then(({ calcPrice }) => {
    /** The list with nothing in it but one model, since to find that takes longer than to price it. */
    const found = new Map<string, KnownProvider | undefined>()
    return (model, place, usage) => {
      const key = JSON.stringify([model, place])
      const only = found.get(key)
      if (only === undefined && found.has(key)) return undefined
      try {
        const price = calcPrice(toListed(usage), model, only === undefined ? place : { provider: only })
        if (only === undefined) {
          if (found.size >= maxKept) found.clear()
          found.set(key, price === null ? undefined : { ...price.provider, models: [price.model] })
        }
        return price?.total_price
      } catch {
        // It refuses counts that contradict each other.
        return undefined
      }
    }
  })
  return loading
}

/** A pattern makes as many models as callers name. */
const maxKept = 1_000

function toListed(usage: JsonObject): Record<string, number> {
  const { input, output, cacheRead, cacheWrite } = tokensOf(usage)
  return {
    input_tokens: input + cacheRead + cacheWrite,
    output_tokens: output,
    ...(cacheRead > 0 && { cache_read_tokens: cacheRead }),
    ...(cacheWrite > 0 && { cache_write_tokens: cacheWrite }),
  }
}
