import type { Caller } from '../core/caller.ts'
import type { Catalog } from '../core/catalog.ts'
import { closestWord, maxWordLength } from '../core/closest-word.ts'
import { GatewayError } from '../core/errors.ts'

/** What a list of names may take in an error. */
const maxListed = 160

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
  const text = `No ${what} is named "${name.slice(0, maxWordLength)}". ${remedyOf(name, names)}`
  return new GatewayError('SOURCE_NOT_FOUND', text)
}

function remedyOf(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'There is none that you may use: see "mcpServers", or the limits of the key.'
  const near = closestWord(name, names)
  if (near !== undefined) return `Did you mean "${near}"?`
  const listed = names.map(each => `"${each}"`).join(', ')
  return listed.length <= maxListed ? `Known: ${listed}.` : 'GET /mcp-rest/tools/list tells the server of each tool.'
}
