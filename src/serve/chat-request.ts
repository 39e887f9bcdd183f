import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { ChatMessage, ChatTool } from '../core/model.ts'

/** A body of `POST /v1/chat/completions`, parsed as far as the gateway needs it. */
export type ChatRequest = Readonly<{
  model: string
  messages: readonly ChatMessage[]
  /** In the caller's order: ours stand where their `mcp` entry stood. */
  tools: readonly (McpTool | ChatTool)[]
  toolChoice?: unknown
  stream: boolean
  includeUsage: boolean
  /** Every other field, as it came. */
  rest: JsonObject
}>

/** An entry `{type: "mcp"}` of `tools`: OpenAI's, with our values of `server_url`; other fields have no effect here. */
export type McpTool = Readonly<{
  type: 'mcp'
  server_label?: string | null | undefined
  server_url: string
  allowed_tools?: string[] | McpFilter | null | undefined
  require_approval?:
    | 'always'
    | 'never'
    | { always?: McpFilter | null | undefined; never?: McpFilter | null | undefined }
    | null
    | undefined
  headers?: Record<string, string> | null | undefined
}>

/** Tools by name, or those that only read; both together where both are given. */
export type McpFilter = Readonly<{ tool_names?: string[] | null | undefined; read_only?: boolean | null | undefined }>

const filterSchema: z.ZodType<McpFilter> = z.object({
  tool_names: z.array(z.string()).nullish(),
  read_only: z.boolean().nullish(),
})

const mcpToolSchema: z.ZodType<McpTool> = z.object({
  type: z.literal('mcp'),
  server_label: z.string().nullish(),
  server_url: z.string({ error: 'is missing: name a server, such as "patchbay/mcp/<server>", or "patchbay" for all' }),
  allowed_tools: z
    .union([z.array(z.string()), filterSchema], { error: 'must be a list of names or {tool_names}' })
    .nullish(),
  require_approval: z
    .union([z.enum(['always', 'never']), z.object({ always: filterSchema.nullish(), never: filterSchema.nullish() })], {
      error: 'must be "always", "never" or {always, never}',
    })
    .nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
})

const bodySchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  tools: z.array(z.looseObject({ type: z.string() })).nullish(),
  stream: z.boolean().nullish(),
  n: z.number().int().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
})

/**
 * Parses a body. What the gateway does not read is neither checked nor changed.
 *
 * @throws GatewayError `REQUEST_INVALID`, its `data.param` naming the field
 */
export function parseChatRequest(body: unknown): ChatRequest {
  const parsed = orInvalid(bodySchema.safeParse(body), '')
  const { model, messages, tools, tool_choice: toolChoice, stream, ...rest } = parsed
  const entries = (tools ?? []).map((tool, index) =>
    tool.type === 'mcp' ? orInvalid(mcpToolSchema.safeParse(tool), `tools[${index}]`) : tool,
  )
  if ((parsed.n ?? 1) > 1 && entries.some(isMcpTool)) {
    throw invalid('n', 'must be 1 when there are tools of type "mcp": their calls belong to one answer')
  }
  return {
    model,
    messages: messages as unknown as readonly ChatMessage[],
    tools: entries,
    ...(toolChoice !== undefined && toolChoice !== null && { toolChoice }),
    stream: stream === true,
    includeUsage: parsed.stream_options?.include_usage === true,
    rest,
  }
}

/** True for an entry that stands for our tools. */
export function isMcpTool(tool: McpTool | ChatTool): tool is McpTool {
  return tool.type === 'mcp'
}

function orInvalid<T>(result: z.ZodSafeParseResult<T>, at: string): T {
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = (issue?.path ?? []).reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    at,
  )
  throw invalid(path, issue?.message ?? 'is invalid')
}

function invalid(param: string, problem: string): GatewayError {
  const field = param === '' ? 'The body' : `"${param}"`
  return new GatewayError('REQUEST_INVALID', `${field}: ${problem}.`, { data: { param: param || null } })
}
