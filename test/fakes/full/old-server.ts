import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ErrorCode, McpError, ResultSchema } from '@modelcontextprotocol/sdk/types.js'
import type { CallScope, Handler, Json, Surface } from './surface.ts'
import { InputNeeded, notificationOf } from './surface.ts'

type Extra = Parameters<NonNullable<Server['fallbackRequestHandler']>>[1]

/** One session of a surface served by SDK 1.x. `all` are the sessions that hear of changes, itself among them. */
export function oldServer(surface: Surface, all: () => Iterable<Server>): Server {
  const server = new Server(surface.info, { capabilities: surface.capabilities })
  // The fallback, since a handler of a known method has its result checked, and what is unknown to the SDK refused.
  server.fallbackRequestHandler = async (request, extra) => {
    const handler = surface.methods[request.method]
    if (handler === undefined) throw new McpError(ErrorCode.MethodNotFound, 'Method not found')
    const { _meta: meta = {}, ...params } = (request.params ?? {}) as Json
    return (await answer(handler, params, { ...scopeOf(server, extra, all), meta }, extra)) as never
  }
  // The SDK would answer this by itself and filter messages by it; here the surface decides.
  server.removeRequestHandler('logging/setLevel')
  return server
}

/** What a modern call ends with is asked one after the other here, and the handler starts anew with the answers. */
async function answer(handler: Handler, params: Json, scope: CallScope, extra: Extra): Promise<Json> {
  try {
    return await handler(params, scope)
  } catch (error) {
    if (!(error instanceof InputNeeded)) throw error
    const responses: Json = {}
    for (const [key, request] of Object.entries(error.requests))
      responses[key] = await extra.sendRequest(request as never, ResultSchema)
    return answer(handler, params, { ...scope, responses, state: error.state }, extra)
  }
}

function scopeOf(server: Server, extra: Extra, all: () => Iterable<Server>): CallScope {
  return {
    era: 'legacy',
    clientCapabilities: server.getClientCapabilities() ?? {},
    meta: {},
    signal: extra.signal,
    notify: (method, params) => extra.sendNotification({ method, params } as never),
    async announce(change) {
      for (const each of all()) await each.notification(notificationOf(change) as never).catch(() => {})
    },
    ask: async (_key, method, params) => (await extra.sendRequest({ method, params } as never, ResultSchema)) as Json,
    require(requests, state) {
      throw new InputNeeded(requests, state)
    },
    closeStream: () => extra.closeSSEStream?.(),
    responses: {},
    state: undefined,
  }
}
