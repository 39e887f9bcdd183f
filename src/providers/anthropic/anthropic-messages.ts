import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage, ToolCall } from '../../core/model.ts'
import { toCallInput } from '../boundary/call-input.ts'
import type { Block } from './anthropic-content.ts'
import {
  cacheControl,
  cannotCarry,
  describePart,
  isBlank,
  toBlocks,
  toTextBlocks,
  withCacheControl,
} from './anthropic-content.ts'

/** What one message says, before turns are made of messages. */
export type Said = Readonly<{ role: 'system' | 'user' | 'assistant'; blocks: readonly Block[]; isNative: boolean }>

/**
 * Writes one chat message as blocks.
 *
 * A message that Anthropic itself had said (`native`) is taken as it is, so that thinking keeps its place and
 * signatures. Without it `thinking_blocks` come first, if they are signed; thinking without a signature cannot be replayed
 * and is left out, as is the `name` of a user.
 *
 * @param place - such as `messages[2]`, for errors
 * @throws GatewayError `REQUEST_INVALID` for a role or part that the API does not know
 */
export function readMessage(message: ChatMessage, place: string): Said {
  const native = nativeBlocks(message)
  if (native !== undefined) return native
  const { role } = message
  const where = `${place}.content`
  switch (role) {
    case 'system':
    case 'developer':
      return said('system', withCacheControl(toBlocks(message.content, where).map(onlyText(where)), message))
    case 'user':
      return said('user', withCacheControl(toBlocks(message.content, where), message))
    case 'assistant':
      return said('assistant', withCacheControl(assistantBlocks(message, where), message))
    case 'tool':
      return said('user', resultBlocks(message, where))
  }
  throw new GatewayError(
    'REQUEST_INVALID',
    `${place} has role ${JSON.stringify(role)?.slice(0, 40)}. Use system, developer, user, assistant or tool.`,
    { data: { param: `${place}.role`, code: 'invalid_value' } },
  )
}

function said(role: Said['role'], blocks: readonly Block[]): Said {
  return { role, blocks, isNative: false }
}

function nativeBlocks({ native, role, tool_calls: calls, tool_call_id: answered }: ChatMessage): Said | undefined {
  if (native?.wire !== 'anthropic') return undefined
  const { content, role: ownRole } = native.value
  const known = ownRole === 'user' || ownRole === 'assistant' || ownRole === 'system' ? ownRole : role
  if (known !== 'user' && known !== 'assistant' && known !== 'system') return undefined
  const blocks = Array.isArray(content) ? content.filter(isObject) : toTextBlocks(content)
  const spoken = blocks.filter(
    block => block.type !== 'text' || (typeof block.text === 'string' && !isBlank(block.text)),
  )
  return { role: known, blocks: withAnswered(answered, withIdsOf(calls, spoken)), isNative: true }
}

/** A result of a caller who speaks this wire answers the call by the id that it is sent under. */
function withAnswered(id: string | undefined, blocks: readonly Block[]): readonly Block[] {
  if (id === undefined) return blocks
  return blocks.map(block => (block.type === 'tool_result' ? { ...block, tool_use_id: id } : block))
}

/** Ids are made distinct over a whole answer, so the message's calls may have others than its native form. */
function withIdsOf(calls: readonly ToolCall[] | undefined, blocks: readonly Block[]): readonly Block[] {
  const uses = blocks.filter(({ type }) => type === 'tool_use')
  if (!Array.isArray(calls) || calls.length !== uses.length) return blocks
  const ids = new Map(uses.map((use, index) => [use, calls[index]?.id]))
  return blocks.map(block => {
    const id = ids.get(block)
    return id === undefined || id === block.id ? block : { ...block, id }
  })
}

function assistantBlocks(message: ChatMessage, where: string): readonly Block[] {
  const { thinking_blocks: thoughts, tool_calls: calls, content, refusal } = message
  // Mistral's thinking is a part of the content, without a signature.
  const spoken = Array.isArray(content) ? content.filter(part => !isObject(part) || part.type !== 'thinking') : content
  return [
    ...(Array.isArray(thoughts) ? thoughts.filter(isObject).filter(isReplayable) : []),
    ...toBlocks(spoken, where).map(onlyText(where)),
    ...toTextBlocks(refusal),
    ...(Array.isArray(calls) ? calls.map(toToolUse) : []),
  ]
}

function isReplayable({ type, signature, data }: JsonObject): boolean {
  const proof = type === 'thinking' ? signature : type === 'redacted_thinking' ? data : undefined
  return typeof proof === 'string' && proof !== ''
}

function toToolUse(call: ToolCall): Block {
  const named = isObject(call.function) ? call.function : isObject(call.custom) ? call.custom : {}
  const input = isObject(call.custom) ? { input: named.input } : toCallInput(named.arguments)
  return { type: 'tool_use', id: call.id, name: named.name, input, ...cacheControl(call) }
}

/**
 * A result, and behind it what may not be in it: a failure takes text only. A result of nothing has no content, but for
 * a failure, which needs some. What the API cannot carry is told in words: the tool has said it, not the caller.
 */
function resultBlocks(message: ChatMessage, where: string): readonly Block[] {
  const blocks = toBlocks(message.content, where, part => ({ type: 'text', text: `[${describePart(part)}]` }))
  const isError = message.is_error === true
  const texts = blocks.filter(({ type }) => type === 'text')
  const inside = isError ? (texts.length > 0 ? texts : toTextBlocks(noContent)) : blocks
  const result = {
    type: 'tool_result',
    tool_use_id: message.tool_call_id,
    ...(inside.length > 0 && { content: asString(inside) }),
    ...(isError && { is_error: true }),
    ...cacheControl(message),
  }
  return [result, ...(isError ? blocks.filter(({ type }) => type !== 'text') : [])]
}

/** Stands where the API wants a text and nobody gave one. */
export const noContent = '(no content)'

/** A plain text is sent as one. */
function asString(blocks: readonly Block[]): unknown {
  const [first] = blocks
  return blocks.length === 1 && first?.type === 'text' && Object.keys(first).length === 2 ? first.text : blocks
}

function onlyText(place: string): (block: Block) => Block {
  return block => {
    if (block.type !== 'text')
      throw cannotCarry(place, `a part of type "${String(block.type)}" in a role that takes text`)
    return block
  }
}
