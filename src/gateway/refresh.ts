import type { Catalog, CatalogSource } from '../core/catalog.ts'
import { buildCatalog, emptyCatalog } from '../core/catalog.ts'
import { messageOf } from '../core/errors.ts'
import type { Limits } from '../core/limits.ts'
import type { SourceTool, ToolSource } from '../core/tool-source.ts'

/** A source with the rules of its entry in the configuration. */
export type OfferedSource = Readonly<{
  source: ToolSource
  allowedTools?: readonly string[]
  disallowedTools?: readonly string[]
}>

/** Keeps the catalog up to date with its sources. */
export type Refresh = Readonly<{
  catalog(): Catalog
  /** The source of an entry; undefined once it was removed. */
  source(id: string): ToolSource | undefined
  sources(): readonly ToolSource[]
  /** Resolves when every source (or the one named) has been listed or has failed once, or the wait is over. */
  settled(sourceId?: string): Promise<void>
  /** Takes over another set of sources and groups. Lists of sources that stay are kept; removed ones are not closed. */
  replace(sources: readonly OfferedSource[], groups: Catalog['groups']): void
  /** Called after each new catalog. Returns the way to stop listening. */
  onChange(listener: () => void): () => void
  close(): void
}>

/** Between two lists of one source, however often it says that it changed. */
const pauseMs = 250

type Entry = {
  offered: OfferedSource
  tools?: readonly SourceTool[]
  first: PromiseWithResolvers<void>
  running: boolean
  again: boolean
  timer?: NodeJS.Timeout
  unfollow: () => void
}

/**
 * Lists every source by itself, at once and whenever it says that it changed, and builds a catalog from what is there.
 *
 * A source that cannot be listed delays nobody. The list it gave last stays, so that its tools answer with a clear
 * error rather than vanish from the clients; a source that never gave one has no tools yet.
 */
export function keepCatalog(limits: Limits, log: (level: 'info' | 'warn', message: string) => void): Refresh {
  const entries = new Map<string, Entry>()
  const listeners = new Set<() => void>()
  let groups: Catalog['groups'] = {}
  let catalog = emptyCatalog

  const rebuild = (): void => {
    const sources = [...entries.values()].map(
      ({ offered: { source, ...rules }, tools = [] }): CatalogSource => ({ id: source.id, ...rules, tools }),
    )
    catalog = buildCatalog(sources, groups, catalog)
    for (const listener of listeners) listener()
  }
  const refresh = async (entry: Entry): Promise<void> => {
    if (entry.running || entry.timer !== undefined) {
      entry.again = true
      return
    }
    entry.running = true
    entry.again = false
    const { source } = entry.offered
    try {
      const tools = await source.list({ signal: AbortSignal.timeout(limits.startTimeoutMs + limits.listTimeoutMs) })
      if (entries.get(source.id) !== entry) return
      entry.tools = tools
      log('info', `"${source.id}" offers ${tools.length} tools.`)
      rebuild()
    } catch (error) {
      log('warn', `"${source.id}" could not be listed: ${messageOf(error)}`)
    } finally {
      entry.first.resolve()
      entry.running = false
      entry.timer = setTimeout(() => {
        delete entry.timer
        if (entry.again && entries.get(source.id) === entry) void refresh(entry)
      }, pauseMs)
      entry.timer.unref()
    }
  }

  const add = (offered: OfferedSource): Entry => {
    const entry: Entry = { offered, first: Promise.withResolvers(), running: false, again: false, unfollow: () => {} }
    entry.unfollow = offered.source.onChange(() => void refresh(entry))
    return entry
  }
  const drop = (entry: Entry): void => {
    entry.unfollow()
    entry.first.resolve()
    clearTimeout(entry.timer)
  }

  return {
    catalog: () => catalog,
    source: id => entries.get(id)?.offered.source,
    sources: () => [...entries.values()].map(({ offered }) => offered.source),
    async settled(sourceId) {
      const waiting = sourceId === undefined ? [...entries.values()] : [entries.get(sourceId)]
      const all = Promise.all(waiting.map(entry => entry?.first.promise))
      await Promise.race([all, new Promise(resolve => setTimeout(resolve, limits.firstListWaitMs).unref())])
    },
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
      for (const entry of entries.values()) if (entry.tools === undefined) void refresh(entry)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      for (const entry of entries.values()) drop(entry)
      entries.clear()
      listeners.clear()
    },
  }
}
