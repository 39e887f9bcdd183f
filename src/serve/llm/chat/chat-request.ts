import { z } from 'zod'
import type { JsonObject } from '../../../core/json.ts'
import type { ChatMessage, ChatTool } from '../../../core/model.ts'
import type { McpTool } from '../mcp-entry.ts'
import { isMcpTool, mcpToolSchema } from '../mcp-entry.ts'
import { invalid, orInvalid } from '../read-body.ts'
import { toFunctionTools, toToolChoice, toToolMessages } from './legacy-functions.ts'

/** A body of `POST /v1/chat/completions`, parsed as far as the gateway needs it. */
export type ChatRequest = Readonly<{
  model: string
  messages: readonly ChatMessage[]
  /** In the caller's order: ours stand where their `mcp` entry stood. */
  tools: readonly (McpTool | ChatTool)[]
  toolChoice?: unknown
  stream: boolean
  includeUsage: boolean
  /** Names of the functions that the caller has given in the older form, and whose calls are handed back in it. */
  legacy?: ReadonlySet<string>
  /** Every other field, as it came. */
  rest: JsonObject
}>

const bodySchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(z.looseObject({ role: z.string(), tool_calls: z.array(z.looseObject({})).nullish() })).min(1),
  tools: z.array(z.looseObject({ type: z.string() })).nullish(),
  functions: z.array(z.looseObject({ name: z.string().min(1) })).nullish(),
  function_call: z.union([z.string(), z.looseObject({ name: z.string() })]).nullish(),
  stream: z.boolean().nullish(),
  n: z.number().int().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
})

/**
 * Parses a body. What the gateway does not read is neither checked nor changed; functions in the older form become tools.
 *
 * @throws GatewayError `REQUEST_INVALID`, its `data.param` naming the field
 */
export function parseChatRequest(body: unknown): ChatRequest {
  const parsed = orInvalid(bodySchema.safeParse(body), '')
  const { model, messages, tools, functions, tool_choice, function_call, stream, ...rest } = parsed
  const toolChoice = tool_choice ?? toToolChoice(function_call)
  const entries = (tools ?? []).map((tool, index) =>
    tool.type === 'mcp' ? orInvalid(mcpToolSchema.safeParse(tool), `tools[${index}]`) : tool,
  )
  if ((parsed.n ?? 1) > 1 && entries.some(isMcpTool)) {
    throw invalid('n', 'must be 1 when there are tools of type "mcp": their calls belong to one answer')
  }
  return {
    model,
    messages: toToolMessages(messages as unknown as readonly ChatMessage[]),
    tools: [...entries, ...toFunctionTools(functions ?? [])],
    ...(toolChoice !== undefined && toolChoice !== null && { toolChoice }),
    stream: stream === true,
    includeUsage: parsed.stream_options?.include_usage === true,
    ...(functions && { legacy: new Set(functions.map(({ name }) => name)) }),
    rest,
  }
}
