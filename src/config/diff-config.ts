import { isDeepStrictEqual } from 'node:util'
import type { SourceConfig } from '../core/source-config.ts'

/** What a new configuration means for the sources. Each list is in the order of the file. */
export type SourceDiff = Readonly<{
  added: readonly SourceConfig[]
  /** As they were before. */
  removed: readonly SourceConfig[]
  /** As they are now. */
  changed: readonly SourceConfig[]
  unchanged: readonly SourceConfig[]
}>

/** Compares two lists of sources by id and by everything they hold; the order of keys means nothing. */
export function diffSources(before: readonly SourceConfig[], after: readonly SourceConfig[]): SourceDiff {
  const old = new Map(before.map(source => [source.id, source]))
  const kept = new Set(after.map(({ id }) => id))
  const isSame = (source: SourceConfig): boolean => isDeepStrictEqual(source, old.get(source.id))
  return {
    added: after.filter(({ id }) => !old.has(id)),
    removed: before.filter(({ id }) => !kept.has(id)),
    changed: after.filter(source => old.has(source.id) && !isSame(source)),
    unchanged: after.filter(isSame),
  }
}
