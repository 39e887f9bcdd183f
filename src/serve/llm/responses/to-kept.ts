import type { JsonObject } from '../../../core/json.ts'
import type { ChatMessage } from '../../../core/model.ts'
import type { Context } from './context.ts'
import type { InputItem } from './input-items.ts'
import { firstInputIndex, toItemId } from './item-ids.ts'
import type { KeptResponse } from './kept-responses.ts'

/** Makes of an answer what is kept of it; the items of the caller's get ids where they have none. */
export function toKept(
  id: string,
  owner: string,
  { before, input, replays: known }: Context,
  response: JsonObject,
  replays: ReadonlyMap<string, ChatMessage>,
): KeptResponse {
  return {
    owner,
    response: response as KeptResponse['response'],
    input: input.map((item, index) => (item.id ? item : { ...item, id: toInputId(id, item, index) })),
    before,
    replays: Object.fromEntries([...known, ...replays]),
  }
}

function toInputId(responseId: string, { type }: InputItem, index: number): string {
  return toItemId(responseId, prefixes.get(type) ?? 'item', firstInputIndex + index)
}

const prefixes: ReadonlyMap<string, string> = new Map([
  ['message', 'msg'],
  ['reasoning', 'rs'],
  ['function_call', 'fc'],
  ['function_call_output', 'fco'],
  ['custom_tool_call', 'ctc'],
  ['custom_tool_call_output', 'ctco'],
  ['mcp_list_tools', 'mcpl'],
  ['mcp_approval_response', 'mcpa'],
])
