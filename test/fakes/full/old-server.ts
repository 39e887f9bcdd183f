import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ErrorCode, McpError, ResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { askAtOnce } from './ask-at-once.ts'
import type { CallScope, Json, Surface } from './surface.ts'
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
    return (await askAtOnce(handler, params, { ...scopeOf(server, extra, all), meta })) as never
  }
  // The SDK would answer this by itself and filter messages by it; here the surface decides.
  server.removeRequestHandler('logging/setLevel')
  return server
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
