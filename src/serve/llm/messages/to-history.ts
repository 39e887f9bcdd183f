import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { ChatMessage, Native, ToolCall } from '../../../core/model.ts'
import { fromMcpId, fromToolUseId } from './block-ids.ts'
import type { Block, InputMessage } from './messages-request.ts'
import { tell, toContent } from './to-parts.ts'

/** What a tool of a server is called in this request; its own name where it is not among the tools. */
export type NameOf = (server: string, name: string) => string

/**
 * Writes a caller's history as messages, each with the caller's own blocks beside it for a provider of this wire.
 *
 * An earlier answer of ours that called our tools becomes what it was made of: a turn with its calls, their results, and
 * the turn after them, and so on; thinking stays where it stood. Results in a message of the user's go before all else
 * in it.
 */
export function toHistory(messages: readonly InputMessage[], nameOf: NameOf): readonly ChatMessage[] {
  return messages.flatMap(({ role, content }) => {
    if (typeof content === 'string') return [{ role, content, native: toNative(role, content) }]
    return role === 'assistant' ? toTurns(content, nameOf) : toAsked(role, content)
  })
}

type Turn = { said: Block[]; results: Block[] }

function toTurns(blocks: readonly Block[], nameOf: NameOf): readonly ChatMessage[] {
  const turns: Turn[] = []
  for (const block of blocks) {
    // The list of a server's tools, which the tools of the request say anew.
    if (block.type === 'mcp_tool_listing') continue
    const last = turns.at(-1)
    if (block.type === 'mcp_tool_result') {
      if (last) last.results.push(block)
      else turns.push({ said: [], results: [block] })
    } else if (last === undefined || last.results.length > 0) turns.push({ said: [block], results: [] })
    else last.said.push(block)
  }
  return turns.flatMap(({ said, results }) => [...toAnswer(said, nameOf), ...results.map(toResult)])
}

function toAnswer(blocks: readonly Block[], nameOf: NameOf): readonly ChatMessage[] {
  const own = blocks.filter(isKept).map(block => toOwnCall(block, nameOf))
  const calls = blocks.flatMap(block => toCall(block, nameOf))
  const thoughts = own.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking')
  const thought = blocks.map(({ type, thinking }) => (type === 'thinking' ? thinking : undefined))
  const reasoning = thought.filter(text => typeof text === 'string' && text !== '').join('\n\n')
  const content = toContent(blocks.filter(isSpoken).map(block => (block.type === 'text' ? block : toldBlock(block))))
  if (own.length === 0 && reasoning === '') return []
  return [
    {
      role: 'assistant',
      content: content.length > 0 ? content : calls.length > 0 ? null : '',
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(thoughts.length > 0 && { thinking_blocks: thoughts }),
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(own.length > 0 && { native: toNative('assistant', own) }),
    },
  ]
}

/** Thinking that nobody has signed, as models of other wires think, cannot be replayed to Anthropic. */
function isKept({ type, signature }: Block): boolean {
  return type !== 'thinking' || (typeof signature === 'string' && signature !== '')
}

const silent = new Set(['thinking', 'redacted_thinking', 'tool_use', 'mcp_tool_use'])

function isSpoken({ type }: Block): boolean {
  return !silent.has(type)
}

function toldBlock(block: Block): JsonObject {
  return { type: 'text', text: tell(block) }
}

/** A call of ours as one of the caller's own would stand there; no provider but Anthropic's connector has the other form. */
function toOwnCall(block: Block, nameOf: NameOf): Block {
  if (block.type === 'tool_use') {
    const { id } = fromToolUseId(String(block.id))
    return id === block.id ? block : { ...block, id }
  }
  if (block.type !== 'mcp_tool_use') return block
  const { id, name, input, server_name: server, cache_control: cache } = block
  return {
    type: 'tool_use',
    id: fromMcpId(String(id)).id,
    name: nameOf(String(server), String(name)),
    input,
    ...(isObject(cache) && { cache_control: cache }),
  }
}

function toCall(block: Block, nameOf: NameOf): readonly ToolCall[] {
  if (block.type !== 'tool_use' && block.type !== 'mcp_tool_use') return []
  const isMcp = block.type === 'mcp_tool_use'
  const { id, google } = isMcp ? fromMcpId(String(block.id)) : fromToolUseId(String(block.id))
  const name = isMcp ? nameOf(String(block.server_name), String(block.name)) : String(block.name)
  return [
    {
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(block.input ?? {}) },
      ...(google && { extra_content: { google } }),
    },
  ]
}

function toAsked(role: InputMessage['role'], blocks: readonly Block[]): readonly ChatMessage[] {
  const results = blocks.filter(isResult)
  const others = blocks.filter(block => !isResult(block))
  const asked = { role, content: toContent(others), native: toNative(role, others) }
  return [...results.map(toResult), ...(others.length > 0 || results.length === 0 ? [asked] : [])]
}

function isResult({ type }: Block): boolean {
  return type === 'tool_result' || type === 'mcp_tool_result'
}

function toResult(block: Block): ChatMessage {
  const { type, tool_use_id: given, content, is_error: isError, cache_control: cache } = block
  const { id } = type === 'mcp_tool_result' ? fromMcpId(String(given)) : fromToolUseId(String(given))
  return {
    role: 'tool',
    tool_call_id: id,
    content: toContent(content),
    ...(isError === true && { is_error: true }),
    ...(isObject(cache) && { cache_control: cache }),
    // What our tools said was never Anthropic's to say: each wire writes it as it did when it was said.
    ...(type === 'tool_result' && { native: toNative('user', [{ ...block, tool_use_id: id }]) }),
  }
}

function toNative(role: string, content: unknown): Native {
  return { wire: 'anthropic', value: { role, content } }
}
