import type { Caller } from '../core/caller.ts'
import type { Catalog, CatalogEntry, Endpoint, QuarantinedEntry, View } from '../core/catalog.ts'
import { findEndpoint, viewOf } from '../core/catalog.ts'
import type { McpLogLevel } from '../core/client-link.ts'
import { contextOver } from '../core/context-over.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import type { ListHints, ListKind } from '../core/list-hints.ts'
import { strictest } from '../core/list-hints.ts'
import type { Access } from '../core/policy.ts'
import { intersect } from '../core/policy.ts'
import { withPublicLinks, withTaskLinks } from '../core/result-links.ts'
import type { TaskMethod } from '../core/tasks.ts'
import type { CallToolResult } from '../core/tool.ts'
import type { CallContext, RelayedMethod, TaskListener } from '../core/tool-source.ts'
import { asFailure } from './as-failure.ts'
import type { OfferedSource } from './entry.ts'
import { keepLogFollowers } from './follow-logs.ts'
import { keepResourceFollowers } from './follow-resources.ts'
import type { GatewayHealth } from './health.ts'
import { healthOf } from './health.ts'
import { inTime } from './in-time.ts'
import { keepViews } from './keep-views.ts'
import { namesFor, noSource } from './no-source.ts'
import { quarantined } from './quarantined.ts'
import { keepCatalog } from './refresh.ts'
import type { RelayParts } from './relay.ts'
import { noResource, relayRequest } from './relay.ts'
import { idsOf, narrow, permitsBehind } from './scope-rules.ts'

/** Who asks, at which endpoint, narrowed to which sources or groups (`x-mcp-servers`; absent means all). */
export type Scope = Readonly<{ caller: Caller; endpoint: Endpoint; narrowedTo?: readonly string[] }>

/** The verbs that every face speaks. The rules live here, once. */
export interface Gateway {
  /**
   * The view of one caller at one endpoint. Waits a little for sources that have not been listed yet, and has lists read
   * anew that may be others by now, for the next time.
   */
  list(scope: Scope): Promise<View>
  /** What the servers in this scope say of their lists of one kind. */
  hints(scope: Scope, kind: ListKind): ListHints
  /**
   * The tool of that name in the same scope; undefined where there is none. Waits for sources that have not been listed
   * yet, but only until the name is there.
   */
  find(scope: Scope, name: string): Promise<CatalogEntry | undefined>
  /**
   * Calls a tool under the name that {@link Gateway.list} gave it in the same scope.
   *
   * @returns the tool's result whole; its own failure, and an upstream that is away, are `isError: true`
   * @throws GatewayError `TOOL_NOT_FOUND` also for a tool that the caller may not see, `SOURCE_ERROR`, `CANCELLED`
   */
  call(scope: Scope, name: string, args: JsonObject, context: CallContext): Promise<CallToolResult>
  /**
   * Relays `prompts/get`, `resources/read` or `completion/complete` under the names and URIs that the view of the same
   * scope gave. Links in the result are those of that view too.
   *
   * @returns the result whole; see {@link CallContext.input} for the one that asks for more
   * @throws GatewayError `ITEM_NOT_FOUND` also for what the caller may not see, `SOURCE_*`, `CANCELLED`
   */
  request(scope: Scope, method: RelayedMethod, params: JsonObject, context: CallContext): Promise<JsonObject>
  /**
   * Asks a source in this scope about a task that it runs, under its own id.
   *
   * @throws GatewayError `ITEM_NOT_FOUND` where the caller may not see it, or where it has gone; `SOURCE_*`, `CANCELLED`
   */
  task(
    scope: Scope,
    sourceId: string,
    method: TaskMethod,
    params: JsonObject,
    context: CallContext,
  ): Promise<JsonObject>
  /**
   * Follows what a source tells of a task of the old era, by its own id, for the client that has begun it.
   *
   * @returns the way to stop
   */
  followTask(sourceId: string, taskId: string, listener: TaskListener, client?: string): () => void
  /**
   * Follows a resource by its URI in this scope; `onUpdate` is given the params of `notifications/resources/updated`.
   *
   * @returns the way to stop
   * @throws GatewayError `ITEM_NOT_FOUND`
   */
  subscribe(scope: Scope, uri: string, onUpdate: (params: JsonObject) => void, client?: string): Promise<() => void>
  /**
   * Follows the log messages that belong to no call, of the sources in this scope and at least this severe; `listener` is
   * given the params of `notifications/message`. Returns the way to stop.
   */
  followLogs(scope: Scope, level: McpLogLevel, listener: (params: JsonObject) => void): () => void
  /** The source or group of that name. @throws GatewayError `SOURCE_NOT_FOUND`, also where the caller may not see it */
  endpoint(name: string, caller: Caller): Endpoint
  /** The catalog as it is, unfiltered: for the operator's eyes. */
  catalog(): Catalog
  /** How every source is doing, in the order of the configuration; `notice` says what could be better. */
  health(): readonly GatewayHealth[]
  /** Called when some caller's list may have changed. Returns the way to stop listening. */
  onChange(listener: () => void): () => void
  /** Takes over another set of sources and groups. */
  replace(sources: readonly OfferedSource[], groups: Catalog['groups']): void
  /** Resolves once every source was listed or has failed once. */
  settled(): Promise<void>
  close(): void
}

/** How long the server of a resource is waited for, when someone begins to follow it. */
const begunWaitMs = 3_000

/** Builds the gateway over sources that its owner makes, replaces and closes. */
export function createGateway(limits: Limits, log: (level: 'info' | 'warn', message: string) => void): Gateway {
  const refresh = keepCatalog(limits, log)
  const logs = keepLogFollowers()

  const accessOf = ({ caller, narrowedTo }: Scope): Access =>
    narrowedTo === undefined ? caller.access : intersect(caller.access, narrow(refresh.catalog(), narrowedTo))

  const view = keepViews(refresh, accessOf)
  const resources = keepResourceFollowers(refresh.source)
  refresh.onChange(resources.refresh)

  /** The sources whose tools this scope could show. */
  const idsIn = (scope: Scope): readonly string[] => {
    const { sources } = accessOf(scope)
    const ids = idsOf(scope.endpoint) ?? refresh.catalog().sourceIds
    return ids.filter(id => sources?.includes(id) ?? true)
  }

  /** Waits for these, and for no others. */
  const settle = async (scope: Scope): Promise<void> => {
    if (!refresh.isSettled()) await refresh.settled(idsIn(scope))
  }

  /** Nothing parses a name, so nobody knows whose it is: each new catalog is asked until one has it. */
  const find = (scope: Scope, name: string): Promise<CatalogEntry | undefined> => {
    const entry = view(scope).find(name)
    if (entry !== undefined || refresh.isSettled()) return Promise.resolve(entry)
    return new Promise(resolve => {
      const unfollow = refresh.onChange(() => {
        const appeared = view(scope).find(name)
        if (appeared !== undefined) end(appeared)
      })
      const end = (found: CatalogEntry | undefined): void => {
        unfollow()
        resolve(found)
      }
      void settle(scope).then(() => end(view(scope).find(name)))
    })
  }

  const partsOf = async (scope: Scope): Promise<RelayParts> => {
    await settle(scope)
    return { view: view(scope), source: refresh.source }
  }

  /** A tool that is held back says so to whoever could see it otherwise. */
  const notFound = (scope: Scope, name: string): GatewayError => {
    const held = viewOf({ version: 0, entries: refresh.catalog().quarantined }, scope.endpoint, accessOf(scope)).find(
      name,
    )
    if (held !== undefined) return quarantined(name, held as QuarantinedEntry)
    const what = `No tool is named "${name.slice(0, 128)}" here.`
    return new GatewayError('TOOL_NOT_FOUND', `${what} Call tools/list for the current names.`)
  }

  return {
    async list(scope) {
      await settle(scope)
      refresh.freshen(idsIn(scope))
      return view(scope)
    },
    hints: (scope, kind) => strictest(idsIn(scope).flatMap(id => refresh.source(id)?.features?.hints(kind) ?? [])),
    find,
    async call(scope, name, args, context) {
      const entry = view(scope).find(name) ?? (await find(scope, name))
      if (entry === undefined) throw notFound(scope, name)
      const source = refresh.source(entry.sourceId)
      if (source === undefined)
        throw new GatewayError(
          'TOOL_NOT_FOUND',
          `The source of "${name}" was removed. Call tools/list for the current names.`,
        )
      const whole =
        entry.gate === undefined ? context : contextOver(context, { permits: permitsBehind(entry, accessOf(scope)) })
      try {
        const result = await source.call(entry.key, args, whole)
        if (source.features === undefined) return result
        return withPublicLinks(result, uri => view(scope).links.publicUri(entry.sourceId, uri))
      } catch (error) {
        return asFailure(error)
      }
    },
    async request(scope, method, params, context) {
      return relayRequest(await partsOf(scope), method, params, context)
    },
    async task(scope, sourceId, method, params, context) {
      const seen =
        (idsOf(scope.endpoint)?.includes(sourceId) ?? true) && (accessOf(scope).sources?.includes(sourceId) ?? true)
      const features = seen ? refresh.source(sourceId)?.features : undefined
      if (features === undefined) throw new GatewayError('ITEM_NOT_FOUND', 'No task has this taskId.')
      const result = await features.request(method, params, context)
      return withTaskLinks(result, uri => view(scope).links.publicUri(sourceId, uri))
    },
    followTask: (sourceId, taskId, listener, client) =>
      refresh.source(sourceId)?.features?.followTask(taskId, listener, client) ?? (() => {}),
    async subscribe(scope, uri, onUpdate, client) {
      await settle(scope)
      const followed = resources.follow(() => view(scope), uri, onUpdate, client)
      if (followed === undefined) throw noResource(uri)
      // What is updated right after the answer is told of; one that is away keeps nobody waiting.
      await inTime(followed.begun, begunWaitMs)
      return followed.stop
    },
    followLogs: (scope, level, listener) => logs.follow({ sees: id => view(scope).links.sees(id), level, listener }),
    endpoint(name, caller) {
      const endpoint = findEndpoint(refresh.catalog(), name)
      const ids = (endpoint && idsOf(endpoint)) ?? []
      const visible = caller.access.sources === undefined || ids.some(id => caller.access.sources?.includes(id))
      if (endpoint !== undefined && visible) return endpoint
      throw noSource('server or group', name, namesFor(refresh.catalog(), caller))
    },
    catalog: refresh.catalog,
    health: () => refresh.sources().map(source => healthOf(source, refresh)),
    onChange: refresh.onChange,
    replace: (sources, groups) => {
      refresh.replace(sources, groups)
      logs.replace(refresh.sources())
      resources.refresh()
    },
    settled: () => refresh.settled(),
    close: refresh.close,
  }
}
