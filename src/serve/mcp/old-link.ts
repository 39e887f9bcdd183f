import { randomUUID } from 'node:crypto'
import type { ClientLink } from '../../core/client-link.ts'
import type { JsonObject } from '../../core/json.ts'
import { isAtLeast } from '../../core/log-level.ts'
import { rpcCode } from '../../core/protocol.ts'
import { openAsks } from './asks.ts'
import type { McpReply } from './mcp-reply.ts'
import type { OldClient } from './old-client.ts'
import { tellClient, whenLeft } from './old-client.ts'
import { refusal, refusalToAsk } from './refusals.ts'

/**
 * The link to a client of the old era while a call of its runs: questions, log messages and other notifications go on
 * the stream of that call, which the first of them opens. That a URL was visited is often told after the call.
 */
export function oldLink(client: OldClient, reply: McpReply): ClientLink {
  return {
    id: client.clientId,
    capabilities: client.capabilities,
    logLevel: client.logLevel ?? defaultLevel,
    ask(method, params, options) {
      const refused = refusalToAsk(method, params, client.capabilities, rpcCode.methodNotFound)
      if (refused !== undefined) return Promise.reject(refused)
      client.asks ??= openAsks()
      return client.asks.ask(reply, method, withElicitationId(method, params), options)
    },
    log(params) {
      if (isAtLeast(params.level, client.logLevel ?? defaultLevel)) reply.notify('notifications/message', params)
    },
    notify(method, params) {
      // What comes after the call belongs to no request that runs, so it may go on the client's own stream; a log message
      // is dropped then, since nobody can tell whether the call has ended or only its stream (2025-11-25, transports).
      if (reply.isOpen()) reply.notify(method, params)
      else client.notify?.(method, params)
    },
    tell: tellOf(client),
    onLeave: listener => whenLeft(client, listener),
  }
}

/** Made apart, so that it keeps nothing of the call. */
function tellOf(client: OldClient): ClientLink['tell'] {
  return (method, params) => tellClient(client, method, params)
}

/**
 * Revision 2025-11-25 wants an id for each URL that is to be visited; 2026-07-28 has none. Nobody will tell of its
 * completion, so it stands for nothing.
 */
function withElicitationId(method: string, params: JsonObject): JsonObject {
  const lacksId = method === 'elicitation/create' && params.mode === 'url' && params.elicitationId === undefined
  return lacksId ? { ...params, elicitationId: randomUUID() } : params
}

/** Who asks with the same key and without a session is taken for the same client. */
export function strangerId(callerId: string): string {
  return `${callerId} without session`
}

/** The link to who asks without a session, as curl does: there is nobody to ask or to tell. */
export function strangerLink(callerId: string): ClientLink {
  const why = 'The client has no session, so it cannot be asked. Begin with initialize.'
  return {
    id: strangerId(callerId),
    capabilities: {},
    ask: () => Promise.reject(refusal(why, rpcCode.methodNotFound)),
    log: () => {},
    notify: () => {},
  }
}

/** Where a client has set none the server decides (2025-11-25, server/utilities/logging). */
const defaultLevel = 'info'
