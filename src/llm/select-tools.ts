import type { CatalogEntry, View } from '../core/catalog.ts'
import type { FunctionTool } from '../core/model.ts'
import type { Tool } from '../core/tool.ts'
import { toParameters } from '../core/tool-parameters.ts'

/** Which tools a rule means: all of them where both fields are absent. */
export type ToolFilter = Readonly<{ toolNames?: readonly string[]; readOnly?: boolean }>

/** When a call waits for the caller: `always`, `never`, or by tool. */
export type ApprovalRule = 'always' | 'never' | Readonly<{ always?: ToolFilter; never?: ToolFilter }>

/** One `{type: "mcp"}` entry of a request, and the view that its `server_url` stands for. */
export type McpEntry = Readonly<{ view: View; allowed?: ToolFilter; approval: ApprovalRule }>

/** One of our tools as a request offers it to a model. */
export type SelectedTool = Readonly<{
  /** What the model calls it: the name in the view, with a suffix where that was taken. */
  name: string
  /** What the view calls it. */
  servedAs: string
  /** The place of its entry in the list. */
  entry: number
  needsApproval: boolean
  definition: FunctionTool
}>

/**
 * Chooses and names the tools that the entries of one request bring in, in the order of the entries and of their views.
 *
 * A name belongs to the first who has it, the caller's own functions before all; a later tool of that name gets `_2`,
 * `_3`, ... and is never dropped. The same tool under the same name from two entries is one tool; it needs approval if
 * either entry says so.
 *
 * @param reserved - the names of the caller's own tools
 */
export function selectTools(entries: readonly McpEntry[], reserved: ReadonlySet<string>): readonly SelectedTool[] {
  const wanted = dedupe(entries.flatMap(wantedTools))
  const owners = new Map<string, Wanted>()
  for (const tool of wanted) {
    if (!reserved.has(tool.servedAs) && !owners.has(tool.servedAs)) owners.set(tool.servedAs, tool)
  }
  const taken = new Set([...reserved, ...owners.keys()])
  return wanted.map(({ tool, identity: _, ...others }) => {
    const { servedAs } = others
    const isOwner = owners.get(servedAs)?.tool === tool && !reserved.has(servedAs)
    const name = isOwner ? servedAs : firstFree(servedAs, taken)
    taken.add(name)
    return { ...others, name, definition: toFunction(name, tool) }
  })
}

type Wanted = Readonly<{ tool: Tool; servedAs: string; entry: number; needsApproval: boolean; identity: string }>

function wantedTools({ view, allowed, approval }: McpEntry, entry: number): readonly Wanted[] {
  return view.tools.flatMap(tool => {
    const found = view.find(tool.name)
    const names = namesOf(tool, found)
    if (allowed !== undefined && !matches(allowed, tool, names)) return []
    const identity = JSON.stringify([tool.name, found?.sourceId, found?.key])
    return [{ tool, servedAs: tool.name, entry, needsApproval: needsApproval(approval, tool, names), identity }]
  })
}

function dedupe(tools: readonly Wanted[]): readonly Wanted[] {
  const kept = new Map<string, Wanted>()
  for (const tool of tools) {
    const first = kept.get(tool.identity)
    kept.set(tool.identity, first ? { ...first, needsApproval: first.needsApproval || tool.needsApproval } : tool)
  }
  return [...kept.values()]
}

/** Every name a person may know a tool by: as served here, the source's own, without and with its prefix. */
function namesOf(tool: Tool, entry: CatalogEntry | undefined): readonly string[] {
  return [tool.name, ...(entry ? [entry.key, entry.tool.name, entry.ownName, entry.name] : [])]
}

function matches(filter: ToolFilter, tool: Tool, names: readonly string[]): boolean {
  if (filter.readOnly === true && tool.annotations?.readOnlyHint !== true) return false
  return filter.toolNames === undefined || filter.toolNames.some(name => names.includes(name))
}

/** What no filter names needs approval: a tool that an upstream adds tomorrow must not run unasked. */
function needsApproval(rule: ApprovalRule, tool: Tool, names: readonly string[]): boolean {
  if (typeof rule === 'string') return rule === 'always'
  if (rule.always !== undefined && matches(rule.always, tool, names)) return true
  return rule.never === undefined || !matches(rule.never, tool, names)
}

function firstFree(name: string, taken: ReadonlySet<string>): string {
  for (let suffix = 2; ; suffix += 1) {
    const tail = `_${suffix}`
    // 64 is the longest name that providers take.
    const candidate = name.slice(0, 64 - tail.length) + tail
    if (!taken.has(candidate)) return candidate
  }
}

function toFunction(name: string, { description, title, inputSchema }: Tool): FunctionTool {
  const text = description || title
  return {
    type: 'function',
    function: { name, ...(text && { description: text }), parameters: toParameters(inputSchema) },
  }
}
