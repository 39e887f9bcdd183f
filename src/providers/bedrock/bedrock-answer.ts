import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ToolCall, TurnEvent } from '../../core/model.ts'

/**
 * Reads a whole answer of Converse as the events of a turn.
 *
 * @returns nothing for what is no answer
 * @throws GatewayError `PROVIDER_ERROR` where the model's output made no sense to Bedrock
 */
export function fromBedrock(answer: JsonObject): readonly TurnEvent[] {
  const message = isObject(answer.output) ? answer.output.message : undefined
  if (!isObject(message) || !Array.isArray(message.content)) return []
  const { output: _, stopReason, usage: __, ...others } = answer
  const blocks = message.content.filter(isObject)
  const delta = toDelta(blocks)
  return [
    ...(Object.keys(delta).length > 0 ? [{ type: 'delta', choice: 0, delta } as const] : []),
    ...toMeta(answer.usage, others),
    ...endTurn(blocks, stopReason, blocks.flatMap(toCall)),
  ]
}

/**
 * The last events of a turn: its calls, and why it ended.
 *
 * @param blocks - the whole message, for later turns
 * @throws GatewayError `PROVIDER_ERROR` where the model's output made no sense to Bedrock
 */
export function endTurn(blocks: readonly JsonObject[], stopReason: unknown, calls: readonly ToolCall[]): TurnEvent[] {
  if (stopReason === 'malformed_model_output' || stopReason === 'malformed_tool_use') throw malformed(stopReason)
  const reason = finishReasons.get(String(stopReason)) ?? 'stop'
  // A turn that was cut or blocked may hold half of its calls.
  const isComplete = reason === 'stop' || reason === 'tool_calls'
  const kept = isComplete ? blocks : blocks.filter(block => !('toolUse' in block))
  const given = isComplete ? calls : []
  return [
    ...(given.length > 0 ? [{ type: 'tool_calls', choice: 0, calls: given } as const] : []),
    {
      type: 'finish',
      choice: 0,
      reason: given.length > 0 ? 'tool_calls' : reason === 'tool_calls' ? 'stop' : reason,
      ...(kept.length > 0 && { native: { wire: 'bedrock', value: { role: 'assistant', content: kept } } as const }),
    },
  ]
}

/** The usage of an answer, and what it says of itself otherwise under `bedrock`. */
export function toMeta(usage: unknown, others: JsonObject): readonly TurnEvent[] {
  const said = Object.entries(others).filter(([name, value]) => !isEmpty(value) && name !== 'p')
  const meta = {
    ...(isObject(usage) && { usage: toUsage(usage) }),
    ...(said.length > 0 && { fields: { bedrock: Object.fromEntries(said) } }),
  }
  return Object.keys(meta).length > 0 ? [{ type: 'meta', ...meta }] : []
}

/** Reasoning in the two forms that callers know: as text, and as Anthropic's blocks with their signatures. */
export function toThinkingBlock({ reasoningText, redactedContent }: JsonObject): JsonObject | undefined {
  if (typeof redactedContent === 'string') return { type: 'redacted_thinking', data: redactedContent }
  if (!isObject(reasoningText)) return undefined
  const { text = '', signature } = reasoningText
  return { type: 'thinking', thinking: text, ...(typeof signature === 'string' && { signature }) }
}

const finishReasons: ReadonlyMap<string, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
])

function toDelta(blocks: readonly JsonObject[]): JsonObject {
  const content = blocks.map(textOf).join('')
  const reasoning = blocks.flatMap(({ reasoningContent }) => (isObject(reasoningContent) ? [reasoningContent] : []))
  const thinking = reasoning.map(toThinkingBlock).filter(block => block !== undefined)
  const thought = thinking.map(block => (typeof block.thinking === 'string' ? block.thinking : '')).join('')
  return {
    ...(thought !== '' && { reasoning_content: thought }),
    ...(thinking.length > 0 && { thinking_blocks: thinking }),
    ...(content !== '' && { content }),
  }
}

/** A text that cites its sources comes in pieces. */
function textOf({ text, citationsContent: cited }: JsonObject): string {
  if (typeof text === 'string') return text
  if (!isObject(cited) || !Array.isArray(cited.content)) return ''
  return cited.content.map(piece => (isObject(piece) && typeof piece.text === 'string' ? piece.text : '')).join('')
}

function toCall({ toolUse }: JsonObject): ToolCall[] {
  if (!isObject(toolUse) || toolUse.type === 'server_tool_use') return []
  const { toolUseId, name, input = {} } = toolUse
  return [
    { id: String(toolUseId), type: 'function', function: { name: String(name), arguments: JSON.stringify(input) } },
  ]
}

/** Bedrock counts what was read from and written to a cache beside `inputTokens`; OpenAI counts it among them. */
function toUsage(usage: JsonObject): JsonObject {
  const count = (name: string): number => (typeof usage[name] === 'number' ? usage[name] : 0)
  const read = count('cacheReadInputTokens')
  const written = count('cacheWriteInputTokens')
  const prompt = count('inputTokens') + read + written
  const completion = count('outputTokens')
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(read + written > 0 && { prompt_tokens_details: { cached_tokens: read } }),
    ...(written > 0 && { cache_creation_input_tokens: written }),
  }
}

function malformed(stopReason: string): GatewayError {
  const message = `The model's answer made no sense to Bedrock (${stopReason}). Ask again.`
  const error = { message, type: 'server_error', param: null, code: stopReason }
  return new GatewayError('PROVIDER_ERROR', message, { data: { status: 502, error } })
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0)
}
