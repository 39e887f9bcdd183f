import type { CallScope, Handler, Json } from './surface.ts'
import { InputNeeded } from './surface.ts'

/** Runs a handler for an old client: what a modern call would end with is asked, all at once, and it starts anew. */
export async function askAtOnce(handler: Handler, params: Json, scope: CallScope): Promise<Json> {
  try {
    return await handler(params, scope)
  } catch (error) {
    if (!(error instanceof InputNeeded)) throw error
    const answers = Object.entries(error.requests).map(
      async ([key, { method, params: asked }]) => [key, await scope.ask(key, method, asked)] as const,
    )
    const responses: Json = Object.fromEntries(await Promise.all(answers))
    return askAtOnce(handler, params, { ...scope, responses, state: error.state })
  }
}
