import { z } from 'zod'
import { isObject } from '../../../core/json.ts'
import { invalid, orInvalid } from '../read-body.ts'
import type { Content } from './content-parts.ts'
import { contentSchema } from './content-parts.ts'

type Optional<T> = T | null | undefined

/** Any item, its fields not yet known. */
export type AnyItem = Readonly<{ type: string; id?: Optional<string>; [field: string]: unknown }>

/** An item of `input`, as far as the gateway reads it; unknown fields kept. */
export type InputItem = AnyItem &
  Readonly<
    | { type: 'message'; role: 'user' | 'assistant' | 'system' | 'developer'; content: Content }
    | {
        type: 'reasoning'
        summary?: Optional<readonly { text: string }[]>
        content?: Optional<readonly { text: string }[]>
        encrypted_content?: Optional<string>
      }
    | { type: 'function_call'; call_id: string; name: string; arguments: string }
    | { type: 'function_call_output' | 'custom_tool_call_output'; call_id: string; output: Content }
    | { type: 'custom_tool_call'; call_id: string; name: string; input: string }
    | { type: 'mcp_list_tools'; server_label: string }
    | {
        type: 'mcp_call'
        id: string
        server_label: string
        name: string
        arguments: string
        output?: Optional<string>
        error?: unknown
        approval_request_id?: Optional<string>
      }
    | { type: 'mcp_approval_request'; id: string; server_label: string; name: string; arguments: string }
    | { type: 'mcp_approval_response'; approval_request_id: string; approve: boolean; reason?: Optional<string> }
    | { type: 'image_generation_call' }
    | { type: 'item_reference'; id: string }
  >

const text = z.string()
const texts = z.array(z.looseObject({ text })).nullish()
const ofMcp = { id: text, server_label: text, name: text, arguments: text }
const output = { call_id: text, output: contentSchema }

const schemas: ReadonlyMap<string, z.ZodType> = new Map(
  Object.entries({
    message: { role: z.enum(['user', 'assistant', 'system', 'developer']), content: contentSchema },
    reasoning: { summary: texts, content: texts, encrypted_content: text.nullish() },
    function_call: { call_id: text, name: text, arguments: text },
    function_call_output: output,
    custom_tool_call: { call_id: text, name: text, input: text },
    custom_tool_call_output: output,
    mcp_list_tools: { server_label: text },
    mcp_call: { ...ofMcp, output: text.nullish(), approval_request_id: text.nullish() },
    mcp_approval_request: ofMcp,
    mcp_approval_response: { approval_request_id: text, approve: z.boolean(), reason: text.nullish() },
    image_generation_call: {},
    item_reference: { id: text },
  }).map(([type, fields]) => [type, z.looseObject({ type: z.literal(type), id: text.nullish(), ...fields })]),
)

/**
 * Reads `input`: a text is a message of the user's.
 *
 * @throws GatewayError `REQUEST_INVALID`, its `data.param` naming the item
 */
export function parseInput(input: unknown): readonly InputItem[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  if (!Array.isArray(input)) throw invalid('input', 'must be a text or a list of items')
  return input.map((item, index) => parseItem(item, `input[${index}]`))
}

function parseItem(item: unknown, at: string): InputItem {
  if (!isObject(item)) throw invalid(at, 'must be an item, such as {"role": "user", "content": "..."}')
  const type = item.type ?? (item.role === undefined ? 'item_reference' : 'message')
  const schema = typeof type === 'string' ? schemas.get(type) : undefined
  if (schema !== undefined) return orInvalid(schema.safeParse({ ...item, type }), at) as InputItem
  const known = [...schemas.keys()].join(', ')
  throw invalid(`${at}.type`, `"${String(type).slice(0, 60)}" items have no place here; known are ${known}`)
}
