import type { JsonObject } from '../../../core/json.ts'
import { BadArgument } from './bad-argument.ts'
import type { PlannedParameter, RequestPlan } from './request-plan.ts'
import { toPathText } from './serialise.ts'

/** What Node accepts in a request line without being told, less room for the headers. */
const maxUrlLength = 8_192

/**
 * Builds the URL of one call. Values never change where it leads: a path value that is empty or a dot segment is refused,
 * and the finished URL is compared with what was meant.
 *
 * @param query - the arguments' pairs, ready
 * @param template - as the document has it, for errors
 * @throws BadArgument
 */
export function buildUrl(plan: RequestPlan, base: URL, args: JsonObject, query: string, template: string): URL {
  const { origin, pathname: basePath, search } = base
  let path = basePath.endsWith('/') ? basePath.slice(0, -1) : basePath
  for (const { before, pieces } of plan.segments) path += before + expandSegment(pieces, args)
  path += plan.tail
  let whole = search.length > 1 ? search.slice(1) : ''
  for (const pair of plan.fixedQuery) {
    if (pair.replacedBy !== undefined && isGiven(args, pair.replacedBy)) continue
    const isPlaceholder = pair.replacedBy !== undefined && pair.pieces.some(isUnfilled)
    if (!isPlaceholder) whole = join(whole, pair.pieces.map(piece => expand(piece, args)).join(''))
  }
  whole = join(whole, query)
  const text = whole === '' ? origin + path : `${origin}${path}?${whole}`
  const url = URL.parse(text)
  // An empty path is written as `/`.
  if (url === null || url.origin !== origin || url.pathname !== (path === '' ? '/' : path)) {
    throw new BadArgument(`The path ${JSON.stringify(template)} cannot be called with these arguments.`)
  }
  if (text.length > maxUrlLength) {
    throw new BadArgument(`The arguments make a URL of ${text.length} characters; at most ${maxUrlLength} are sent.`)
  }
  return url
}

/** One segment of the path, which may mix text and placeholders. */
function expandSegment(pieces: readonly (string | PlannedParameter)[], args: JsonObject): string {
  const text = pieces.length === 1 ? expand(pieces[0] ?? '', args) : pieces.map(piece => expand(piece, args)).join('')
  // Encoding leaves dots alone, and a URL parser takes `..` as one segment up (WHATWG URL, "double-dot path segment").
  if (text.includes('/') ? text.split('/').some(leadsElsewhere) : isDots(text)) {
    const keys = pieces.flatMap(piece => (typeof piece === 'string' ? [] : [`"${piece.key}"`]))
    const what = text.includes('/') ? 'have an empty part, or one that is "." or ".."' : 'be "." or ".."'
    throw new BadArgument(`${keys.join(', ')} must not ${what}: it is part of the path.`)
  }
  return text
}

function expand(piece: string | PlannedParameter, args: JsonObject): string {
  if (typeof piece === 'string') return piece
  const { key, slot } = piece
  if (!isGiven(args, key)) throw new BadArgument(`The path needs a value for "${key}".`)
  const text = toPathText(slot.name, args[key], slot.encoding)
  if (text === '') throw new BadArgument(`"${key}" must not be empty: it is part of the path.`)
  return text
}

function isGiven(args: JsonObject, key: string): boolean {
  return Object.hasOwn(args, key) && args[key] !== undefined && args[key] !== null
}

function leadsElsewhere(segment: string): boolean {
  return segment === '' || isDots(segment)
}

function isDots(text: string): boolean {
  return text.length <= 6 && dots.test(text)
}

const dots = /^(?:\.|%2e){1,2}$/i

/** A placeholder of a query parameter that was not given; planning left it as text. */
function isUnfilled(piece: string | PlannedParameter): boolean {
  return typeof piece === 'string' && piece.includes('%7B')
}

function join(query: string, more: string): string {
  if (query === '' || more === '') return query + more
  return `${query}&${more}`
}
