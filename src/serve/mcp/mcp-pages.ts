import type { View } from '../../core/catalog.ts'
import { GatewayError } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import { keyOfItem } from '../../core/items.ts'
import type { JsonObject } from '../../core/json.ts'
import type { ListKind } from '../../core/list-hints.ts'
import type { Tool } from '../../core/tool.ts'
import type { Sealer } from '../seal.ts'
import { keepPages } from './kept-pages.ts'

/**
 * Which page of which list, of what size, and what this era needs: the form of a tool, and what stands beside the items.
 * `variant` names both in the cache.
 */
export type PageRequest = Readonly<{
  kind: ListKind
  cursor: unknown
  pageSize: number
  extra: JsonObject
  toTool: (tool: Tool) => Tool
  variant: string
  sealer: Sealer
}>

/**
 * The result of a list of MCP for one page of a view, as bytes that are made once per view.
 *
 * An absent cursor and an empty one mean the first page (MCP, server/utilities/pagination: a cursor is any string).
 *
 * @throws GatewayError `CURSOR_INVALID` for a cursor that we did not give for a list of this kind
 */
export function pageOf(view: View, { kind, cursor, pageSize, extra, toTool, variant, sealer }: PageRequest): Buffer {
  const all: readonly Item[] = kind === 'tools' ? view.tools : view.items[kind]
  const start = cursor === undefined || cursor === '' ? 0 : findStart(kind, all, sealer.open(purposeOf(kind), cursor))
  const key = `${kind} ${variant} ${start}`
  const known = kept.find(view, key)
  if (known !== undefined) return known
  const items = all.slice(start, start + pageSize)
  const last = items.at(-1)
  const more = last !== undefined && start + pageSize < all.length
  const page = Buffer.from(
    JSON.stringify({
      ...extra,
      [kind]: kind === 'tools' ? items.map(item => toTool(item as Tool)) : items,
      ...(more && { nextCursor: sealer.seal(purposeOf(kind), [keyOf(kind, last), start + items.length]) }),
    }),
  )
  // Only where our own pages begin: a list that has changed lets them begin anywhere, and each would be kept.
  if (start % pageSize === 0) kept.keep(view, key, page)
  return page
}

/**
 * Ten thousand tools of usual size take half of what one view may; what is far larger is written anew for each client, and so
 * is what many callers see who all see something else.
 */
const kept = keepPages({ maxBytesOfView: 33_554_432, maxBytes: 134_217_728 })

/** A cursor names the last item of its page and where the next begins, so that it works after the list has changed. */
function findStart(kind: ListKind, all: readonly Item[], opened: unknown): number {
  if (!Array.isArray(opened))
    throw new GatewayError('CURSOR_INVALID', 'The cursor is not one of ours. Start again without a cursor.')
  const [last, next] = opened as [string, number]
  const there = all[next - 1]
  if (there !== undefined && keyOf(kind, there) === last) return next
  const moved = all.findIndex(item => keyOf(kind, item) === last)
  return moved < 0 ? Math.min(next, all.length) : moved + 1
}

function keyOf(kind: ListKind, item: Item): string {
  return kind === 'tools' ? String(item.name) : keyOfItem(kind, item)
}

function purposeOf(kind: ListKind): string {
  return `cursor ${kind}`
}
