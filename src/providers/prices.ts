import type { calcPrice, ModelInfo, TieredPrices } from '@pydantic/genai-prices'
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

type CalcPrice = typeof calcPrice
type LookUp = (model: string, place: Place, usage: JsonObject) => number | undefined

let loading: Promise<LookUp> | undefined

/** Where the list cannot be loaded nothing has a price: a turn does not fail for what it costs. */
function lookUp(): Promise<LookUp> {
  loading ??= import('@pydantic/genai-prices').then(
    ({ calcPrice }) => keepFound((model, place) => findPrice(calcPrice, model, place)),
    () => () => undefined,
  )
  return loading
}

/** To find a model in the list takes longer than to price it. */
function keepFound(find: (model: string, place: Place) => PriceUsage): LookUp {
  const found = new Map<string, PriceUsage>()
  return (model, place, usage) => {
    const key = JSON.stringify([model, place])
    const known = found.get(key)
    if (known !== undefined) return known(usage)
    const price = find(model, place)
    if (found.size >= maxKept) found.clear()
    found.set(key, price)
    return price(usage)
  }
}

function findPrice(calcPrice: CalcPrice, model: string, place: Place): PriceUsage {
  const listed = orUndefined(() => calcPrice({ input_tokens: 1 }, model, place))
  if (listed == null) return () => undefined
  const plain = toPricing(listed.model.prices)
  if (plain !== undefined) return plain
  const only = { ...listed.provider, models: [listed.model] }
  return usage => orUndefined(() => calcPrice(toListed(usage), model, { provider: only })?.total_price)
}

/** Prices as the list does, without its checks; undefined for a price that depends on the time, or is of requests. */
function toPricing(prices: ModelInfo['prices']): PriceUsage | undefined {
  if (Array.isArray(prices) || prices.requests_kcount !== undefined) return undefined
  const {
    input_mtok: input,
    output_mtok: output = 0,
    cache_read_mtok: cacheRead,
    cache_write_mtok: cacheWrite,
  } = prices
  if (input === undefined) return undefined
  return usage => {
    const tokens = tokensOf(usage)
    const sent = tokens.input + tokens.cacheRead + tokens.cacheWrite
    return costOf(tokens, {
      input: priceAt(sent, input),
      output: priceAt(sent, output),
      ...(cacheRead !== undefined && { cacheRead: priceAt(sent, cacheRead) }),
      ...(cacheWrite !== undefined && { cacheWrite: priceAt(sent, cacheWrite) }),
    })
  }
}

/** A long prompt may make every token of its turn dearer. */
function priceAt(sent: number, price: number | TieredPrices): number {
  if (typeof price === 'number') return price
  return price.tiers.findLast(({ start }) => sent > start)?.price ?? price.base
}

/** The list refuses counts that contradict each other. */
function orUndefined<T>(price: () => T): T | undefined {
  try {
    return price()
  } catch {
    return undefined
  }
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
