import { closest, distance } from 'fastest-levenshtein'
import type { Caller } from '../core/caller.ts'
import type { Catalog } from '../core/catalog.ts'
import { GatewayError } from '../core/errors.ts'

/** What a list of names may take in an error. */
const maxListed = 160

/** Ids are no longer; to compare texts without bound takes time without bound. */
const maxNameLength = 100

/** The names of servers and groups that a caller may use: of a group it needs to see one member. */
export function namesFor(
  { sourceIds, groups }: Pick<Catalog, 'sourceIds' | 'groups'>,
  { access: { sources } }: Caller,
): readonly string[] {
  const sees = (id: string): boolean => sources?.includes(id) ?? true
  const seen = Object.entries(groups).filter(([, ids]) => sources === undefined || ids.some(sees))
  return [...sourceIds.filter(sees), ...seen.map(([name]) => name)]
}

/**
 * The error of a name that nothing has: with the name that was probably meant, or all of them where they are few.
 *
 * @param names - those that the caller may use; no other is told
 */
export function noSource(what: string, name: string, names: readonly string[]): GatewayError {
  const text = `No ${what} is named "${name.slice(0, maxNameLength)}". ${remedyOf(name, names)}`
  return new GatewayError('SOURCE_NOT_FOUND', text)
}

function remedyOf(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'There is none that you may use: see "mcpServers", or the limits of the key.'
  const near = nearest(name, names)
  if (near !== undefined) return `Did you mean "${near}"?`
  const listed = names.map(each => `"${each}"`).join(', ')
  return listed.length <= maxListed ? `Known: ${listed}.` : 'GET /mcp-rest/tools/list tells the server of each tool.'
}

function nearest(name: string, names: readonly string[]): string | undefined {
  if (name.length > maxNameLength) return undefined
  const wanted = name.toLowerCase()
  const best = closest(
    wanted,
    names.map(each => each.toLowerCase()),
  )
  const away = distance(wanted, best)
  const isNear = away < wanted.length && away <= Math.max(2, Math.floor(wanted.length / 3))
  return isNear ? names.find(each => each.toLowerCase() === best) : undefined
}
