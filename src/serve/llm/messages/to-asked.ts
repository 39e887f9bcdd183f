import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { ChatMessage, ChatTool } from '../../../core/model.ts'
import { isFunctionTool } from '../../../core/model.ts'
import type { Asked } from '../answer.ts'
import type { McpTool } from '../mcp-entry.ts'
import type { RequestTools } from '../request-tools.ts'
import type { ServerEntries, Toolset } from './mcp-servers.ts'
import { readServers } from './mcp-servers.ts'
import type { InputTool, MessagesRequest } from './messages-request.ts'
import { isCustomTool } from './messages-request.ts'
import type { NameOf } from './to-history.ts'
import { toHistory } from './to-history.ts'
import { toParameters } from './to-parameters.ts'
import { toContent } from './to-parts.ts'

/**
 * Writes a request as what the loop is asked for: in OpenAI's form for models of any wire, and with the caller's own words
 * beside it, which a provider of Anthropic's wire gets as they came.
 *
 * @param betas - the beta features that the caller asks for (`anthropic-beta`)
 * @throws GatewayError `REQUEST_INVALID`
 */
export function toAsked(request: MessagesRequest, betas: readonly string[]): Asked {
  const { model, tools, servers, stream, fields } = request
  const entries = readServers(servers, tools, betas.includes(toolsetBeta))
  const { mcp_servers: _, ...own } = fields
  const others = betas.filter(beta => !beta.startsWith('mcp-client-'))
  return {
    model,
    messages: [],
    tools: [
      ...tools.map((tool, index) => entries.byPlace.get(index)?.entry ?? toTool(tool)),
      ...entries.unplaced.map(({ entry }) => entry),
    ],
    stream,
    rest: toParameters(fields, stream),
    native: { wire: 'anthropic', value: { ...own, betas: others } },
    // Each turn has blocks of its own.
    textBetween: '',
    complete(resolved) {
      const nameOf = toNameOf(resolved)
      const choice = toChoice(request, nameOf)
      return {
        messages: [...toSystem(request), ...toHistory(request.messages, nameOf)],
        tools: withToolsets(resolved, entries),
        ...(choice !== undefined && { toolChoice: choice }),
      }
    },
  }
}

/** The beta whose servers are those that toolsets name. */
const toolsetBeta = 'mcp-client-2025-11-20'

function toSystem({ system }: MessagesRequest): readonly ChatMessage[] {
  const content = toContent(system)
  return content.length > 0 ? [{ role: 'system', content }] : []
}

/** One of the caller's own as a function, its other fields beside it; others as they are. */
function toTool(tool: InputTool): ChatTool {
  if (!isCustomTool(tool)) return { ...tool, type: String(tool.type) }
  const { type: _, name = '', description, input_schema: schema, strict, ...others } = tool
  return {
    ...others,
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' && { description }),
      ...(isObject(schema) && { parameters: schema }),
      ...(strict !== undefined && strict !== null && { strict }),
    },
  }
}

/** A tool of a server goes by what it is called in the request. */
function toNameOf({ ours, entries }: RequestTools): NameOf {
  const known = new Map(
    [...ours.values()].map(tool => [keyOf(entries[tool.entry]?.server_label, tool.servedAs), tool.name]),
  )
  return (server, name) => known.get(keyOf(server, name)) ?? name
}

function keyOf(server: string | null | undefined, name: string): string {
  return JSON.stringify([server, name])
}

function toChoice({ toolChoice, tools, servers }: MessagesRequest, nameOf: NameOf): unknown {
  if (toolChoice === undefined) return undefined
  if (toolChoice.type !== 'tool') return toolChoice.type === 'any' ? 'required' : toolChoice.type
  const name = String(toolChoice.name)
  if (tools.some(tool => tool.name === name)) return { type: 'function', function: { name } }
  const renamed = servers.map(server => nameOf(server.name, name)).find(found => found !== name)
  return { type: 'function', function: { name: renamed ?? name } }
}

/** Puts what toolsets say of caching and late loading on their tools, where Anthropic reads it. */
function withToolsets({ tools, ours, entries }: RequestTools, { byPlace }: ServerEntries): readonly ChatTool[] {
  const toolsets = new Map<McpTool | undefined, Toolset>()
  for (const { entry, toolset } of byPlace.values()) {
    if (toolset !== undefined) toolsets.set(entry, toolset)
  }
  if (toolsets.size === 0) return tools
  const entryOf = (tool: ChatTool | undefined): McpTool | undefined => {
    const found = tool && isFunctionTool(tool) ? ours.get(tool.function.name) : undefined
    return found && entries[found.entry]
  }
  return tools.map((tool, index) => {
    const entry = entryOf(tool)
    const toolset = entry && toolsets.get(entry)
    if (toolset === undefined || !isFunctionTool(tool)) return tool
    const isLast = entryOf(tools[index + 1]) !== entry
    return { ...tool, ...saidOf(toolset, ours.get(tool.function.name)?.servedAs ?? '', isLast) }
  })
}

function saidOf(toolset: Toolset, servedAs: string, isLast: boolean): JsonObject {
  const { cache_control: cache, configs, default_config: byDefault } = toolset
  const config = Object.hasOwn(configs ?? {}, servedAs) ? configs?.[servedAs] : undefined
  const isDeferred = config?.defer_loading ?? byDefault?.defer_loading ?? false
  return { ...(isDeferred && { defer_loading: true }), ...(isLast && cache && { cache_control: cache }) }
}
