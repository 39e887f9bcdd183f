import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '../core/caller.ts'
import { messageOf } from '../core/errors.ts'
import type { Limits } from '../core/limits.ts'
import type { Meter } from '../core/meter.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { toRestError } from './errors.ts'
import type { Door } from './exchange.ts'
import type { GuardOptions } from './guard.ts'
import type { MetricsText } from './health.ts'
import { createHealthDoors } from './health.ts'
import type { ErrorShape, Route } from './http.ts'
import { createFrontDoor } from './http.ts'
import { toAnthropicBody } from './llm/messages/anthropic-error.ts'
import { isAnthropic } from './llm/models.ts'
import { toOpenAiBody } from './llm/openai-error.ts'
import type { KeptDoors } from './llm/responses/read-responses.ts'
import type { McpCounts } from './mcp/mcp-door.ts'
import { createMcpDoor } from './mcp/mcp-door.ts'
import type { McpMethods } from './mcp/mcp-methods.ts'
import { ssePostPath } from './mcp/mcp-sse.ts'
import type { SessionIds } from './mcp/session-ids.ts'
import type { RestOptions } from './rest.ts'
import { createRestDoors } from './rest.ts'

/** Everything that is served over HTTP, behind one front door. */
export type HttpFace = Readonly<{
  /** @returns the base URL @throws GatewayError `PORT_IN_USE` */
  listen(port: number): Promise<string>
  /** Ends what goes on for callers for whom this does not hold, as the MCP door does. */
  recheck(isSame: (caller: Caller) => boolean): void
  /** Readiness goes first, then the streams, then the calls within `limits.shutdownMs`. */
  close(): Promise<void>
}>

/** What the face joins. */
export type HttpFaceOptions = Readonly<{
  gateway: Gateway
  methods: McpMethods
  limits: Limits
  guard: GuardOptions
  version: string
  identify: (headers: IncomingHttpHeaders) => Caller | undefined
  preview: RestOptions['preview']
  /** Doors of the LLM face. */
  completions: Readonly<{
    chat: Door
    responses: Door
    kept: KeptDoors
    messages: Door
    countTokens: Door
    embeddings: Door
    models: Door
  }>
  /** How sessions of MCP are named; by ids of this process where absent. */
  sessionIds?: SessionIds
  /** Counts requests by door. */
  meter?: Meter
  /** What was counted, as text, with what stands at the doors of MCP now. */
  metrics?: (counts: McpCounts) => Promise<MetricsText>
  log: (level: 'info' | 'error', message: string, fields: Readonly<Record<string, unknown>>) => void
  /** One line for each request that did not fail through us. */
  logRequest: (fields: Readonly<Record<string, unknown>>) => void
}>

/** The endpoint of one server or group, which may be called `models` or `v1`. */
const ofOneServer = /^\/[^/]+\/mcp\/?$/

/** Where clients of HTTP+SSE send to. */
const ssePath = new RegExp(`^${ssePostPath}$`)

/** Clients of the LLM face read errors in the shape of its APIs; OpenAI's paths go without `/v1` too. */
const errorShapes: readonly ErrorShape[] = [
  { path: ofOneServer, toBody: toRestError },
  { path: /^\/v1\/messages(\/|$)/, toBody: toAnthropicBody },
  {
    path: /^(\/v1)?\/models(\/|$)/,
    toBody: (thrown, headers) => (isAnthropic(headers) ? toAnthropicBody(thrown) : toOpenAiBody(thrown)),
  },
  { path: /^\/(v1(\/|$)|chat\/completions$|responses(\/|$)|embeddings$)/, toBody: toOpenAiBody },
]

/** Puts every door into its place. The order is the order in which paths are matched. */
export function createHttpFace(options: HttpFaceOptions): HttpFace {
  const { gateway, methods, limits, log, version, preview, completions, meter, metrics, sessionIds } = options
  let ready = false
  let stopping = false
  void gateway.settled().then(() => {
    ready = true
  })

  const onError = (error: unknown): void =>
    log('error', messageOf(error), { stack: error instanceof Error ? error.stack : undefined })
  const prefix = pathOf(options.guard.publicUrl)
  const mcp = createMcpDoor({ gateway, methods, limits, onError, prefix, ...(sessionIds && { sessionIds }) })
  const rest = createRestDoors({ gateway, preview })
  const health = createHealthDoors(gateway, {
    isReady: () => ready && !stopping,
    version,
    ...(metrics && { metrics: () => metrics(mcp.counts()) }),
  })

  // An error of a response that nobody hears would end the process (Node, events, "Error events").
  const heard = (door: Door): Door => {
    return exchange => {
      exchange.response.on('error', onError)
      return door(exchange)
    }
  }

  const routes: readonly Route[] = [
    { path: /^\/mcp(\/.+)?\/?$/, name: 'mcp', door: mcp.door },
    { path: ofOneServer, name: 'mcp', door: mcp.door },
    { method: 'GET', path: /^(\/[^/]+)?\/sse\/?$/, name: 'sse', door: mcp.sse.open },
    { method: 'POST', path: ssePath, name: 'sse', door: mcp.sse.take },
    { method: 'GET', path: /^\/mcp-rest\/tools\/list$/, name: 'rest', door: rest.list },
    { method: 'POST', path: /^\/mcp-rest\/tools\/call$/, name: 'rest', door: rest.call },
    { method: 'POST', path: /^\/mcp-rest\/test\/tools\/list$/, name: 'rest', door: rest.testList },
    { method: 'POST', path: /^\/mcp-rest\/test\/connection$/, name: 'rest', door: rest.testConnection },
    { method: 'POST', path: /^(\/v1)?\/chat\/completions$/, name: 'chat', door: completions.chat },
    { method: 'POST', path: /^(\/v1)?\/responses$/, name: 'responses', door: completions.responses },
    { method: 'GET', path: /^(\/v1)?\/responses\/[^/]+$/, name: 'responses', door: completions.kept.get },
    { method: 'DELETE', path: /^(\/v1)?\/responses\/[^/]+$/, name: 'responses', door: completions.kept.remove },
    {
      method: 'GET',
      path: /^(\/v1)?\/responses\/[^/]+\/input_items$/,
      name: 'responses',
      door: completions.kept.inputItems,
    },
    { method: 'POST', path: /^\/v1\/messages$/, name: 'messages', door: completions.messages },
    { method: 'POST', path: /^\/v1\/messages\/count_tokens$/, name: 'messages', door: completions.countTokens },
    { method: 'POST', path: /^(\/v1)?\/embeddings$/, name: 'embeddings', door: completions.embeddings },
    { method: 'GET', path: /^(\/v1)?\/models(\/.+)?$/, name: 'models', door: completions.models },
    { method: 'GET', path: /^\/healthz$/, name: 'health', door: health.healthz, open: true },
    { method: 'GET', path: /^\/readyz$/, name: 'health', door: health.readyz, open: true },
    { method: 'GET', path: /^\/metrics$/, name: 'metrics', door: health.metrics },
    { method: 'GET', path: /^\/$/, name: 'index', door: health.index },
  ]
  const front = createFrontDoor({
    routes: routes.map(route => ({ ...route, door: heard(route.door) })),
    errorShapes,
    limits,
    guard: options.guard,
    identify: options.identify,
    onDone: (done, error, door) => {
      meter?.answered(door, done.status)
      if (error !== undefined && done.status >= 500) log('error', messageOf(error), done)
      else options.logRequest(done)
    },
  })

  return {
    listen: port => front.listen(port, options.guard.host),
    recheck: mcp.recheck,
    async close() {
      stopping = true
      mcp.drain()
      await front.close(limits.shutdownMs)
      mcp.close()
    },
  }
}

/** The path that the server is reached under from outside, without a slash at its end. */
function pathOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '')
}
