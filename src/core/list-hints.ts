import type { ItemKind } from './items.ts'

/** What MCP lists, by the field of the list's result. */
export type ListKind = 'tools' | ItemKind

/**
 * What a server says of a list (MCP 2026-07-28, server/utilities/caching): how long it may be kept, in milliseconds, where
 * it says so, and whether it is not for everyone.
 */
export type ListHints = Readonly<{ ttlMs?: number; isPrivate?: boolean }>

/** What holds for lists that are joined: the shortest time, and private where one of them is. */
export function strictest(hints: readonly ListHints[]): ListHints {
  const times = hints.flatMap(({ ttlMs }) => ttlMs ?? [])
  return {
    ...(times.length > 0 && { ttlMs: Math.min(...times) }),
    ...(hints.some(({ isPrivate }) => isPrivate) && { isPrivate: true }),
  }
}
