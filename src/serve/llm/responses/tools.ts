import { z } from 'zod'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { ChatTool } from '../../../core/model.ts'
import type { McpTool } from '../mcp-entry.ts'
import { mcpToolSchema } from '../mcp-entry.ts'
import { invalid, orInvalid } from '../read-body.ts'

const functionSchema = z.looseObject({
  type: z.literal('function'),
  name: z.string({
    error: 'is missing: a function stands flat here, {"type": "function", "name": ..., "parameters": ...}',
  }),
  description: z.string().nullish(),
  parameters: z.looseObject({}).nullish(),
  strict: z.boolean().nullish(),
})

const customSchema = z.looseObject({
  type: z.literal('custom'),
  name: z.string({ error: 'is missing' }),
  format: z.looseObject({ type: z.string() }).nullish(),
})

/** What OpenAI runs itself, behind this API alone. */
const hosted = new Set([
  'apply_patch',
  'code_interpreter',
  'computer',
  'computer_use_preview',
  'file_search',
  'image_generation',
  'local_shell',
  'namespace',
  'programmatic_tool_calling',
  'shell',
  'tool_search',
  'web_search',
  'web_search_preview',
])

/**
 * Reads `tools` into OpenAI chat's words, `mcp` entries as they are. A type that nobody here knows is passed on: a provider
 * may.
 *
 * @throws GatewayError `REQUEST_INVALID` for a tool that OpenAI would run itself, and for labels that are missing or the same
 */
export function parseTools(tools: readonly JsonObject[]): readonly (McpTool | ChatTool)[] {
  const labels = new Map<string, number>()
  return tools.map((tool, index) => {
    const at = `tools[${index}]`
    const type = String(tool.type)
    if (type === 'function') return toFunction(orInvalid(functionSchema.safeParse(tool), at))
    if (type === 'custom') return toCustom(orInvalid(customSchema.safeParse(tool), at))
    if (hosted.has(type.replace(/_\d{4}_\d{2}_\d{2}$/, ''))) {
      const remedy = 'give a server that can as a tool of type "mcp", or a function of your own'
      throw invalid(
        `${at}.type`,
        `"${type}" is a tool that OpenAI runs itself, which no provider behind this gateway does; ${remedy}`,
      )
    }
    if (type !== 'mcp') return tool as ChatTool
    const entry = orInvalid(mcpToolSchema.safeParse(tool), at)
    const label = entry.server_label
    if (!label) throw invalid(`${at}.server_label`, 'is missing: the calls of this server are told by it')
    const first = labels.get(label)
    if (first !== undefined)
      throw invalid(`${at}.server_label`, `"${label}" is the label of tools[${first}] too; each needs its own`)
    labels.set(label, index)
    return entry
  })
}

/** A tool as an answer repeats it, without what may be secret (`authorization`, `headers`). */
export function echoTool(tool: JsonObject): JsonObject {
  if (tool.type === 'function') return { parameters: null, strict: null, ...tool }
  if (tool.type !== 'mcp') return tool
  const { authorization, headers, ...others } = tool
  return { ...others, ...(headers !== undefined && { headers: null }) }
}

function toFunction({
  type,
  name,
  description,
  parameters,
  strict,
  ...others
}: z.infer<typeof functionSchema>): ChatTool {
  const own = Object.fromEntries(Object.entries(others).filter(([field]) => !ofResponses.has(field)))
  return {
    ...own,
    type,
    function: {
      name,
      ...(description && { description }),
      ...(parameters && { parameters }),
      ...(typeof strict === 'boolean' && { strict }),
    },
  }
}

/** Fields of a tool that chat does not know. */
const ofResponses = new Set(['allowed_callers', 'defer_loading', 'output_schema'])

function toCustom({ type, name, description, format }: z.infer<typeof customSchema>): ChatTool {
  const { type: kind, ...grammar } = format ?? { type: 'text' }
  return {
    type,
    custom: {
      name,
      ...(typeof description === 'string' && { description }),
      ...(isObject(format) && { format: kind === 'grammar' ? { type: kind, grammar } : format }),
    },
  }
}
