import { isDeepStrictEqual } from 'node:util'
import type { Catalog, CatalogSource } from '../core/catalog.ts'
import { buildCatalog, emptyCatalog } from '../core/catalog.ts'
import { count } from '../core/count.ts'
import { afterName, GatewayError, messageOf } from '../core/errors.ts'
import { noItems } from '../core/item-catalog.ts'
import type { Limits } from '../core/limits.ts'
import { suggestSearch } from '../core/list-size.ts'
import type { ServerFeatures, ToolSource } from '../core/tool-source.ts'
import type { Entry, OfferedSource } from './entry.ts'
import { isLongAway, isStale, ledgerOf, newEntry } from './entry.ts'
import { inTime } from './in-time.ts'
import type { ListedItems } from './list-items.ts'
import { listItems } from './list-items.ts'

/** Keeps the catalog up to date with its sources. */
export type Refresh = Readonly<{
  catalog(): Catalog
  /** The source of an entry; undefined once it was removed. */
  source(id: string): ToolSource | undefined
  sources(): readonly ToolSource[]
  /** What the operator should know of a source's list: that it is too large to be given to a model at once. */
  notice(id: string): string | undefined
  /**
   * Resolves when each of these sources (every one without a list) has been listed or has failed once; each is waited
   * for no longer than `firstListWaitMs` from when it was added.
   */
  settled(sourceIds?: readonly string[]): Promise<void>
  /** Lists those of these sources anew whose list may be another by now, without a word of it. */
  freshen(sourceIds: readonly string[]): void
  /** True once there is nothing left to wait for. */
  isSettled(): boolean
  /** Takes over another set of sources and groups. Lists of sources that stay are kept; removed ones are not closed. */
  replace(sources: readonly OfferedSource[], groups: Catalog['groups']): void
  /** Called after each new catalog. Returns the way to stop listening. */
  onChange(listener: () => void): () => void
  close(): void
}>

/** Between two lists of one source, however often it says that it changed. */
const pauseMs = 250

/** Prompts and resources are listed beside the tools; tools do not wait longer for them. */
const itemsGraceMs = 200

/**
 * Lists every source by itself, at once and whenever it says that it changed, and builds a catalog from what is there.
 *
 * A source that cannot be listed delays nobody and is asked again, with growing pauses. The list it gave last stays, so
 * that its tools answer with a clear error rather than vanish from the clients, until the source has been away for
 * `keepListMs`; a source that never gave one has no tools yet. A list that is the same as before makes no new catalog.
 */
export function keepCatalog(limits: Limits, log: (level: 'info' | 'warn', message: string) => void): Refresh {
  const entries = new Map<string, Entry>()
  const waiting = new Set<Entry>()
  const listeners = new Set<() => void>()
  let groups: Catalog['groups'] = {}
  let catalog = emptyCatalog

  const rebuild = (): void => {
    const sources = [...entries.values()].map(
      ({ offered: { source, ledger: _, ...rules }, tools = [], items = noItems }): CatalogSource => ({
        id: source.id,
        ...rules,
        tools,
        ...(source.features && { items }),
      }),
    )
    const ledgers = new Map(catalog.ledgers)
    for (const [id, entry] of entries) {
      const ledger = ledgerOf(entry, ledgers.get(id))
      if (ledger !== undefined) ledgers.set(id, ledger)
    }
    catalog = buildCatalog(sources, groups, { ...catalog, ledgers })
    for (const listener of listeners) listener()
  }
  const run = async (entry: Entry): Promise<void> => {
    delete entry.timer
    entry.running = true
    entry.again = false
    await list(entry)
    entry.running = false
    entry.listedAt = performance.now()
    entry.endWait()
    if (entries.get(entry.offered.source.id) !== entry) return
    if (entry.again) runIn(pauseMs, entry)
    else if (entry.failures > 0)
      runIn(Math.min(limits.retryMinMs * 2 ** (entry.failures - 1), limits.retryMaxMs), entry)
  }
  const runIn = (ms: number, entry: Entry): void => {
    clearTimeout(entry.timer)
    entry.timer = setTimeout(() => void run(entry), Math.max(ms, 1)).unref()
  }
  const onSourceChange = (entry: Entry): void => {
    if (!entry.running && !entry.again) runIn(entry.listedAt + pauseMs - performance.now(), entry)
    entry.again = true
  }

  const list = async (entry: Entry): Promise<void> => {
    const { source } = entry.offered
    const { id, features } = source
    const signal = AbortSignal.timeout(limits.startTimeoutMs + limits.listTimeoutMs)
    const listing = features && beginItems(entry, features, signal)
    try {
      const tools = await source.list({ signal })
      const listed = await inTime(listing, itemsGraceMs)
      if (entries.get(id) !== entry) return
      entry.failures = 0
      const line = `"${source.id}" offers ${count(tools.length, 'tool')}.`
      tell(entry, 'info', line, line)
      if (listed === undefined) void listing?.then(late => takeItems(entry, late) && rebuild())
      const hasItems = listed !== undefined && takeItems(entry, listed)
      const hasTools = entry.tools === undefined || !isDeepStrictEqual(tools, entry.tools)
      if (hasTools) entry.tools = tools
      if (hasTools || hasItems) rebuild()
      if (hasTools) noteSize(entry)
    } catch (error) {
      if (entries.get(source.id) !== entry) return
      entry.failures += 1
      const kind = error instanceof GatewayError ? error.code : messageOf(error)
      tell(entry, 'warn', `"${source.id}" could not be listed: ${afterName(id, messageOf(error))}`, kind)
    }
  }
  /** Never twice at once: while a list of them is on its way there is none, and another one once that has come. */
  const beginItems = (entry: Entry, features: ServerFeatures, signal: AbortSignal) => {
    const { id } = entry.offered.source
    entry.itemsAgain = entry.listing
    if (entry.listing) return undefined
    entry.listing = true
    const listing = listItems(features, { sourceId: id, signal, before: entry.items ?? noItems })
    void listing.then(() => {
      entry.listing = false
      if (entry.itemsAgain && entries.get(id) === entry) onSourceChange(entry)
    })
    return listing
  }
  /** @returns whether they are others than before */
  const takeItems = (entry: Entry, { items, problems }: ListedItems): boolean => {
    if (entries.get(entry.offered.source.id) !== entry) return false
    for (const problem of problems) if (!entry.itemProblems?.includes(problem)) log('warn', problem)
    entry.itemProblems = problems
    const isSame = isDeepStrictEqual(items, entry.items ?? noItems)
    entry.items = items
    return !isSame
  }
  /** Told once: a list that is large stays so, and the next one is a little longer. */
  const noteSize = (entry: Entry): void => {
    const { id } = entry.offered.source
    const offered = catalog.entries.filter(({ sourceId }) => sourceId === id).map(({ tool }) => tool)
    const isNew = entry.notice === undefined
    const notice = suggestSearch(id, offered, limits)
    if (notice === undefined) delete entry.notice
    else entry.notice = notice
    if (isNew && notice !== undefined) log('warn', notice)
  }
  const tell = (entry: Entry, level: 'info' | 'warn', message: string, kind: string): void => {
    if (entry.told !== kind) log(level, message)
    entry.told = kind
  }

  const add = (offered: OfferedSource): Entry => {
    const entry = newEntry(offered, {
      waitMs: limits.firstListWaitMs,
      onWaited: () => waiting.delete(entry),
      onChange: () => onSourceChange(entry),
    })
    waiting.add(entry)
    return entry
  }
  /** What has been away for long leaves the lists, and comes back with its next one. */
  const sweep = setInterval(
    () => {
      const away = [...entries.values()].filter(({ offered: { source }, tools }) => {
        return tools !== undefined && isLongAway(source.health(), limits.keepListMs, Date.now())
      })
      for (const entry of away) {
        delete entry.tools
        delete entry.items
        const { id } = entry.offered.source
        const why = `has been away for more than ${limits.keepListMs} ms (limits.keepListMs)`
        tell(entry, 'warn', `"${id}" ${why}; its tools are no longer listed until it is back.`, 'away')
      }
      if (away.length > 0) rebuild()
    },
    Math.max(Math.min(limits.keepListMs / 4, 30_000), 10),
  ).unref()
  const drop = (entry: Entry): void => {
    entry.unfollow()
    entry.endWait()
    clearTimeout(entry.timer)
  }

  return {
    catalog: () => catalog,
    source: id => entries.get(id)?.offered.source,
    sources: () => [...entries.values()].map(({ offered }) => offered.source),
    notice: id => entries.get(id)?.notice,
    async settled(sourceIds) {
      const wanted = sourceIds?.flatMap(id => entries.get(id) ?? []) ?? [...entries.values()]
      await Promise.all(wanted.map(({ first }) => first))
    },
    freshen(sourceIds) {
      // Where a list is due anyway it is not read twice.
      for (const entry of sourceIds.flatMap(id => entries.get(id) ?? []))
        if (entry.timer === undefined && isStale(entry, performance.now())) runIn(0, entry)
    },
    isSettled: () => waiting.size === 0,
    replace(sources, newGroups) {
      const before = new Map(entries)
      entries.clear()
      groups = newGroups
      for (const offered of sources) {
        const old = before.get(offered.source.id)
        if (old?.offered.source !== offered.source) entries.set(offered.source.id, add(offered))
        else {
          old.offered = offered
          entries.set(offered.source.id, old)
          before.delete(offered.source.id)
        }
      }
      for (const entry of before.values()) drop(entry)
      rebuild()
      for (const entry of entries.values()) if (waiting.has(entry) && !entry.running) void run(entry)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      clearInterval(sweep)
      for (const entry of entries.values()) drop(entry)
      entries.clear()
      listeners.clear()
    },
  }
}
