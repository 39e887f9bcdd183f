import { z } from 'zod'
import { GatewayError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import { invalid, orInvalid } from '../read-body.ts'

/** A content block of the Messages API; unknown types and fields are kept. */
export type Block = JsonObject & Readonly<{ type: string }>

/** A message as a caller sends it. */
export type InputMessage = JsonObject & Readonly<{ role: 'user' | 'assistant' | 'system'; content: string | Block[] }>

/** An entry of `tools` as a caller sends it: one of their own has an `input_schema`, others a type that says what they are. */
export type InputTool = JsonObject & Readonly<{ type?: string | null | undefined; name?: string | undefined }>

/** A server of the MCP connector, in the form of either beta. */
export type InputServer = Readonly<{
  type: 'url'
  url: string
  name: string
  authorization_token?: string | null | undefined
  tool_configuration?:
    | Readonly<{ enabled?: boolean | null | undefined; allowed_tools?: string[] | null | undefined }>
    | null
    | undefined
  /** Ours, as in an entry of type `mcp`. */
  require_approval?: unknown
  headers?: Record<string, string> | null | undefined
}>

/** A body of `POST /v1/messages`, parsed as far as the gateway needs it; `fields` is the body as it came. */
export type MessagesRequest = Readonly<{
  model: string
  messages: readonly InputMessage[]
  system?: string | readonly Block[]
  tools: readonly InputTool[]
  toolChoice?: JsonObject & Readonly<{ type: string }>
  servers: readonly InputServer[]
  stream: boolean
  fields: JsonObject
}>

const blockSchema = z.looseObject({ type: z.string() })

const serverSchema: z.ZodType<InputServer> = z.looseObject({
  type: z.literal('url').default('url'),
  url: z.string({ error: 'is missing: name a server, such as "patchbay/mcp/<server>", or "patchbay" for all' }),
  name: z.string().min(1),
  authorization_token: z.string().nullish(),
  tool_configuration: z
    .looseObject({ enabled: z.boolean().nullish(), allowed_tools: z.array(z.string()).nullish() })
    .nullish(),
  require_approval: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).nullish(),
})

const bodySchema = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.number().int().min(1),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(['user', 'assistant', 'system'], { error: 'must be "user" or "assistant"' }),
        content: z.union([z.string(), z.array(blockSchema)], { error: 'must be a text or a list of content blocks' }),
      }),
    )
    .min(1, { error: 'at least one message is required' }),
  system: z.union([z.string(), z.array(blockSchema)], { error: 'must be a text or a list of text blocks' }).nullish(),
  tools: z.array(z.looseObject({ type: z.string().nullish(), name: z.string().optional() })).nullish(),
  tool_choice: z
    .looseObject({
      type: z.enum(['auto', 'any', 'tool', 'none'], { error: 'must be "auto", "any", "tool" or "none"' }),
    })
    .nullish(),
  mcp_servers: z.array(serverSchema).nullish(),
  thread: z.unknown().optional(),
  stop_sequences: z.array(z.string()).nullish(),
  temperature: z.number().nullish(),
  stream: z.boolean().nullish(),
})

/**
 * Parses a body. What the gateway does not read is neither checked nor changed.
 *
 * @throws GatewayError `REQUEST_INVALID`, its `data.param` naming the field
 */
export function parseMessagesRequest(body: unknown): MessagesRequest {
  const parsed = orInvalid(bodySchema.safeParse(body), '')
  const { model, messages, system, tools, tool_choice: choice, mcp_servers: servers } = parsed
  if (choice?.type === 'tool' && typeof choice.name !== 'string')
    throw invalid('tool_choice.name', 'Field required: the name of a tool')
  if (parsed.thread !== undefined && parsed.thread !== null) throw noThreads()
  checkTools(tools ?? [])
  return {
    model,
    messages: messages as readonly InputMessage[],
    ...(system && { system: system as string | Block[] }),
    tools: tools ?? [],
    ...(choice && { toolChoice: choice }),
    servers: servers ?? [],
    stream: parsed.stream === true,
    fields: body as JsonObject,
  }
}

/**
 * A thread leaves what was said to the server, which we do not keep. Anthropic's tool runner asks for one by itself, and goes
 * on with the whole conversation where it reads this code (@anthropic-ai/sdk 1.12.0, ThreadState).
 */
function noThreads(): GatewayError {
  const details = { error_code: 'thread_unsupported_request', unsupported: ['thread'] }
  const message = '"thread": threads are not kept here. Leave it out, and send the whole conversation in "messages".'
  return new GatewayError('REQUEST_INVALID', message, { data: { param: 'thread', details } })
}

/** True for a tool that is the caller's own to run. */
export function isCustomTool({ type }: InputTool): boolean {
  return type === undefined || type === null || type === 'custom'
}

function checkTools(tools: readonly InputTool[]): void {
  for (const [index, tool] of tools.entries()) {
    if (!isCustomTool(tool)) continue
    if (!tool.name) throw invalid(`tools[${index}].name`, 'Field required')
    const schema = tool.input_schema
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
      throw invalid(`tools[${index}].input_schema`, 'Field required: a JSON schema of type "object"')
  }
}
