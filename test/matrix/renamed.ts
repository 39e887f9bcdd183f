import type { Json } from '../fakes/full/surface.ts'
import type { ProofClient } from './clients.ts'

/**
 * A client of the endpoint of all sources that speaks of one source's tools and prompts by their own names: the observations
 * are written in those. What other sources have is left out of its lists.
 */
export function renamed(client: ProofClient, source: string): ProofClient {
  const prefix = `${source}__`
  const toPublic = (params: Json): Json => ({
    ...params,
    ...(typeof params.name === 'string' && { name: prefix + params.name }),
    ...(params.ref?.type === 'ref/prompt' && { ref: { ...params.ref, name: prefix + params.ref.name } }),
  })
  const toOwn = (items: readonly Json[]): Json[] =>
    items.filter(({ name }) => name.startsWith(prefix)).map(item => ({ ...item, name: item.name.slice(prefix.length) }))
  return {
    ...client,
    async request(method, params, options) {
      const result = await client.request(method, params && toPublic(params), options)
      if (method === 'tools/list') return { ...result, tools: toOwn(result.tools) }
      if (method === 'prompts/list') return { ...result, prompts: toOwn(result.prompts) }
      return result
    },
  }
}
