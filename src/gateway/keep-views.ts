import type { Caller } from '../core/caller.ts'
import type { Endpoint, View } from '../core/catalog.ts'
import { viewOf } from '../core/catalog.ts'
import type { Access } from '../core/policy.ts'
import type { Refresh } from './refresh.ts'

/** Whose view it is, and where. */
type Seen = Readonly<{ caller: Caller; endpoint: Endpoint; narrowedTo?: readonly string[] }>

/** How many views are kept; a view is cut again when its turn comes. */
const maxViews = 500

/**
 * Cuts views out of the catalog as it is, and keeps them until it is another.
 *
 * @param accessOf - what a scope may see
 */
export function keepViews(
  refresh: Pick<Refresh, 'catalog' | 'onChange'>,
  accessOf: (scope: Seen) => Access,
): (scope: Seen) => View {
  const views = new Map<string, View>()
  let plainViews = new WeakMap<Access, View>()
  refresh.onChange(() => {
    views.clear()
    plainViews = new WeakMap()
  })

  const cutView = (endpoint: Endpoint, access: Access): View => {
    const key = JSON.stringify([endpoint, access])
    const known = views.get(key)
    if (known !== undefined) return known
    const cut = viewOf(refresh.catalog(), endpoint, access)
    if (views.size >= maxViews) views.delete(views.keys().next().value ?? '')
    views.set(key, cut)
    return cut
  }

  return scope => {
    const { endpoint, caller, narrowedTo } = scope
    // What nearly every call asks for, found without writing its key.
    const isPlain = endpoint.kind === 'all' && narrowedTo === undefined
    const plain = isPlain ? plainViews.get(caller.access) : undefined
    if (plain !== undefined) return plain
    const found = cutView(endpoint, accessOf(scope))
    if (isPlain) plainViews.set(caller.access, found)
    return found
  }
}
