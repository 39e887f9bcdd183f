import type { BoxedTool } from './toolbox.ts'

/**
 * Sorts tools into groups for browsing: by tag, where a tool has one; else by the beginning of its path, or of its name.
 *
 * The beginning is as short as tells tools apart: where every path starts with `/api`, the groups are `/api/customers` ...
 *
 * @returns group to its tools, the largest group first
 */
export function groupTools(tools: readonly BoxedTool[]): ReadonlyMap<string, readonly BoxedTool[]> {
  const untagged = tools.filter(({ tags }) => tags.length === 0).map(tool => ({ tool, parts: partsOf(tool) }))
  const shared = countShared(untagged.map(({ parts }) => parts))
  const groups = new Map<string, BoxedTool[]>()
  const put = (group: string, tool: BoxedTool): void => {
    const members = groups.get(group)
    if (members === undefined) groups.set(group, [tool])
    else members.push(tool)
  }
  for (const tool of tools) for (const tag of new Set(tool.tags)) put(tag, tool)
  for (const { tool, parts } of untagged) put(joinParts(tool, parts.slice(0, shared + 1)), tool)
  return new Map([...groups].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1)))
}

/** Placeholders and versions say nothing about what a path is for. */
function partsOf(tool: BoxedTool): readonly string[] {
  const path = pathOf(tool)
  if (path !== undefined) return path.split(/[/#?]/).filter(part => part !== '' && !/[{}]|^v\d/.test(part))
  return tool.tool.name.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).filter(part => part !== '')
}

/** The key of an operation is its method and path; that of an MCP tool is its name. */
function pathOf({ key }: BoxedTool): string | undefined {
  return /^[A-Za-z-]+ (\/.*)$/s.exec(key)?.[1]
}

function joinParts(tool: BoxedTool, parts: readonly string[]): string {
  if (pathOf(tool) !== undefined) return `/${parts.join('/')}`
  return parts.join('_').toLowerCase() || 'other'
}

/** How many parts all of them begin with. */
function countShared(lists: readonly (readonly string[])[]): number {
  const [first = [], ...others] = lists
  if (others.length === 0) return 0
  let shared = first.length
  for (const list of others) {
    let at = 0
    while (at < shared && list[at] === first[at]) at += 1
    shared = at
  }
  return shared
}
