import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CatalogEntry, QuarantinedEntry } from '../core/catalog.ts'
import { count } from '../core/count.ts'
import { isObject } from '../core/json.ts'
import type { SourceLock } from '../core/lock.ts'
import { compareDefinitions, hashDefinition, hashesOf } from '../core/lock.ts'
import type { Store } from '../core/store.ts'
import type { CatalogKeeper } from './keep-names.ts'

/** What the report needs. */
export type ReportOptions = Readonly<{
  store: Store
  /** The rule of a source, as it is now. */
  lockOf: (sourceId: string) => SourceLock | undefined
  log: (level: 'info' | 'warn', message: string) => void
}>

/** Hashing is kept off the start: the first lists are served by then. */
const delayMs = 1_000

/** So many definitions are hashed before other work has its turn. */
const batch = 50

/**
 * Tells of definitions that changed although nobody touched our configuration.
 *
 * They are compared with `patchbay.lock.json` where there is one, and otherwise with what the store remembers of the
 * last time; whoever changes an entry of servers.json expects other definitions and is told nothing. Each state is told
 * once.
 *
 * @returns the way to stop
 */
export function reportDefinitions(keeper: CatalogKeeper, options: ReportOptions): () => void {
  const told = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  /** Asked after every wait: what is closed by then must not be used, nor its failure be told. */
  let stopped = false

  const tell = (id: string, level: 'info' | 'warn', message: string): void => {
    if (message !== '' && told.get(id) !== message) options.log(level, message)
    told.set(id, message)
  }
  const check = async (id: string): Promise<void> => {
    const lock = options.lockOf(id)
    const { entries, quarantined } = keeper.catalog()
    const held = quarantined.filter(({ sourceId }) => sourceId === id)
    const all = [...entries.filter(({ sourceId }) => sourceId === id), ...held]
    if (lock === undefined || lock.mode === 'off' || all.length === 0) return
    if (lock.mode === 'enforce') return tell(id, 'warn', describeHeld(id, held))
    const now = await hashAll(all, () => stopped)
    if (stopped) return
    const names = new Map(all.map(({ key, name }) => [key, name]))
    if (lock.present) return tell(id, 'warn', describeUnlocked(id, lock, now, names))
    await compareWithStore(id, lock.entry, now, names)
  }
  const compareWithStore = async (
    id: string,
    entry: string,
    now: ReadonlyMap<string, string>,
    names: ReadonlyMap<string, string>,
  ): Promise<void> => {
    const key = `definitions:${id}`
    const answer = await options.store.get(key)
    if (answer === undefined || stopped) return
    const before = toHashes(answer.value)
    const { added, changed, removed } = compareDefinitions(before?.hashes ?? new Map(), now)
    if (before?.entry === entry && changed.length > 0) {
      const which = listNames(changed, names)
      options.log(
        'warn',
        `${count(changed.length, 'tool')} of "${id}" changed although nobody touched our configuration: ${which}.`,
      )
    }
    if (before?.entry === entry && added.length + changed.length + removed.length === 0) return
    await options.store.set(key, { entry, hashes: Object.fromEntries(now) })
  }

  const schedule = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      running = running.then(async () => {
        for (const id of keeper.catalog().sourceIds) if (!stopped) await check(id)
      })
    }, delayMs).unref()
  }
  const unfollow = keeper.onChange(schedule)
  schedule()
  return () => {
    stopped = true
    unfollow()
    clearTimeout(timer)
  }
}

async function hashAll(
  entries: readonly CatalogEntry[],
  isStopped: () => boolean,
): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>()
  for (const { key, tool } of entries) {
    hashes.set(key, hashDefinition(key, tool))
    if (hashes.size % batch === 0) await nextTurn()
    if (isStopped()) break
  }
  return hashes
}

function describeHeld(id: string, held: readonly QuarantinedEntry[]): string {
  if (held.length === 0) return ''
  const first = held.slice(0, shown).map(({ name, reason }) => `${name} (${reason})`)
  const more = held.length > shown ? ', ...' : ''
  return `${count(held.length, 'tool')} of "${id}" ${held.length === 1 ? 'is' : 'are'} quarantined: ${first.join(', ')}${more}. ${remedy(id)}`
}

function describeUnlocked(
  id: string,
  { entry, locked }: SourceLock,
  now: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
): string {
  if (locked === undefined) return `"${id}" is not in patchbay.lock.json. To add it, run: patchbay lock`
  const { added, changed } = compareDefinitions(hashesOf(locked), now)
  const touched = locked.entry !== entry
  const parts = [
    changed.length > 0 && `${changed.length} changed (${listNames(changed, names)})`,
    added.length > 0 && `${added.length} ${added.length === 1 ? 'is' : 'are'} new (${listNames(added, names)})`,
  ].filter(part => part !== false)
  if (parts.length === 0) return ''
  const why = touched ? 'since its entry was changed' : 'although nobody touched our configuration'
  return `Tools of "${id}" differ from patchbay.lock.json ${why}: ${parts.join('; ')}. ${remedy(id)}`
}

const shown = 5

function listNames(keys: readonly string[], names: ReadonlyMap<string, string>): string {
  const first = keys.slice(0, shown).map(key => names.get(key) ?? key)
  return first.join(', ') + (keys.length > shown ? ', ...' : '')
}

function remedy(id: string): string {
  return `Review them, then run: patchbay lock --accept ${id}`
}

function toHashes(value: unknown): Readonly<{ entry: unknown; hashes: ReadonlyMap<string, string> }> | undefined {
  if (!isObject(value) || !isObject(value.hashes)) return undefined
  return { entry: value.entry, hashes: new Map(Object.entries(value.hashes).map(([key, hash]) => [key, String(hash)])) }
}
