import type { View } from '../core/catalog.ts'
import type { FunctionTool } from '../core/model.ts'
import type { Tool } from '../core/tool.ts'
import { toParameters } from '../core/tool-parameters.ts'

/** Which tools a rule means: all of them where both fields are absent. */
export type ToolFilter = Readonly<{ toolNames?: readonly string[]; readOnly?: boolean }>

/** When a call waits for the caller: `always`, `never`, or by tool. */
export type ApprovalRule = 'always' | 'never' | Readonly<{ always?: ToolFilter; never?: ToolFilter }>

/**
 * One `{type: "mcp"}` entry of a request, and the view that its `server_url` stands for. `elsewhere` tells a server that the
 * caller named from all others; absent where the view is cut from our catalog.
 */
export type McpEntry = Readonly<{
  view: View
  allowed?: ToolFilter
  /** Names of tools that are left out, also where `allowed` has them. */
  denied?: readonly string[]
  approval: ApprovalRule
  elsewhere?: string
}>

/** One of our tools as a request offers it to a model. */
export type SelectedTool = Readonly<{
  /** What the model calls it: the name in the view, with a suffix where that was taken. */
  name: string
  /** What the view calls it. */
  servedAs: string
  /** The place of its entry in the list. */
  entry: number
  needsApproval: boolean
  /** As the view lists it. */
  tool: Tool
  definition: FunctionTool
}>

/**
 * Chooses and names the tools that the entries of one request bring in, in the order of the entries; within one by source, and
 * by name within a source. Some servers list their tools in another order each time, and prompt caches hold only as long as
 * a request begins as the one before.
 *
 * A name belongs to the first who has it, the caller's own functions before all, and our tools before those of servers
 * elsewhere, which could take on the name of any. A later tool of ours gets `_2`, `_3`, ... , one from elsewhere the name
 * with the label of its server in front; none is dropped. The same tool under the same name from two entries is one tool;
 * it needs approval if either entry says so.
 *
 * @param reserved - the names of the caller's own tools
 */
export function selectTools(entries: readonly McpEntry[], reserved: ReadonlySet<string>): readonly SelectedTool[] {
  const wanted = gather(entries)
  const owners = new Map<string, Wanted>()
  for (const tool of [...wanted.filter(({ isOurs }) => isOurs), ...wanted.filter(({ isOurs }) => !isOurs)]) {
    if (!reserved.has(tool.servedAs) && !owners.has(tool.servedAs)) owners.set(tool.servedAs, tool)
  }
  const taken = new Set([...reserved, ...owners.keys()])
  return wanted.map(each => {
    const { tool, servedAs, otherwise, entry, needsApproval } = each
    const name = owners.get(servedAs) === each ? servedAs : firstFree(otherwise, servedAs, taken)
    taken.add(name)
    return { name, servedAs, entry, needsApproval, tool, definition: toFunction(name, tool) }
  })
}

/** `otherwise`: what it is called where `servedAs` is taken, if that is not taken as well. */
type Wanted = Readonly<{ tool: Tool; servedAs: string; otherwise: string; entry: number; isOurs: boolean }> & {
  needsApproval: boolean
}

/** What all entries bring in, each tool once. Many entries with one view cost little more than one. */
function gather(entries: readonly McpEntry[]): readonly Wanted[] {
  const byTool = new Map<Tool, Wanted>()
  const byIdentity = new Map<string, Wanted>()
  for (const [entry, { view, allowed, denied, approval, elsewhere }] of entries.entries()) {
    const isAllowed = allowed === undefined ? () => true : filterOf(allowed, view)
    const isDenied = denied === undefined ? () => false : namedBy(new Set(denied), view)
    const needsApproval = approvalOf(approval, view)
    for (const tool of inOrder(view)) {
      if (!isAllowed(tool) || isDenied(tool)) continue
      let known = byTool.get(tool)
      if (known === undefined) {
        const { name: servedAs } = tool
        const found = view.find(servedAs)
        const isOurs = elsewhere === undefined
        const otherwise = isOurs ? servedAs : (found?.name ?? servedAs)
        const identity = JSON.stringify([elsewhere, servedAs, found?.sourceId, found?.key])
        known = byIdentity.get(identity) ?? { tool, servedAs, otherwise, entry, isOurs, needsApproval: false }
        byIdentity.set(identity, known)
        byTool.set(tool, known)
      }
      known.needsApproval ||= needsApproval(tool)
    }
  }
  return [...byIdentity.values()]
}

/** Views live long, and requests are many. */
const ordered = new WeakMap<View, readonly Tool[]>()

function inOrder(view: View): readonly Tool[] {
  const known = ordered.get(view)
  if (known !== undefined) return known
  const bySource = Map.groupBy(view.tools, tool => view.find(tool.name)?.sourceId)
  const tools = [...bySource.values()].flatMap(tools => tools.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
  ordered.set(view, tools)
  return tools
}

/** Every name by which a person may know a tool: as served here, the source's own, without and with its prefix. */
function namesOf(tool: Tool, view: View): readonly string[] {
  const entry = view.find(tool.name)
  return [tool.name, ...(entry ? [entry.key, entry.tool.name, entry.ownName, entry.name] : [])]
}

/** Tells which tools have one of the names, whichever of theirs it is: what is left out is left out under each. */
function namedBy(names: ReadonlySet<string>, view: View): (tool: Tool) => boolean {
  return tool => namesOf(tool, view).some(name => names.has(name))
}

/**
 * Tells which tools of a view a filter means, by every name that they have. A name that a tool is served under means that
 * tool alone: otherwise a server could call one of its own like a tool of another, and be allowed with it.
 */
function filterOf({ toolNames, readOnly }: ToolFilter, view: View): (tool: Tool) => boolean {
  const names = toolNames && new Set(toolNames)
  return tool => {
    if (readOnly === true && tool.annotations?.readOnlyHint !== true) return false
    if (names === undefined || names.has(tool.name)) return true
    return namesOf(tool, view).some(name => names.has(name) && view.find(name) === undefined)
  }
}

/** What no filter names needs approval: a tool that an upstream adds tomorrow must not run unasked. */
function approvalOf(rule: ApprovalRule, view: View): (tool: Tool) => boolean {
  if (typeof rule === 'string') return () => rule === 'always'
  const always = rule.always && filterOf(rule.always, view)
  const never = rule.never && filterOf(rule.never, view)
  return tool => always?.(tool) === true || never?.(tool) !== true
}

/** @param wish - taken as it is where it is free */
function firstFree(wish: string, servedAs: string, taken: ReadonlySet<string>): string {
  if (wish !== servedAs && !taken.has(wish)) return wish
  for (let suffix = 2; ; suffix += 1) {
    const tail = `_${suffix}`
    // 64 is the longest name that providers take.
    const candidate = wish.slice(0, 64 - tail.length) + tail
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
