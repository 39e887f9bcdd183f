import type { Json } from '../fakes/full/surface.ts'
import { RpcError } from '../fakes/full/surface.ts'
import { postModern } from '../serve/door.ts'
import type { Place, ProofClient } from './clients.ts'

/** A client of 2026-07-28 over HTTP without an SDK, for what theirs refuse: a task in place of a result. */
export async function connectPlain(place: Place, _answers: unknown, capabilities: Json): Promise<ProofClient> {
  if (!('url' in place)) throw new Error('The plain client speaks HTTP alone.')
  return {
    era: 'modern',
    async request(method, params = {}) {
      const _meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities }
      const { result, error } = (await postModern(place.url, method, { ...params, _meta })).body as Json
      if (error !== undefined) throw new RpcError(error.code, error.message, error.data)
      return result
    },
    asked: [],
    told: [],
    follow: async () => async () => {},
    close: async () => {},
  }
}
