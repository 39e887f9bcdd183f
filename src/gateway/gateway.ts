import type { Caller } from '../core/caller.ts'
import type { Catalog, CatalogEntry, Endpoint, QuarantinedEntry, View } from '../core/catalog.ts'
import { findEndpoint, viewOf } from '../core/catalog.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import type { Access } from '../core/policy.ts'
import { allows, intersect } from '../core/policy.ts'
import type { CallToolResult } from '../core/tool.ts'
import { errorResult } from '../core/tool.ts'
import type { CallContext, Permits, SourceHealth, ToolSource } from '../core/tool-source.ts'
import type { OfferedSource } from './refresh.ts'
import { keepCatalog } from './refresh.ts'

/** Who asks, at which endpoint, narrowed to which sources or groups (`x-mcp-servers`; absent means all). */
export type Scope = Readonly<{ caller: Caller; endpoint: Endpoint; narrowedTo?: readonly string[] }>

/** How one source is doing, and which of its tools a lock holds back. */
export type GatewayHealth = Readonly<{
  id: string
  kind: ToolSource['kind']
  tools: number
  notice?: string
  quarantined?: Quarantined
}> &
  SourceHealth

/** How many tools are held back, and the first of them by their public names. */
export type Quarantined = Readonly<{ count: number; tools: readonly Readonly<{ name: string; reason: string }>[] }>

/** The verbs that every face speaks. The rules live here, once. */
export interface Gateway {
  /** The view of one caller at one endpoint. Waits a little for sources that have not been listed yet. */
  list(scope: Scope): Promise<View>
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

/** How many views are kept; a view is cut again when its turn comes. */
const maxViews = 500

/** Builds the gateway over sources that its owner makes, replaces and closes. */
export function createGateway(limits: Limits, log: (level: 'info' | 'warn', message: string) => void): Gateway {
  const refresh = keepCatalog(limits, log)
  const views = new Map<string, View>()
  let plainViews = new WeakMap<Access, View>()
  refresh.onChange(() => {
    views.clear()
    plainViews = new WeakMap()
  })

  const accessOf = ({ caller, narrowedTo }: Scope): Access =>
    narrowedTo === undefined ? caller.access : intersect(caller.access, narrow(refresh.catalog(), narrowedTo))

  const cutView = (endpoint: Endpoint, access: Access): View => {
    const key = JSON.stringify([endpoint, access])
    const known = views.get(key)
    if (known !== undefined) return known
    const cut = viewOf(refresh.catalog(), endpoint, access)
    if (views.size >= maxViews) views.delete(views.keys().next().value ?? '')
    views.set(key, cut)
    return cut
  }

  const view = (scope: Scope): View => {
    const { endpoint, caller, narrowedTo } = scope
    // What nearly every call asks for, found without writing its key.
    const isPlain = endpoint.kind === 'all' && narrowedTo === undefined
    const plain = isPlain ? plainViews.get(caller.access) : undefined
    if (plain !== undefined) return plain
    const found = cutView(endpoint, accessOf(scope))
    if (isPlain) plainViews.set(caller.access, found)
    return found
  }

  /** Waits for the sources whose tools this scope could show, and for no others. */
  const settle = async (scope: Scope): Promise<void> => {
    if (refresh.isSettled()) return
    const { sources } = accessOf(scope)
    const ids = idsOf(scope.endpoint) ?? refresh.catalog().sourceIds
    await refresh.settled(ids.filter(id => sources?.includes(id) ?? true))
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
      return view(scope)
    },
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
      const whole = entry.gate === undefined ? context : { ...context, permits: permitsBehind(entry, accessOf(scope)) }
      try {
        return await source.call(entry.key, args, whole)
      } catch (error) {
        return asFailure(error)
      }
    },
    endpoint(name, caller) {
      const endpoint = findEndpoint(refresh.catalog(), name)
      const ids = (endpoint && idsOf(endpoint)) ?? []
      const visible = caller.access.sources === undefined || ids.some(id => caller.access.sources?.includes(id))
      if (endpoint !== undefined && visible) return endpoint
      throw new GatewayError('SOURCE_NOT_FOUND', `No server or group is named "${name.slice(0, 100)}".`)
    },
    catalog: refresh.catalog,
    health: () =>
      refresh.sources().map(source => {
        const notice = refresh.notice(source.id)
        return {
          id: source.id,
          kind: source.kind,
          tools: refresh.catalog().entries.filter(entry => entry.sourceId === source.id).length,
          ...(notice && { notice }),
          ...source.health(),
          ...quarantineOf(source.id, refresh.catalog()),
        }
      }),
    onChange: refresh.onChange,
    replace: refresh.replace,
    settled: () => refresh.settled(),
    close: refresh.close,
  }
}

function quarantined(name: string, { sourceId, reason }: QuarantinedEntry): GatewayError {
  const remedy = `Whoever runs this gateway can review it and accept it: patchbay lock --accept ${sourceId}`
  return new GatewayError('TOOL_NOT_FOUND', `The tool "${name}" is quarantined: ${reason}. ${remedy}`)
}

function quarantineOf(id: string, catalog: Catalog): Pick<GatewayHealth, 'quarantined'> {
  const held = catalog.quarantined.filter(({ sourceId }) => sourceId === id)
  if (held.length === 0) return {}
  return { quarantined: { count: held.length, tools: held.slice(0, 20).map(({ name, reason }) => ({ name, reason })) } }
}

/** What a caller may use of the tools behind a gate: what its patterns say of their public names. */
function permitsBehind({ sourceId, gate = '' }: CatalogEntry, access: Access): Permits {
  return ({ key, name }) => allows(access, { sourceId, key, name: gate + name })
}

/**
 * An upstream that is away or silent is a failure that the model should read, so it becomes a value (SEP-1303). What
 * the upstream itself answered as an error, and what the caller cancelled, stay errors.
 */
function asFailure(error: unknown): CallToolResult {
  const kinds = [
    'SOURCE_UNAVAILABLE',
    'SOURCE_TIMEOUT',
    'SOURCE_UNAUTHORIZED',
    'SOURCE_PROTOCOL',
    'EGRESS_DENIED',
    'DOCUMENT_INVALID',
    'DOCUMENT_UNREACHABLE',
  ]
  if (!(error instanceof GatewayError) || !kinds.includes(error.code)) throw error
  return { ...errorResult(error.message), _meta: { 'patchbay/code': error.code } }
}

/** The sources that a list of sources and groups names; a name that is neither stands for nothing. */
function narrow(catalog: Catalog, names: readonly string[]): Access {
  const sources = names.flatMap(name => {
    const endpoint = findEndpoint(catalog, name)
    return (endpoint && idsOf(endpoint)) ?? []
  })
  return { sources }
}

/** The sources of an endpoint; undefined for all. */
function idsOf(endpoint: Endpoint): readonly string[] | undefined {
  if (endpoint.kind === 'all') return undefined
  return endpoint.kind === 'source' ? [endpoint.id] : endpoint.ids
}
