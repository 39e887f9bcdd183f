import type { Config } from './config/config.ts'
import { watchFile } from './config/watch-file.ts'
import type { AllowedHost } from './core/allowed-host.ts'
import type { JsonObject } from './core/json.ts'
import type { Limits } from './core/limits.ts'
import type { TakeSlot } from './core/make-slots.ts'
import type { Meter } from './core/meter.ts'
import type { RemoteConfig, SourceConfig } from './core/source-config.ts'
import { namePrefixes } from './core/tool-name.ts'
import type { ToolSource } from './core/tool-source.ts'
import type { NamedServer } from './gateway/caller-servers.ts'
import type { Log } from './observe/log.ts'
import type { McpEgress } from './sources/mcp/http-agent.ts'
import { isRefusal } from './sources/mcp/http-status-error.ts'
import { mcpSource } from './sources/mcp/mcp-source.ts'
import { perSessionSource } from './sources/mcp/per-session.ts'
import type { DocumentCache } from './sources/openapi/cache/document-cache.ts'
import { openApiSource } from './sources/openapi/open-api-source.ts'
import { withBreaker } from './sources/with-breaker.ts'
import type { LimitedSource } from './sources/with-call-limit.ts'
import { withCallLimit } from './sources/with-call-limit.ts'
import { withMeter } from './sources/with-meter.ts'
import { withSearch } from './sources/with-search.ts'

/** What a source is made with besides its entry. `watch`: follow its document. */
export type SourceSurroundings = Readonly<{
  config: () => Config
  /** Those of the start: all sources and doors have the same, also after a reload. */
  limits: Limits
  /** Shared by all sources that start programs. */
  starts: TakeSlot
  clientInfo: JsonObject
  log: Log['write']
  meter: Meter
  watch: boolean
  /** Where what was read of large documents is kept. */
  documents?: DocumentCache | undefined
  /** Where an MCP server may be; absent for one whose URL the operator wrote. */
  egress?: McpEgress
  /** What the public names of a source begin with; undefined before the first catalog. */
  prefixOf: (id: string) => string | undefined
}>

/** The source of an entry. */
export type MadeSource = Readonly<{
  /** As its entry offers it: as it is, or behind search. */
  source: ToolSource
  /** With all its tools, also where they are behind search: for who looks at them without calling. */
  inside: ToolSource
  /** Resolves once no call of it runs or waits. */
  unused: () => Promise<void>
}>

/** Makes the source of an entry. Closing `source` closes what is inside. */
export function makeSource(entry: SourceConfig, surroundings: SourceSurroundings): MadeSource {
  const limited = guard(open(entry, surroundings), entry, surroundings.limits)
  const inside = withMeter(limited, surroundings.meter)
  return { source: putBehindSearch(inside, entry, surroundings), inside, unused: limited.unused }
}

/**
 * Makes the source of a server that a caller has named. It is connected to through the gate, and its list is bounded more
 * tightly than one of the operator's own; what is wrong with it is told to its caller, and to nobody above debug level.
 *
 * @param allowHosts - where it may be off the public internet
 */
export function makeCallerSource(
  { label: id, url, headers }: NamedServer,
  allowHosts: readonly AllowedHost[],
  { limits, clientInfo, log, meter }: Pick<SourceSurroundings, 'limits' | 'clientInfo' | 'log' | 'meter'>,
): ToolSource {
  const bounds = {
    ...limits,
    // One more than may be, so that too many can be told from just enough.
    maxToolsPerSource: Math.min(limits.maxToolsPerSource, limits.maxCallerServerTools + 1),
  }
  const entry: RemoteConfig = {
    id,
    kind: 'remote',
    url: url.href,
    headers,
    transport: 'auto',
    protocol: 'auto',
  }
  const source = mcpSource(entry, {
    limits: bounds,
    clientInfo,
    log: (_, message) => log('debug', message),
    egress: { allowHosts },
    maxListBytes: limits.maxCallerListBytes,
  })
  // All under one name, which no source can have: callers choose the labels.
  const called: Meter['called'] = (_, outcome, ms) => meter.called('/callers', outcome, ms)
  return withMeter(guard(source, entry, limits), { ...meter, called })
}

/**
 * The one place that knows which kind of entry becomes which source. Only servers have a breaker: an API's silence is of
 * one operation as often as of the whole.
 */
function open(entry: SourceConfig, surroundings: SourceSurroundings): ToolSource {
  const { config, limits, starts, clientInfo, log, watch, documents, egress } = surroundings
  if (entry.kind !== 'openapi') {
    const options = { limits, starts, clientInfo, log, ...(egress && { egress }) }
    const { breakerFailures: failures, breakerPauseMs: pauseMs } = limits
    const guard = (source: ToolSource): ToolSource => withBreaker(source, { failures, pauseMs, isAnswer: isRefusal })
    return entry.perSession ? perSessionSource(entry, { ...options, guard }) : guard(mcpSource(entry, options))
  }
  return openApiSource(entry, {
    limits,
    sourceIds: () => config().sources.map(({ id }) => id),
    log: (level, message, detail) => log(level, message, detail as Record<string, unknown>),
    ...(watch && { watchFile }),
    ...(documents && { cache: documents }),
  })
}

/** What waits for its turn is not called yet, so the breaker stands inside the limit. */
function guard(source: ToolSource, { maxConcurrentCalls, timeoutMs }: SourceConfig, limits: Limits): LimitedSource {
  return withCallLimit(source, {
    maxConcurrentCalls: maxConcurrentCalls ?? limits.maxConcurrentCalls,
    maxQueuedCalls: limits.maxQueuedCalls,
    maxWaitMs: timeoutMs ?? limits.callTimeoutMs,
  })
}

function putBehindSearch(made: ToolSource, entry: SourceConfig, surroundings: SourceSurroundings): ToolSource {
  const { config, limits, prefixOf } = surroundings
  const { id, mode = 'tools' } = entry
  if (mode === 'tools') return made
  const { sources } = config()
  const prefix = (): string => prefixOf(id) ?? namePrefixes(sources.map(source => source.id)).get(id) ?? id
  return withSearch(made, { ...entry, mode, prefix, limits })
}
