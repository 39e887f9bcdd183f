import { z } from 'zod'
import type { JsonObject } from '../../../core/json.ts'
import type { McpTool } from '../mcp-entry.ts'
import { mcpToolSchema } from '../mcp-entry.ts'
import { invalid, orInvalid } from '../read-body.ts'
import type { InputServer, InputTool } from './messages-request.ts'

/** What a toolset says of its tools to the model's provider, beside which of them there are. */
export type Toolset = Readonly<{
  mcp_server_name: string
  default_config?: ToolConfig | null | undefined
  configs?: Readonly<Record<string, ToolConfig>> | null | undefined
  cache_control?: JsonObject | null | undefined
}>

/** What a toolset says of one tool, or of all that it does not name. */
export type ToolConfig = Readonly<{ enabled?: boolean | null | undefined; defer_loading?: boolean | null | undefined }>

/** An entry of `tools` that stands for ours, and the toolset it came from, where it came from one. */
export type ServerEntry = Readonly<{ entry: McpTool; toolset?: Toolset }>

/** Our entries: those that stand in `tools`, by their place there, and those of servers that no toolset names. */
export type ServerEntries = Readonly<{ byPlace: ReadonlyMap<number, ServerEntry>; unplaced: readonly ServerEntry[] }>

const configSchema: z.ZodType<ToolConfig> = z.object({
  enabled: z.boolean().nullish(),
  defer_loading: z.boolean().nullish(),
})

const toolsetSchema: z.ZodType<Toolset> = z.object({
  mcp_server_name: z.string(),
  default_config: configSchema.nullish(),
  configs: z.record(z.string(), configSchema).nullish(),
  cache_control: z.looseObject({}).nullish(),
})

/**
 * Reads the MCP connector of a request: `mcp_servers`, the toolsets of `tools` that choose among their tools, and our own
 * entries of type `mcp`, which are taken as on the other surfaces.
 *
 * With a toolset, each server is named by one and each toolset names a server. Without any, servers are those of the first
 * beta, whose `tool_configuration` chooses. A server's calls run, since this API has no approval; `require_approval` of
 * its entry, which is ours, has them handed back.
 *
 * @param asksToolsets - the caller asks for the beta that knows no servers without toolsets
 * @throws GatewayError `REQUEST_INVALID`
 */
export function readServers(
  servers: readonly InputServer[],
  tools: readonly InputTool[],
  asksToolsets: boolean,
): ServerEntries {
  const byName = new Map(servers.map(server => [server.name, server]))
  if (byName.size < servers.length) throw invalid('mcp_servers', `the name "${firstTwin(servers)}" is there twice`)
  const named = new Set<string>()
  const byPlace = new Map<number, ServerEntry>()
  for (const [index, tool] of tools.entries()) {
    const at = `tools[${index}]`
    if (tool.type === 'mcp') byPlace.set(index, { entry: orInvalid(mcpToolSchema.safeParse(tool), at) })
    if (tool.type !== 'mcp_toolset') continue
    const toolset = orInvalid(toolsetSchema.safeParse(tool), at)
    const { mcp_server_name: name } = toolset
    const server = byName.get(name)
    if (server === undefined)
      throw invalid(`${at}.mcp_server_name`, `MCP server '${name}' is not defined in mcp_servers`)
    if (named.has(name))
      throw invalid(`${at}.mcp_server_name`, `MCP server '${name}' is referenced by more than one mcp_toolset`)
    named.add(name)
    byPlace.set(index, { entry: toEntry(server, servers.indexOf(server), chosenBy(toolset)), toolset })
  }
  const usesToolsets = named.size > 0 || asksToolsets
  const left = servers.filter(({ name }) => !named.has(name))
  const [unnamed] = left
  if (usesToolsets && unnamed !== undefined) {
    const at = `mcp_servers[${servers.indexOf(unnamed)}]`
    throw invalid(at, `MCP server '${unnamed.name}' must be referenced by exactly one mcp_toolset in tools`)
  }
  return {
    byPlace,
    unplaced: left.map(server => ({ entry: toEntry(server, servers.indexOf(server), chosenByServer(server)) })),
  }
}

type Chosen = Pick<McpTool, 'allowed_tools' | 'disallowed_tools'>

/** `configs` over `default_config` over enabled. */
function chosenBy({ default_config: byDefault, configs }: Toolset): Chosen {
  const named = Object.entries(configs ?? {})
  const isOn = byDefault?.enabled ?? true
  const others = named.filter(([, { enabled }]) => (enabled ?? isOn) !== isOn).map(([name]) => name)
  if (!isOn) return { allowed_tools: others }
  return others.length > 0 ? { disallowed_tools: others } : {}
}

function chosenByServer({ tool_configuration: given }: InputServer): Chosen {
  if (given?.enabled === false) return { allowed_tools: [] }
  return given?.allowed_tools ? { allowed_tools: given.allowed_tools } : {}
}

/** The entry that means the same on the other surfaces. */
function toEntry(server: InputServer, index: number, chosen: Chosen): McpTool {
  const { name, url, authorization_token: token, require_approval: approval, headers } = server
  const entry = {
    type: 'mcp',
    server_label: name,
    server_url: url,
    require_approval: approval ?? 'never',
    ...(token && { authorization: token }),
    ...(headers && { headers }),
    ...chosen,
  }
  return orInvalid(mcpToolSchema.safeParse(entry), `mcp_servers[${index}]`)
}

function firstTwin(servers: readonly InputServer[]): string {
  return servers.find(({ name }, index) => servers.findIndex(other => other.name === name) < index)?.name ?? ''
}
