import type { PassingStore } from '../core/passing-store.ts'
import type { CallerServers } from '../gateway/caller-servers.ts'
import type { RouteOptions } from '../llm/route-turns.ts'
import { routeTurns } from '../llm/route-turns.ts'
import type { HttpFace, HttpFaceOptions } from './http-face.ts'
import { createHttpFace } from './http-face.ts'
import { createChatDoor } from './llm/chat/chat.ts'
import { createEmbeddingsDoor } from './llm/embeddings.ts'
import { createCountTokensDoor } from './llm/messages/count-tokens.ts'
import { createMessagesDoor } from './llm/messages/messages.ts'
import { createModelsDoor } from './llm/models.ts'
import { keepResponses } from './llm/responses/kept-responses.ts'
import { createKeptDoors } from './llm/responses/read-responses.ts'
import { createResponsesDoor } from './llm/responses/responses.ts'
import { ownUrls } from './llm/server-url.ts'
import type { ServerIdentity } from './mcp/mcp-methods.ts'
import { createMcpMethods } from './mcp/mcp-methods.ts'
import { sealedIds } from './mcp/session-ids.ts'
import type { PreviewOptions } from './preview.ts'
import { createPreview } from './preview.ts'
import { createSealer } from './seal.ts'

/** What every door together needs of the house. */
export type DoorsOptions = Pick<HttpFaceOptions, 'gateway' | 'limits' | 'guard' | 'identify' | 'meter' | 'metrics'> &
  Pick<PreviewOptions, 'open' | 'stored' | 'addUp'> &
  Pick<RouteOptions, 'models' | 'providerOf' | 'pricesOf' | 'spending'> &
  Readonly<{
    /** What seals states that clients keep for us, see `server.stateKeys`. */
    stateKeys: readonly string[]
    /** MCP servers that callers of completions name. */
    callerServers: CallerServers
    /** What is kept for a while. */
    passing: PassingStore
    identity: ServerIdentity & Readonly<{ info: Readonly<{ version: string }> }>
    log: Readonly<{
      write: (level: 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void
      request: HttpFaceOptions['logRequest']
    }>
  }>

/** Makes every door over one gateway: MCP, REST, previews and completions, behind one front door. */
export function createDoors(options: DoorsOptions): HttpFace {
  const { gateway, callerServers, identity, limits, guard, identify, models, providerOf, log, meter, metrics } = options
  const { pricesOf, spending } = options
  const route = routeTurns({
    models,
    providerOf,
    limits,
    log: log.write,
    ...(pricesOf && { pricesOf }),
    ...(spending && { spending }),
  })
  const completions = { gateway, route, isOwnUrl: ownUrls(guard.publicUrl), callerServers, log: log.write }
  const kept = keepResponses(options.passing, limits)
  return createHttpFace({
    gateway,
    methods: createMcpMethods(gateway, identity, limits, options.stateKeys),
    ...(options.stateKeys.length > 0 && {
      sessionIds: sealedIds(createSealer(options.stateKeys), limits.maxSessionAgeMs),
    }),
    limits,
    guard,
    version: identity.info.version,
    identify,
    ...(meter && { meter }),
    ...(metrics && { metrics }),
    preview: createPreview(options),
    completions: {
      chat: createChatDoor(completions),
      responses: createResponsesDoor({ ...completions, kept, sealer: createSealer(options.stateKeys) }),
      kept: createKeptDoors(kept, log.write),
      messages: createMessagesDoor(completions),
      countTokens: createCountTokensDoor(completions),
      embeddings: createEmbeddingsDoor({ route, log: log.write }),
      models: createModelsDoor(models),
    },
    log: log.write,
    logRequest: log.request,
  })
}
