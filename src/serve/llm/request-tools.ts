import { GatewayError } from '../../core/errors.ts'
import type { ChatTool } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import type { CallTool } from '../../llm/run-calls.ts'
import type { ApprovalRule, McpEntry, SelectedTool, ToolFilter } from '../../llm/select-tools.ts'
import { selectTools } from '../../llm/select-tools.ts'
import { callerHeaders } from '../caller-headers.ts'
import type { Exchange } from '../exchange.ts'
import type { McpFilter, McpTool } from './mcp-entry.ts'
import { isMcpTool } from './mcp-entry.ts'
import type { IsOwnUrl } from './server-url.ts'
import { readServerUrl } from './server-url.ts'

/** The tools of one request: all of them for the model, ours for the loop, and the way to call ours. */
export type RequestTools = Readonly<{
  tools: readonly ChatTool[]
  ours: ReadonlyMap<string, SelectedTool>
  /** The `mcp` entries, to which {@link SelectedTool.entry} points. */
  entries: readonly McpTool[]
  callTool: CallTool
}>

/**
 * Puts our tools where the `mcp` entries stand, each from the view that its `server_url` means.
 *
 * @throws GatewayError `REQUEST_INVALID` for a `server_url` that is not ours, `SOURCE_NOT_FOUND` for a name unknown here
 */
export async function resolveTools(
  request: Readonly<{ tools: readonly (McpTool | ChatTool)[] }>,
  exchange: Exchange,
  gateway: Pick<Gateway, 'list' | 'call' | 'endpoint'>,
  isOwnUrl: IsOwnUrl,
): Promise<RequestTools> {
  const entries = request.tools.filter(isMcpTool)
  const scopes = entries.map(entry => toScope(entry, exchange, gateway, isOwnUrl))
  const views = await Promise.all(scopes.map(scope => gateway.list(scope)))
  const selected = selectTools(
    entries.map((entry, index) => toEntry(entry, views[index] as McpEntry['view'])),
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
    callTool: async (name, args, context) => {
      const tool = ours.get(name)
      const scope = tool && scopes[tool.entry]
      if (scope === undefined) throw new GatewayError('TOOL_NOT_FOUND', `No tool is named "${name}" in this request.`)
      const { signal } = context
      const entry = tool && entries[tool.entry]
      return gateway.call(scope, tool?.servedAs ?? name, args, {
        signal,
        callerId: exchange.caller.id,
        get headers() {
          return callerHeaders(exchange.request.headers, exchange.caller, lowerCase(entry?.headers))
        },
      })
    },
  }
}

/** `headers: {"x-mcp-servers": "a,b"}` narrows an entry, as the header does at `/mcp`; LiteLLM's way to say it. */
function toScope(entry: McpTool, exchange: Exchange, gateway: Pick<Gateway, 'endpoint'>, isOwnUrl: IsOwnUrl): Scope {
  const { caller } = exchange
  const name = readServerUrl(entry.server_url, url => isOwnUrl(url, exchange.request))
  const header = Object.entries(entry.headers ?? {}).find(([name]) => name.toLowerCase() === 'x-mcp-servers')
  const narrowedTo = header?.[1].split(',').map(part => part.trim())
  return {
    caller,
    endpoint: name === undefined ? { kind: 'all' } : gateway.endpoint(name, caller),
    ...(narrowedTo && { narrowedTo }),
  }
}

/** `headers` of an entry are meant for its servers, and win over those of the request. */
function lowerCase(headers: McpTool['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
}

function toEntry({ allowed_tools: allowed, require_approval: approval }: McpTool, view: McpEntry['view']): McpEntry {
  const filter = Array.isArray(allowed) ? { toolNames: allowed } : allowed ? toFilter(allowed) : undefined
  return { view, ...(filter && { allowed: filter }), approval: toRule(approval) }
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
  return typeof inner === 'object' && inner !== null && 'name' in inner ? [String(inner.name)] : []
}
