import { z } from 'zod'
import type { Price } from '../core/price.ts'
import type { Loose } from './schema-parts.ts'

/** The `price` of a model. */
export type PriceEntry = Pick<Price, 'input' | 'output'> & Loose<Pick<Price, 'cacheRead' | 'cacheWrite'>>

/** The keys of `price`. */
export function priceSchema(): z.ZodType<PriceEntry> {
  const dollars = (): z.ZodNumber => z.number().min(0).max(1_000_000)
  return z
    .strictObject({
      input: dollars().describe('Tokens that are sent, those of a cache left out.'),
      output: dollars().describe('Tokens of the answer.'),
      cacheRead: dollars().optional().describe('Tokens read from a cache. Default: as `input`.'),
      cacheWrite: dollars().optional().describe('Tokens written to a cache. Default: as `input`.'),
    })
    .describe('What it costs, in US dollars per million tokens. Default: by public prices, where they are known.')
}

/** The price that an entry gives. */
export function toPrice({ input, output, cacheRead, cacheWrite }: PriceEntry): Price {
  return {
    input,
    output,
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
  }
}
