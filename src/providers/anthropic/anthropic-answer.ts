import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { FunctionCall, TurnEvent } from '../../core/model.ts'
import type { ReadContext } from '../codec.ts'
import type { Block } from './anthropic-content.ts'
import { toUsage, withoutNulls } from './anthropic-usage.ts'

/**
 * Reads a whole message as the events of a turn: one delta, its calls, its finish.
 *
 * Text and thinking are told; blocks that OpenAI's form has no place for (server tools and their results, citations, ...)
 * are in the finish's `native`, which holds the whole message.
 *
 * @returns nothing for what is no message
 */
export function fromAnthropic(
  answer: JsonObject,
  { tellsNative = false }: Pick<ReadContext, 'tellsNative'> = {},
): readonly TurnEvent[] {
  const { content, usage } = answer
  if (!Array.isArray(content)) return []
  const blocks = content.filter(isObject)
  const delta = {
    ...textOf(blocks, 'text', 'content'),
    ...textOf(blocks, 'thinking', 'reasoning_content'),
  }
  return [
    ...readMeta({ ...answer, usage: undefined }),
    ...(tellsNative ? [toNative({ type: 'message_start', message: answer }), ...blocks.flatMap(tellBlock)] : []),
    ...(Object.keys(delta).length > 0 ? [{ type: 'delta', choice: 0, delta } as const] : []),
    ...endMessage(
      blocks,
      blocks.filter(isCall).map(block => toCall(block)),
      {
        stop: answer,
        usage: isObject(usage) ? usage : undefined,
        isWhole: true,
      },
    ),
  ]
}

/** An event of the Messages API's stream, for a caller who speaks this wire. */
export function toNative(value: JsonObject): TurnEvent {
  return { type: 'native', event: { wire: 'anthropic', value } }
}

/** A whole block as a stream would begin and end it. */
export function tellBlock(block: Block, index: number): readonly TurnEvent[] {
  return [
    toNative({ type: 'content_block_start', index, content_block: block }),
    toNative({ type: 'content_block_stop', index }),
  ]
}

/** True for a call that the client answers; calls of Anthropic's own tools have other types. */
export function isCall({ type }: Block): boolean {
  return type === 'tool_use'
}

/** @param text - the arguments as they were streamed; those of the block where there are none */
export function toCall({ id, name, input }: Block, text?: string): FunctionCall {
  const whole = typeof input === 'string' ? input : JSON.stringify(input ?? {})
  return {
    id: String(id ?? ''),
    type: 'function',
    function: { name: String(name ?? ''), arguments: text?.trim() ? text : whole.trim() || '{}' },
  }
}

/** What a message says of itself outside its content; the model, and fields that we do not know, such as `container`. */
export function readMeta(message: JsonObject): readonly TurnEvent[] {
  const { id, type, role, content, model, usage, stop_reason, stop_sequence, stop_details, ...others } = message
  const fields = withoutNulls(others)
  const hasModel = typeof model === 'string' && model !== ''
  const hasFields = Object.keys(fields).length > 0
  return hasModel || hasFields ? [{ type: 'meta', ...(hasModel && { model }), ...(hasFields && { fields }) }] : []
}

/** How a message ended, and what it cost. `isWhole` is false where a block could not be put together. */
export type MessageEnd = Readonly<{
  /** Has `stop_reason`, `stop_sequence` and `stop_details`. */
  stop: JsonObject
  usage: JsonObject | undefined
  isWhole: boolean
}>

/** The events that end a turn, in order: thinking to be replayed, the reason of a refusal, usage, calls, finish. */
export function endMessage(
  blocks: readonly Block[],
  calls: readonly FunctionCall[],
  { stop, usage, isWhole }: MessageEnd,
): readonly TurnEvent[] {
  const { stop_reason: raw, stop_sequence: sequence, stop_details: details } = stop
  const thoughts = blocks.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking')
  const explanation = raw === 'refusal' && isObject(details) ? details.explanation : undefined
  const delta = {
    ...(thoughts.length > 0 && { thinking_blocks: thoughts }),
    ...(typeof explanation === 'string' && { refusal: explanation }),
  }
  const reason = reasons.get(String(raw)) ?? 'stop'
  // OpenAI's reasons are few: where ours says less than Anthropic's, theirs is told too.
  const isPlain = raw === 'end_turn' || raw === 'max_tokens' || raw === 'tool_use' || typeof raw !== 'string'
  const fields = withoutNulls({ stop_reason: isPlain ? null : raw, stop_sequence: sequence, stop_details: details })
  return [
    ...(Object.keys(delta).length > 0 ? [{ type: 'delta', choice: 0, delta } as const] : []),
    ...(usage === undefined ? [] : [{ type: 'meta', usage: toUsage(usage) } as const]),
    ...(calls.length > 0 ? [{ type: 'tool_calls', choice: 0, calls } as const] : []),
    {
      type: 'finish',
      choice: 0,
      reason: reason === 'stop' || reason === 'tool_calls' ? (calls.length > 0 ? 'tool_calls' : 'stop') : reason,
      ...(Object.keys(fields).length > 0 && { fields }),
      ...(isWhole &&
        blocks.length > 0 && { native: { wire: 'anthropic', value: { role: 'assistant', content: blocks } } }),
    },
  ]
}

/**
 * Anthropic's reasons in OpenAI's words. An answer that was paused, or stopped to be compacted, is not complete, which
 * `length` alone says.
 */
const reasons: ReadonlyMap<string, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['pause_turn', 'length'],
  ['compaction', 'length'],
  ['refusal', 'content_filter'],
])

function textOf(blocks: readonly Block[], type: string, field: string): JsonObject {
  const text = blocks
    .map(block => (block.type === type ? block[type] : undefined))
    .filter(part => typeof part === 'string')
  return text.some(part => part !== '') ? { [field]: text.join('') } : {}
}
