import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { canonicalJson } from '../../core/lock.ts'
import type { SourceTool } from '../../core/tool-source.ts'

/** What became of the tools of a document, by key, each list in the order of the document that has them. */
export type DocumentDiff = Readonly<{
  added: readonly string[]
  removed: readonly string[]
  changed: readonly string[]
  /** The same operation under another method or path. */
  moved: readonly Readonly<{ from: string; to: string }>[]
}>

/**
 * Compares the tools of two versions of a document.
 *
 * One that is gone and one that is new are the same operation when they have the same operationId, or the same
 * description and arguments, and no other does: then it has moved. One that moved is not also counted as changed.
 *
 * It lets other work in between, since there may be many thousand tools.
 */
export async function diffDocuments(
  before: readonly SourceTool[],
  after: readonly SourceTool[],
): Promise<DocumentDiff> {
  const [old, now] = [byKey(before), byKey(after)]
  const gone = before.filter(({ key }) => !now.has(key))
  const fresh = after.filter(({ key }) => !old.has(key))
  const moved = [...pair(gone, fresh, ({ tool }) => tool.name)]
  const [left, came] = [without(gone, moved, 'from'), without(fresh, moved, 'to')]
  moved.push(...pair(left, came, ({ tool }) => canonicalJson([tool.description, tool.inputSchema])))
  return {
    added: without(fresh, moved, 'to').map(({ key }) => key),
    removed: without(gone, moved, 'from').map(({ key }) => key),
    changed: await findChanged(old, after),
    moved,
  }
}

/** Tools that are compared in one go: some milliseconds. */
const batch = 200

async function findChanged(
  old: ReadonlyMap<string, SourceTool>,
  after: readonly SourceTool[],
): Promise<readonly string[]> {
  const changed: string[] = []
  for (const [index, { key, tool }] of after.entries()) {
    if (index % batch === batch - 1) await setImmediate()
    const before = old.get(key)
    // The order of keys in an object means nothing to it.
    if (before !== undefined && !isDeepStrictEqual(before.tool, tool)) changed.push(key)
  }
  return changed
}

/** True when nobody needs to hear of it. */
export function isEmptyDiff({ added, removed, changed, moved }: DocumentDiff): boolean {
  return [added, removed, changed, moved].every(list => list.length === 0)
}

/** The diff in words: how many of each, and the first of them. */
export function describeDiff({ added, removed, changed, moved }: DocumentDiff): string {
  const moves = moved.map(({ from, to }) => `${from} to ${to}`)
  const parts = [count(added, 'added'), count(removed, 'removed'), count(changed, 'changed'), count(moves, 'moved')]
  return parts.filter(part => part !== '').join('; ')
}

const shownNames = 3

function count(names: readonly string[], verb: string): string {
  if (names.length === 0) return ''
  const shown = names.slice(0, shownNames).map(name => name.slice(0, 120))
  return `${names.length} ${verb} (${shown.join(', ')}${names.length > shownNames ? ', ...' : ''})`
}

/** Joins what only one of each side has. */
function pair(
  gone: readonly SourceTool[],
  fresh: readonly SourceTool[],
  mark: (tool: SourceTool) => string,
): { from: string; to: string }[] {
  if (gone.length === 0 || fresh.length === 0) return []
  const [before, after] = [byMark(gone, mark), byMark(fresh, mark)]
  return [...after].flatMap(([text, [to, another]]) => {
    const [from, other] = before.get(text) ?? []
    return from && to && other === undefined && another === undefined ? [{ from: from.key, to: to.key }] : []
  })
}

function byMark(tools: readonly SourceTool[], mark: (tool: SourceTool) => string): Map<string, SourceTool[]> {
  return Map.groupBy(tools, mark)
}

function byKey(tools: readonly SourceTool[]): ReadonlyMap<string, SourceTool> {
  return new Map(tools.map(tool => [tool.key, tool]))
}

function without<Side extends 'from' | 'to'>(
  tools: readonly SourceTool[],
  moved: DocumentDiff['moved'],
  side: Side,
): readonly SourceTool[] {
  const taken = new Set(moved.map(move => move[side]))
  return tools.filter(({ key }) => !taken.has(key))
}
