import type { CallScope, Handler, Json } from './surface.ts'
import { InputNeeded } from './surface.ts'

/** Runs a handler for an old client: what a modern call would end with is asked one after the other, and it starts anew. */
export async function askOneByOne(handler: Handler, params: Json, scope: CallScope): Promise<Json> {
  try {
    return await handler(params, scope)
  } catch (error) {
    if (!(error instanceof InputNeeded)) throw error
    const responses: Json = {}
    for (const [key, { method, params: asked }] of Object.entries(error.requests))
      responses[key] = await scope.ask(key, method, asked)
    return askOneByOne(handler, params, { ...scope, responses, state: error.state })
  }
}
