import { distance } from 'fastest-levenshtein'
import type { JsonObject } from '../../core/json.ts'
import type { CallToolResult } from '../../core/tool.ts'
import { errorResult, textResult } from '../../core/tool.ts'
import type { Permits } from '../../core/tool-source.ts'
import { defaultResults } from './gate-tools.ts'
import { groupTools } from './groups.ts'
import type { ToolIndex } from './tool-index.ts'
import type { BoxedTool, Toolbox } from './toolbox.ts'

/** What one search needs. `index` is asked for only where there are words to look up. */
export type SearchParts = Readonly<{
  box: Toolbox
  index: () => Promise<ToolIndex>
  permits: Permits
  maxResults: number
}>

const maxQueryLength = 500
const maxGroups = 100
const maxLineLength = 160
const maxShownArguments = 20
/** With this many tools that have every word, those that have only some would be noise. */
const enough = 3

/**
 * Answers `search`: ranked tools for a query, all tools of a group, or the groups.
 *
 * @returns JSON text; wrong arguments are a failure that says what is right
 */
export async function searchTools(args: JsonObject, parts: SearchParts): Promise<CallToolResult> {
  const { query = '', group } = args
  if (typeof query !== 'string') return errorResult('"query" must be text: a few words.')
  if (group !== undefined && typeof group !== 'string') return errorResult('"group" must be the name of a group.')
  const limit = toCount(args.limit ?? Math.min(defaultResults, parts.maxResults))
  const offset = toCount(args.offset ?? 0)
  if (limit === undefined || limit === 0) return errorResult(`"limit" must be a number from 1 to ${parts.maxResults}.`)
  if (offset === undefined) return errorResult('"offset" must be a number from 0.')

  const words = query.trim().slice(0, maxQueryLength)
  const permitted = parts.box.tools.filter(parts.permits)
  if (words === '' && !group) return listGroups(permitted)
  const members = group ? findGroup(permitted, group) : permitted
  if (members === undefined) return errorResult(unknownGroup(permitted, group ?? ''))
  const { found, partial } = words === '' ? byName(members) : await rank(words, members, parts)
  const shown = found.slice(offset, offset + Math.min(limit, parts.maxResults))
  const total = found.length
  return toResult({
    total,
    ...(partial > 0 && { withSomeWordsOnly: partial }),
    results: shown.map(summarise),
    hint: hintFor(offset + shown.length, total, words),
  })
}

/** The names nearest to one that nobody has, best first, at most five: by their letters, then by their words. */
export async function nearestNames(
  name: string,
  { box, index, permits }: Omit<SearchParts, 'maxResults'>,
): Promise<readonly string[]> {
  const wanted = name.slice(0, maxQueryLength)
  const { all, some } = (await index()).search(wanted)
  const byWords = [...all, ...some].flatMap(place => box.tools[place] ?? [])
  const near = [...findSlips(wanted, box.tools), ...byWords].filter(permits)
  return [...new Set(near.map(tool => tool.name))].slice(0, 5)
}

/** The tools of whose name `wanted` may be a slip of the pen: of four letters one may be wrong. */
function findSlips(wanted: string, tools: readonly BoxedTool[]): readonly BoxedTool[] {
  const most = Math.floor(wanted.length / 4)
  return tools
    .filter(({ name }) => Math.abs(name.length - wanted.length) <= most)
    .map(tool => ({ tool, slips: distance(wanted.toLowerCase(), tool.name.toLowerCase()) }))
    .filter(({ slips }) => slips <= most)
    .sort((a, b) => a.slips - b.slips)
    .map(({ tool }) => tool)
}

/** A tool that is called what the query says comes first, whatever its words weigh. */
async function rank(
  query: string,
  members: readonly BoxedTool[],
  { box, index }: SearchParts,
): Promise<{ found: readonly BoxedTool[]; partial: number }> {
  const inside = new Set(members)
  const exact = box.find(query)
  const pick = (places: readonly number[]): BoxedTool[] =>
    places.flatMap(place => box.tools[place] ?? []).filter(tool => inside.has(tool) && tool !== exact)
  const { all, some } = (await index()).search(query)
  const whole = [...(exact !== undefined && inside.has(exact) ? [exact] : []), ...pick(all)]
  const partly = whole.length >= enough ? [] : pick(some)
  return { found: [...whole, ...partly], partial: partly.length }
}

function byName(members: readonly BoxedTool[]): { found: readonly BoxedTool[]; partial: number } {
  return { found: members.toSorted((a, b) => (a.name < b.name ? -1 : 1)), partial: 0 }
}

function listGroups(permitted: readonly BoxedTool[]): CallToolResult {
  const groups = [...groupTools(permitted)].map(([group, { length }]) => ({ group, tools: length }))
  const more = groups.length - maxGroups
  return toResult({
    total: permitted.length,
    groups: groups.slice(0, maxGroups),
    ...(more > 0 && { groupsNotShown: more }),
    hint: 'Search with "query", list the tools of a group with "group", or do both.',
  })
}

function findGroup(permitted: readonly BoxedTool[], wanted: string): readonly BoxedTool[] | undefined {
  const groups = groupTools(permitted)
  const same = [...groups.keys()].find(group => group.toLowerCase() === wanted.toLowerCase())
  return groups.get(wanted) ?? groups.get(same ?? '')
}

function unknownGroup(permitted: readonly BoxedTool[], wanted: string): string {
  const known = [...groupTools(permitted).keys()]
  const some = known.slice(0, 20).map(group => JSON.stringify(group))
  const more = known.length > some.length ? ` and ${known.length - some.length} more` : ''
  return `No group is named ${JSON.stringify(wanted.slice(0, 80))}. Groups: ${some.join(', ') || 'none'}${more}.`
}

/** One line a tool: enough to choose it, not to call it. */
function summarise({ name, tool }: BoxedTool): JsonObject {
  const { annotations = {}, description = '', inputSchema } = tool
  const [line = ''] = description.trim().split('\n', 1)
  const about = line || (tool.title ?? annotations.title ?? '')
  const required = Array.isArray(inputSchema.required) ? inputSchema.required : []
  return {
    name,
    ...(about !== '' && { about: about.length > maxLineLength ? `${about.slice(0, maxLineLength - 1)}…` : about }),
    ...(required.length > 0 && { required: required.slice(0, maxShownArguments) }),
    ...(annotations.readOnlyHint === true && { readOnly: true }),
    ...(annotations.readOnlyHint !== true && annotations.destructiveHint === true && { destructive: true }),
  }
}

function hintFor(seen: number, total: number, words: string): string {
  if (total === 0) return 'Nothing was found. Try other words, or search without a query for the groups of tools.'
  if (seen >= total) return 'Get the definitions of the ones you need with "describe", then use "call".'
  const narrower = words === '' ? 'add a "query"' : 'add words'
  return `${total - seen} more: search again with "offset": ${seen}, or ${narrower}.`
}

function toResult(answer: JsonObject): CallToolResult {
  return textResult(JSON.stringify(answer))
}

/** Models write numbers as text now and then. */
function toCount(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined
}
