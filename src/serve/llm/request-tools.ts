import { GatewayError } from '../../core/errors.ts'
import type { ChatTool } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import type { CallTool } from '../../llm/run-calls.ts'
import type { ApprovalRule, McpEntry, SelectedTool, ToolFilter } from '../../llm/select-tools.ts'
import { selectTools } from '../../llm/select-tools.ts'
import type { Exchange } from '../exchange.ts'
import type { McpFilter, McpTool } from './mcp-entry.ts'
import { isMcpTool } from './mcp-entry.ts'
import type { EntryParts, OpenEntry } from './open-entry.ts'
import { openEntry } from './open-entry.ts'
import { invalid } from './read-body.ts'

/** The tools of one request: all of them for the model, ours for the loop, and the way to call ours. */
export type RequestTools = Readonly<{
  tools: readonly ChatTool[]
  ours: ReadonlyMap<string, SelectedTool>
  /** The `mcp` entries, to which {@link SelectedTool.entry} points. */
  entries: readonly McpTool[]
  callTool: CallTool
  /** The servers of an entry that are not there now; none for an entry that means all of them. Not cheap. */
  away: (entry: number) => readonly string[]
}>

/**
 * Puts our tools where the `mcp` entries stand, each from the view that its `server_url` means.
 *
 * @throws GatewayError what {@link openEntry} throws, and `REQUEST_INVALID` for more entries than one request may have
 */
export async function resolveTools(
  request: Readonly<{ tools: readonly (McpTool | ChatTool)[] }>,
  exchange: Exchange,
  parts: EntryParts,
): Promise<RequestTools> {
  const entries = request.tools.filter(isMcpTool)
  const { maxMcpEntries } = exchange.limits
  if (entries.length > maxMcpEntries)
    throw invalid('tools', `more than ${maxMcpEntries} of type "mcp" (limits.maxMcpEntries)`)
  const opened = await Promise.all(entries.map(entry => openEntry(entry, exchange, parts)))
  const selected = selectTools(
    entries.map((entry, index) => toEntry(entry, opened[index] as OpenEntry)),
    new Set(request.tools.flatMap(nameOf)),
  )
  const ours = new Map(selected.map(tool => [tool.name, tool]))
  return {
    tools: request.tools.flatMap(tool =>
      isMcpTool(tool)
        ? selected.filter(({ entry }) => entries[entry] === tool).map(({ definition }) => definition)
        : [tool],
    ),
    ours,
    entries,
    away: entry => opened[entry]?.away?.() ?? [],
    callTool: async (name, args, { signal }) => {
      const tool = ours.get(name)
      const entry = tool && opened[tool.entry]
      if (entry === undefined) throw new GatewayError('TOOL_NOT_FOUND', `No tool is named "${name}" in this request.`)
      return entry.call(tool?.servedAs ?? name, args, signal)
    },
  }
}

function toEntry(
  { allowed_tools: allowed, disallowed_tools: denied, require_approval: approval }: McpTool,
  { view, elsewhere }: OpenEntry,
): McpEntry {
  const filter = Array.isArray(allowed) ? { toolNames: allowed } : allowed ? toFilter(allowed) : undefined
  return {
    view,
    ...(filter && { allowed: filter }),
    ...(denied && { denied }),
    approval: toRule(approval),
    ...(elsewhere !== undefined && { elsewhere }),
  }
}

/** Without a word on approval a call waits for the caller, as with OpenAI. */
function toRule(approval: McpTool['require_approval']): ApprovalRule {
  if (typeof approval === 'string') return approval
  const { always, never } = approval ?? {}
  return { ...(always && { always: toFilter(always) }), ...(never && { never: toFilter(never) }) }
}

function toFilter(filter: McpFilter): ToolFilter {
  return {
    ...(filter.tool_names && { toolNames: filter.tool_names }),
    ...(filter.read_only === true && { readOnly: true }),
  }
}

/** The name of a tool of the caller's own; of a custom tool too, since a model tells tools apart by name alone. */
function nameOf(tool: McpTool | ChatTool): readonly string[] {
  if (isMcpTool(tool)) return []
  if (isFunctionTool(tool)) return [tool.function.name]
  const inner = tool[tool.type]
  if (typeof inner === 'object' && inner !== null && 'name' in inner) return [String(inner.name)]
  return typeof tool.name === 'string' ? [tool.name] : []
}
