import { createHash } from 'node:crypto'
import type { SourceTool } from './tool-source.ts'

/** A name that every client and provider accepts: 1 to 60 characters of `[A-Za-z0-9_-]`. */
export type ToolName = string

/** The names given before, key to name. They are kept, and new tools step around them. */
export type Ledger = ReadonlyMap<string, ToolName>

/** No names given before. */
export const emptyLedger: Ledger = new Map()

/** Cursor drops a tool when server and tool name together pass 60 characters; LLM providers stop at 64. */
export const maxNameLength = 60

/** Stands between a source's prefix and the tool's name. No prefix ever contains it. */
export const separator = '__'

/** Leaves at least 34 characters of the 60 for the tool. */
const maxPrefixLength = 24

/**
 * Names every tool of one source.
 *
 * The names depend only on the prefix, the set of its tools and the ledger, never on the order of the tools, so a
 * restart or a re-sorted document renames nothing. Names that are legal as they are keep themselves; when two keys meet
 * on one name, the altered ones get `_2`, `_3`, ... in the order of their rank. The same holds for keys that differ
 * only in case: the first by rank keeps its name.
 *
 * @param prefix - the source's prefix from {@link namePrefixes}, or '' at the endpoint of one source
 * @param tools - any order; keys are unique
 * @param ledger - names given before at this endpoint, without the prefix
 * @returns one name per key, in the order of `tools`, without the prefix; with `prefix__` in front each is legal, and
 *   distinct also ignoring case
 */
export function nameTools(prefix: string, tools: readonly SourceTool[], ledger: Ledger): Map<string, ToolName> {
  const room = maxNameLength - withPrefix(prefix, '').length
  const wishes = tools.map(({ key, rank, tool }) => ({
    key,
    rank,
    wanted: tool.name,
    name: shorten(tool.name, room, key),
  }))
  return settle(wishes, room, ledger)
}

/** Puts a source's prefix before a tool's name; '' stands for the endpoint of one source, which has none. */
export function withPrefix(prefix: string, name: ToolName): ToolName {
  return prefix === '' ? name : prefix + separator + name
}

/**
 * Gives each source the prefix of its tools' names: its id made legal, without `__` inside or `_` at an end, so that
 * the first `__` of a public name always ends the prefix and two sources can never share a name.
 *
 * @param sourceIds - distinct, any order
 * @param ledger - prefixes given before; they are kept, so that no tool is renamed because a second source arrived
 * @returns id to prefix: 1 to 24 characters of `[A-Za-z0-9_-]`, distinct also ignoring case
 */
export function namePrefixes(sourceIds: readonly string[], ledger: Ledger = emptyLedger): Map<string, string> {
  const wishes = sourceIds.map(id => {
    const squeezed = id.replace(/[^A-Za-z0-9-]+/gu, '_').replace(/^_|_$/g, '')
    return { key: id, rank: id, wanted: id, name: shorten(squeezed, maxPrefixLength, id).replace(/_+/g, '_') }
  })
  return settle(wishes, maxPrefixLength, ledger)
}

/**
 * Says why a tool is not called what its source calls it, for people: in lists, previews and the CLI.
 *
 * @param wanted - the source's own name for it
 * @param name - the public name without its prefix
 * @returns undefined when nothing was changed
 */
export function explainName(wanted: string, name: string): string | undefined {
  if (wanted === name) return undefined
  const legal = makeLegal(wanted)
  if (legal === name) return 'characters outside [A-Za-z0-9_-] became _'
  if (/_\d+$/.test(name) && legal.startsWith(name.replace(/_\d+$/, ''))) return 'another tool has the same name'
  if (/_[0-9a-f]{8}(_\d+)?$/.test(name)) return `cut to ${maxNameLength} characters with its prefix, ends in a hash`
  return 'kept from an earlier list'
}

/** What a key would like to be called (`wanted`), and that name made legal and short (`name`). */
type Wish = Readonly<{ key: string; rank: string; wanted: string; name: string }>

/** The ledger's names first, then the untouched, then the altered, which also step around names of tools now gone. */
function settle(wishes: readonly Wish[], maxLength: number, ledger: Ledger): Map<string, ToolName> {
  const given = new Map<string, ToolName>()
  const taken = new Set<string>()
  const claim = (key: string, name: string): boolean => {
    if (taken.has(name.toLowerCase())) return false
    taken.add(name.toLowerCase())
    given.set(key, name)
    return true
  }

  const unnamed = wishes.toSorted(byRank).filter(({ key }) => {
    const kept = ledger.get(key)
    return kept === undefined || kept.length > maxLength || !claim(key, kept)
  })
  const altered = unnamed.filter(({ key, wanted, name }) => wanted !== name || !claim(key, name))
  // A tool that is gone for a while must not come back to find a newcomer under its name.
  for (const name of ledger.values()) taken.add(name.toLowerCase())

  const nextSuffix = new Map<string, number>()
  for (const { key, name } of altered) {
    if (claim(key, name)) continue
    const stem = name.toLowerCase()
    let suffix = nextSuffix.get(stem) ?? 2
    while (!claim(key, withSuffix(name, suffix, maxLength))) suffix += 1
    nextSuffix.set(stem, suffix + 1)
  }
  return new Map(wishes.map(({ key }) => [key, given.get(key) ?? '']))
}

/** By code unit, not by locale: the same on every machine. */
function byRank(a: Wish, b: Wish): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

/** Makes a name legal and short enough. What is cut ends in a hash of its identity, so that long neighbours differ. */
function shorten(wanted: string, maxLength: number, identity: string): string {
  const legal = makeLegal(wanted)
  if (legal === '' || (legal !== wanted && !/[A-Za-z0-9]/.test(legal))) return `tool_${hash(identity)}`
  return legal.length <= maxLength ? legal : `${legal.slice(0, maxLength - 9)}_${hash(identity)}`
}

function makeLegal(wanted: string): string {
  return wanted.replace(/[^A-Za-z0-9_-]/gu, '_')
}

/** The suffix fits inside the limit; a cut stem loses its last `_`, so that no prefix ever gets `__`. */
function withSuffix(name: string, suffix: number, maxLength: number): string {
  const tail = `_${suffix}`
  if (name.length + tail.length <= maxLength) return name + tail
  return name.slice(0, maxLength - tail.length).replace(/_+$/, '') + tail
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
