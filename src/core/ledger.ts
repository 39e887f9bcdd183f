import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'
import type { LockedSource } from './lock.ts'
import type { Ledger } from './tool-name.ts'
import { maxNameLength, withPrefix } from './tool-name.ts'
import type { SourceTool } from './tool-source.ts'

/** The prefix of one source and its names, with and without it: both are kept, since their lengths differ. */
export type SourceLedger = Readonly<{ prefix: string; prefixed: Ledger; own: Ledger }>

/** An upstream that names its tools anew each time must not make us remember all of them. */
export const maxGone = 10_000

/** Nor must someone who adds sources under ever new ids and takes them away again. */
export const maxGoneSources = 100

/** The ledgers of the sources that there are, behind those of the ones that went last. */
export function keepLedgers(
  ledgers: ReadonlyMap<string, SourceLedger>,
  sourceIds: readonly string[],
): ReadonlyMap<string, SourceLedger> {
  const there = new Set(sourceIds)
  const all = [...ledgers]
  const gone = all.filter(([id]) => !there.has(id))
  return new Map([...gone.slice(-maxGoneSources), ...all.filter(([id]) => there.has(id))])
}

/** A ledger as JSON: `[key, name]`, or `[key, name, ownName]` where the two differ; null where a name is not kept. */
export function toLedgerJson({ prefix, prefixed, own }: SourceLedger): JsonObject {
  const keys = new Set([...prefixed.keys(), ...own.keys()])
  const names = [...keys].map(key => {
    const [name, ownName] = [prefixed.get(key) ?? null, own.get(key) ?? null]
    return name === ownName ? [key, name] : [key, name, ownName]
  })
  return { version: 1, prefix, names }
}

/** Reads what {@link toLedgerJson} made; undefined for anything else. A row that cannot be a name is left out. */
export function fromLedgerJson(value: unknown): SourceLedger | undefined {
  if (!isObject(value) || value.version !== 1 || !isPrefix(value.prefix) || !Array.isArray(value.names))
    return undefined
  const [prefixed, own] = [new Map<string, string>(), new Map<string, string>()]
  for (const row of value.names) {
    const [key, name, ownName = name]: unknown[] = Array.isArray(row) ? row : []
    if (typeof key !== 'string') continue
    if (isName(name)) prefixed.set(key, name)
    if (isName(ownName)) own.set(key, ownName)
  }
  return { prefix: value.prefix, prefixed, own }
}

/**
 * The names that a lock gives, over those of a ledger: what was reviewed and is shared wins over what this machine
 * happens to remember.
 */
export function withLockedNames(ledger: SourceLedger | undefined, locked: LockedSource): SourceLedger {
  const start = withPrefix(locked.prefix, '')
  const [prefixed, own] = [new Map(ledger?.prefixed), new Map(ledger?.own)]
  for (const [key, { name, ownName }] of locked.tools) {
    const local = name.slice(start.length)
    if (!name.startsWith(start) || !isName(local)) continue
    prefixed.set(key, local)
    own.set(key, ownName ?? local)
  }
  return { prefix: locked.prefix, prefixed, own }
}

/**
 * Adds what another process remembers, where no key and no name of ours stands against it. Of that no more is kept than
 * of names that are gone, or each write would make what is stored longer.
 */
export function mergeLedgers(ours: SourceLedger, theirs: SourceLedger): SourceLedger {
  const merge = (mine: Ledger, other: Ledger): Ledger => {
    const taken = new Set([...mine.values()].map(name => name.toLowerCase()))
    const added = [...other].filter(([key, name]) => !mine.has(key) && !taken.has(name.toLowerCase()))
    return new Map([...added.slice(-maxGone), ...mine])
  }
  return {
    prefix: ours.prefix,
    prefixed: merge(ours.prefixed, theirs.prefixed),
    own: merge(ours.own, theirs.own),
  }
}

/** Gives a tool that goes by another key now the name of its former one, where that key is gone and it has none yet. */
export function moveNames(ledger: Ledger, tools: readonly SourceTool[]): Ledger {
  const moved = tools.filter(
    ({ key, formerKey }) => formerKey !== undefined && !ledger.has(key) && ledger.has(formerKey),
  )
  if (moved.length === 0) return ledger
  const listed = new Set(tools.map(({ key }) => key))
  const next = new Map(ledger)
  for (const { key, formerKey = '' } of moved) {
    const name = next.get(formerKey)
    if (name === undefined || listed.has(formerKey)) continue
    next.delete(formerKey)
    next.set(key, name)
  }
  return next
}

/** True for what may stand before `__`: the store's file may have been edited. */
export function isPrefix(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,24}$/.test(value) && !value.includes('__')
}

/** True for a name that a tool may have: the store's file, or the lock, may have been edited. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxNameLength && /^[A-Za-z0-9_-]+$/.test(value)
}
