import type { ItemEntry, Items } from './item-catalog.ts'
import { nameItems } from './item-catalog.ts'
import type { ItemView } from './item-view.ts'
import { viewItems } from './item-view.ts'
import type { SourceLedger } from './ledger.ts'
import { keepLedgers, maxGone, moveNames } from './ledger.ts'
import type { SourceLock } from './lock.ts'
import { quarantineReason } from './lock.ts'
import type { Access, OfferRules } from './policy.ts'
import { allows, isOffered, matchesAny } from './policy.ts'
import { uiUrisOf, withUiUris } from './result-links.ts'
import type { Tool } from './tool.ts'
import type { Ledger } from './tool-name.ts'
import { emptyLedger, explainName, namePrefixes, nameTools, withPrefix } from './tool-name.ts'
import type { SourceTool } from './tool-source.ts'

/**
 * The immutable snapshot that joins public names to (source, key). Traffic only reads it; a change makes a new one.
 */
export type Catalog = Readonly<{
  /** Rises with every snapshot. */
  version: number
  /** In the order of the configuration, then of each source's own list. */
  entries: readonly CatalogEntry[]
  /** Offered, but held back by a lock: nobody sees or calls them. */
  quarantined: readonly QuarantinedEntry[]
  /** What its sources list besides tools. */
  items: readonly ItemEntry[]
  /** The prefixes of the sources that may have such items, by id, and the names that their prompts were given. */
  itemPrefixes: ReadonlyMap<string, string>
  promptNames: ReadonlyMap<string, Ledger>
  /** Every source, also those without a list now. */
  sourceIds: readonly string[]
  /** Group name to source ids. */
  groups: Readonly<Record<string, readonly string[]>>
  /** The names given, to be handed to the next snapshot. */
  ledgers: ReadonlyMap<string, SourceLedger>
}>

/** One tool: where it comes from and what it is called. */
export type CatalogEntry = Readonly<{
  sourceId: string
  key: string
  /** The public name at `/mcp` and at groups: `<prefix>__<tool>`. */
  name: string
  /** The name at the endpoint of its own source, unprefixed. */
  ownName: string
  /** As the source describes it; `tool.name` is the source's own name for it. */
  tool: Tool
  /** Why `name` is not simply the prefix and the source's own name; absent when it is. */
  renamed?: string
  /** Present where other tools are reached through this one: what their public names would begin with. */
  gate?: string
}>

/** A tool that a lock holds back, and why: the rest of a sentence about it. */
export type QuarantinedEntry = CatalogEntry & Readonly<{ reason: string }>

/** What a source contributes to a catalog. */
export type CatalogSource = OfferRules &
  Readonly<{
    id: string
    tools: readonly SourceTool[]
    /** Absent for a source that has nothing but tools. */
    items?: Items
    lock?: SourceLock
  }>

/**
 * Builds the next snapshot.
 *
 * Names are given before tools are filtered or held back, so that one more or less renames none of the others. Of two
 * tools with one key the first is kept.
 */
export function buildCatalog(
  sources: readonly CatalogSource[],
  groups: Catalog['groups'],
  previous?: Pick<Catalog, 'version' | 'ledgers'> & Partial<Pick<Catalog, 'promptNames'>>,
): Catalog {
  const before = new Map([...(previous?.ledgers ?? [])].map(([id, { prefix }]) => [id, prefix]))
  const prefixes = namePrefixes(
    sources.map(source => source.id),
    before,
  )
  const ledgers = new Map<string, SourceLedger>(previous?.ledgers)
  const quarantined: QuarantinedEntry[] = []
  const entries = sources.flatMap(source => {
    const { entries, ledger } = nameSource(source, prefixes.get(source.id) ?? source.id, ledgers.get(source.id))
    ledgers.set(source.id, ledger)
    return entries.filter(entry => {
      if (!offers(source, entry)) return false
      const reason = quarantineReason(source.lock, entry.key, entry.tool)
      if (reason !== undefined) quarantined.push({ ...entry, reason })
      return reason === undefined
    })
  })
  const withItems = sources.flatMap(({ id, items }) => (items ? [{ id, items, prefix: prefixes.get(id) ?? id }] : []))
  const named = nameItems(withItems, previous?.promptNames ?? new Map())
  const sourceIds = sources.map(({ id }) => id)
  return {
    version: (previous?.version ?? 0) + 1,
    entries,
    quarantined,
    items: named.entries,
    itemPrefixes: new Map(withItems.map(({ id, prefix }) => [id, prefix])),
    promptNames: named.ledgers,
    sourceIds,
    groups,
    ledgers: keepLedgers(ledgers, sourceIds),
  }
}

/** The catalog before any source was listed. */
export const emptyCatalog: Catalog = {
  version: 0,
  entries: [],
  quarantined: [],
  items: [],
  itemPrefixes: new Map(),
  promptNames: new Map(),
  sourceIds: [],
  groups: {},
  ledgers: new Map(),
}

/** Which part of the catalog an endpoint shows: everything, one source under its own names, or some sources. */
export type Endpoint = Readonly<
  { kind: 'all' } | { kind: 'source'; id: string } | { kind: 'some'; ids: readonly string[] }
>

/** The part of one catalog that one caller may see at one endpoint, under the names used there. */
export type View = Readonly<{
  version: number
  tools: readonly Tool[]
  find: (name: string) => CatalogEntry | undefined
  /** What else its sources list, under public names and URIs. */
  items: Items
  /** Whose these are, and what their links lead to. */
  links: ItemView
}>

/** What a view is cut from. */
export type CatalogParts = Pick<Catalog, 'version' | 'entries'> & Partial<Pick<Catalog, 'items' | 'itemPrefixes'>>

/** Cuts a view out of a catalog. Pure and not cheap: the gateway keeps the views it made. */
export function viewOf(catalog: CatalogParts, endpoint: Endpoint, access: Access): View {
  const named = new Map<string, CatalogEntry>()
  for (const entry of catalog.entries) {
    if (isInside(endpoint, entry.sourceId) && allows(access, entry))
      named.set(endpoint.kind === 'source' ? entry.ownName : entry.name, entry)
  }
  const { items = [], itemPrefixes = new Map<string, string>() } = catalog
  const mayHave = (id: string): boolean => isInside(endpoint, id) && (access.sources?.includes(id) ?? true)
  const shown = new Set(
    [...named.values()].flatMap(({ sourceId, tool }) => uiUrisOf(tool).map(uri => `${sourceId} ${uri}`)),
  )
  const links = viewItems({
    entries: items.filter(entry => mayHave(entry.sourceId) && allowsItem(access, entry, shown)),
    // Who may use only some tools may not read whatever the server could.
    prefixes: new Map(access.tools === undefined ? [...itemPrefixes].filter(([id]) => mayHave(id)) : []),
    alone: endpoint.kind === 'source',
  })
  const tools = [...named].map(([name, { sourceId, tool }]) => {
    const linked = withUiUris(tool, uri => links.publicUri(sourceId, uri))
    return name === linked.name ? linked : { ...linked, name }
  })
  return { version: catalog.version, tools, find: name => named.get(name), items: links.lists, links }
}

function isInside(endpoint: Endpoint, sourceId: string): boolean {
  if (endpoint.kind === 'all') return true
  return endpoint.kind === 'source' ? endpoint.id === sourceId : endpoint.ids.includes(sourceId)
}

/**
 * Whether a caller limited to some tools may see an item of a source that it may see: prompts by the same patterns, and
 * of resources those that its tools are shown with.
 */
function allowsItem({ tools }: Access, { kind, name, key, sourceId }: ItemEntry, shown: ReadonlySet<string>): boolean {
  if (tools === undefined) return true
  if (kind === 'prompts') return matchesAny(tools, [name, `${sourceId}__${key}`])
  return shown.has(`${sourceId} ${key}`)
}

/** True when two views show the same tools under the same names, so that nobody needs to be told of a change. */
export function isSameView(a: View, b: View): boolean {
  return (
    a === b ||
    (a.tools.length === b.tools.length &&
      a.tools.every(({ name }, at) => b.tools[at]?.name === name && a.find(name)?.tool === b.find(name)?.tool))
  )
}

/** Finds the source or group that an endpoint's last path segment names; a source wins over a group of its name. */
export function findEndpoint(catalog: Pick<Catalog, 'sourceIds' | 'groups'>, name: string): Endpoint | undefined {
  if (catalog.sourceIds.includes(name)) return { kind: 'source', id: name }
  const ids = Object.hasOwn(catalog.groups, name) ? catalog.groups[name] : undefined
  return ids && { kind: 'some', ids }
}

function nameSource(
  source: CatalogSource,
  prefix: string,
  before?: SourceLedger,
): { entries: CatalogEntry[]; ledger: SourceLedger } {
  const seen = new Set<string>()
  const tools = source.tools.filter(({ key }) => !seen.has(key) && seen.add(key))
  const kept = {
    prefixed: moveNames(before?.prefixed ?? emptyLedger, tools),
    own: moveNames(before?.own ?? emptyLedger, tools),
  }
  const prefixed = nameTools(prefix, tools, kept.prefixed)
  const own = nameTools('', tools, kept.own)
  const entries = tools.map(({ key, tool, gate }) => {
    const local = prefixed.get(key) ?? ''
    const renamed = explainName(tool.name, local)
    return {
      sourceId: source.id,
      key,
      name: withPrefix(prefix, local),
      ownName: own.get(key) ?? '',
      tool,
      ...(renamed && { renamed }),
      ...(gate && { gate: withPrefix(prefix, '') }),
    }
  })
  const ledger = { prefix, prefixed: rememberNames(kept.prefixed, prefixed), own: rememberNames(kept.own, own) }
  return { entries, ledger }
}

/**
 * Makes the next ledger. Names of tools that are gone stay in it, so that an upstream that comes back finds its old ones
 * again; but not one that a newcomer has by right, since a name belongs to one tool.
 */
export function rememberNames(before: Ledger = emptyLedger, now: Ledger): Ledger {
  const taken = new Set([...now.values()].map(name => name.toLowerCase()))
  const gone = [...before].filter(([key, name]) => !now.has(key) && !taken.has(name.toLowerCase()))
  return new Map([...gone.slice(-maxGone), ...now])
}

function offers(source: CatalogSource, entry: CatalogEntry): boolean {
  return entry.gate !== undefined || isOffered(source, [entry.key, entry.tool.name, entry.ownName, entry.name])
}
