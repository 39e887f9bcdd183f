import { z } from 'zod'
import type { JsonObject } from '../../../core/json.ts'
import type { ChatTool } from '../../../core/model.ts'
import type { McpTool } from '../mcp-entry.ts'
import { invalid, orInvalid } from '../read-body.ts'
import type { InputItem } from './input-items.ts'
import { parseInput } from './input-items.ts'
import { echoTool, parseTools } from './tools.ts'

/** A body of `POST /v1/responses`, parsed as far as the gateway needs it. */
export type ResponsesRequest = Readonly<{
  model: string
  input: readonly InputItem[]
  instructions?: string
  previousId?: string
  tools: readonly (McpTool | ChatTool)[]
  /** As the caller wrote it: what it means is known once the tools are. */
  toolChoice?: unknown
  maxToolCalls?: number
  stream: boolean
  store: boolean
  /** Every other field, in OpenAI chat's words. */
  rest: JsonObject
  /** What the answer repeats of the request, without secrets. */
  echo: JsonObject
}>

const bodySchema = z.looseObject({
  model: z.string().min(1),
  input: z.unknown().optional(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  tools: z.array(z.looseObject({ type: z.string() })).nullish(),
  max_tool_calls: z.number().int().min(1).nullish(),
  max_output_tokens: z.number().int().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish(),
  include: z.array(z.string()).nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
  text: z
    .looseObject({ format: z.looseObject({ type: z.string() }).nullish(), verbosity: z.string().nullish() })
    .nullish(),
})

/** What would change the answer and cannot be had here, with what to do instead. */
const unsupported: readonly (readonly [field: string, isAsked: (value: unknown) => boolean, problem: string])[] = [
  [
    'background',
    value => value === true,
    'cannot be true here: answers are given while the client waits, also as a stream',
  ],
  ['conversation', isThere, 'is not kept here: use previous_response_id, or send the items'],
  ['prompt', isThere, 'is not kept here: send instructions and input'],
]

/**
 * Parses a body. What the gateway does not read is neither checked nor changed.
 *
 * @throws GatewayError `REQUEST_INVALID`, its `data.param` naming the field
 */
export function parseResponsesRequest(body: unknown): ResponsesRequest {
  const parsed = orInvalid(bodySchema.safeParse(body), '')
  for (const [field, isAsked, problem] of unsupported) if (isAsked(parsed[field])) throw invalid(field, problem)
  const { model, instructions, previous_response_id: previousId, tool_choice: toolChoice, max_tool_calls: max } = parsed
  if (parsed.input === undefined && !previousId) throw invalid('input', 'is missing: give a text or a list of items')
  return {
    model,
    input: parsed.input === undefined ? [] : parseInput(parsed.input),
    tools: parseTools(parsed.tools ?? []),
    stream: parsed.stream === true,
    store: parsed.store !== false,
    rest: toRest(parsed),
    echo: toEcho(parsed),
    ...(typeof instructions === 'string' && { instructions }),
    ...(previousId && { previousId }),
    ...(isThere(toolChoice) && { toolChoice }),
    ...(typeof max === 'number' && { maxToolCalls: max }),
  }
}

type Body = z.infer<typeof bodySchema>

/** Fields that are ours to understand. Chat's `metadata` is for its own store, and OpenAI refuses it without. */
const own = new Set([
  'background',
  'context_management',
  'conversation',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'previous_response_id',
  'prompt',
  'reasoning',
  'store',
  'stream',
  'stream_options',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'truncation',
])

function toRest(body: Body): JsonObject {
  const others = Object.entries(body).filter(([field, value]) => !own.has(field) && isThere(value))
  const { max_output_tokens: maxTokens, reasoning, text, top_logprobs: top } = body
  const wantsLogprobs = body.include?.includes('message.output_text.logprobs') === true
  return {
    ...Object.fromEntries(others),
    // Without it OpenAI tells no usage in a stream.
    ...(body.stream === true && { stream_options: { include_usage: true } }),
    ...(typeof maxTokens === 'number' && { max_completion_tokens: maxTokens }),
    ...(typeof reasoning?.effort === 'string' && { reasoning_effort: reasoning.effort }),
    ...(text?.format && toFormat(text.format)),
    ...(typeof text?.verbosity === 'string' && { verbosity: text.verbosity }),
    ...(wantsLogprobs && { logprobs: true, ...(typeof top === 'number' && top > 0 && { top_logprobs: top }) }),
  }
}

function toFormat({ type, ...format }: JsonObject): JsonObject {
  if (type === 'text') return {}
  return { response_format: type === 'json_schema' ? { type, json_schema: format } : { type, ...format } }
}

function toEcho(body: Body): JsonObject {
  const { reasoning, text, tools, user, temperature, top_p: topP, truncation, safety_identifier: safetyId } = body
  return {
    background: false,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: null, summary: null, ...reasoning },
    service_tier: body.service_tier ?? 'auto',
    temperature: temperature ?? null,
    text: { ...text, format: text?.format ?? { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: (tools ?? []).map(tool => echoTool(tool)),
    top_p: topP ?? null,
    truncation: truncation ?? 'disabled',
    ...(isThere(user) && { user }),
    ...(isThere(safetyId) && { safety_identifier: safetyId }),
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}
