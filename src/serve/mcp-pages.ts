import type { View } from '../core/catalog.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Tool } from '../core/tool.ts'

/**
 * Which page, of what size, and what this era needs: the form of a tool, and what stands beside the tools. `variant`
 * names both in the cache.
 */
export type PageRequest = Readonly<{
  cursor: unknown
  pageSize: number
  extra: JsonObject
  toTool: (tool: Tool) => Tool
  variant: string
}>

/**
 * The result of tools/list for one page of a view, as bytes that are made once per view.
 *
 * @throws GatewayError `CURSOR_INVALID` for a cursor that we did not give
 */
export function pageOf(view: View, { cursor, pageSize, extra, toTool, variant }: PageRequest): Buffer {
  const start = cursor === undefined ? 0 : readCursor(view, cursor)
  const key = `${variant} ${start}`
  const pages = cache.get(view) ?? new Map<string, Buffer>()
  cache.set(view, pages)
  const known = pages.get(key)
  if (known !== undefined) return known
  const tools = view.tools.slice(start, start + pageSize)
  const last = tools.at(-1)
  const more = last !== undefined && start + pageSize < view.tools.length
  const page = Buffer.from(
    JSON.stringify({
      ...extra,
      tools: tools.map(toTool),
      ...(more && { nextCursor: writeCursor(last, start + tools.length) }),
    }),
  )
  // Only where our own pages begin: a client that makes up cursors must not make us keep a page for each.
  const kept = [...pages.values()].reduce((bytes, each) => bytes + each.length, page.length)
  if (start % pageSize === 0 && kept <= maxKeptBytes) pages.set(key, page)
  return page
}

/** Of one view. Ten thousand tools of usual size take half of it; what is far larger is written anew for each client. */
const maxKeptBytes = 33_554_432

/** Ends with the view: when a new catalog replaces it, its pages go too. */
const cache = new WeakMap<View, Map<string, Buffer>>()

/** Names the last tool of the page and where the next begins, so that it still works after the list has changed. */
function writeCursor(last: Tool, next: number): string {
  return Buffer.from(JSON.stringify([last.name, next])).toString('base64url')
}

function readCursor(view: View, cursor: unknown): number {
  try {
    const [name, next]: unknown[] = JSON.parse(Buffer.from(String(cursor), 'base64url').toString('utf8'))
    if (typeof name !== 'string' || !Number.isSafeInteger(next) || Number(next) < 0) throw new Error('not ours')
    if (view.tools[Number(next) - 1]?.name === name) return Number(next)
    const moved = view.tools.findIndex(tool => tool.name === name)
    return moved < 0 ? Math.min(Number(next), view.tools.length) : moved + 1
  } catch (cause) {
    throw new GatewayError('CURSOR_INVALID', 'The cursor is not one of ours. Start again without a cursor.', { cause })
  }
}
