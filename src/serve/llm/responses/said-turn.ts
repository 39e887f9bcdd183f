import type { JsonObject } from '../../../core/json.ts'
import type { ChatMessage, ToolCall } from '../../../core/model.ts'

/** A turn of the model as it is put together again of items. */
export type SaidTurn = {
  /** The turn exactly as it was said, where that is known. */
  replay?: ChatMessage
  readonly thoughts: string[]
  readonly texts: string[]
  readonly refusals: string[]
  readonly calls: SaidCall[]
}

/** A call in it; `result` once it has one. */
export type SaidCall = {
  readonly call: ToolCall
  /** Of a call that needed approval: the request's id, what it is of, and the caller's answer. */
  readonly approval?: Readonly<{ id: string; label: string; name: string; arguments: string }>
  /** `at` is the place in the conversation where it came. */
  verdict?: Readonly<{ approve: boolean; reason?: string; at: number }>
  result?: ChatMessage
}

/** Begins a turn. */
export function beginTurn(replay?: ChatMessage): SaidTurn {
  return { ...(replay && { replay }), thoughts: [], texts: [], refusals: [], calls: [] }
}

/** Whether a text that follows may belong to this turn. Behind another text only where the turn is known to go on. */
export function maySpeak({ texts, calls, replay }: SaidTurn): boolean {
  if (calls.length > 0) return false
  return texts.length === 0 || (replay !== undefined && texts.join('').length < textIn(replay.content).length)
}

/** Whether this is what a turn had said before the item that carries it: one that thinks aloud of nothing stands behind its text. */
export function isTextOf({ texts, calls, replay }: SaidTurn, whole: ChatMessage): boolean {
  const isKnown = replay !== undefined || calls.length > 0 || texts.length === 0
  return !isKnown && texts.join('') === textIn(whole.content)
}

/** Whether a thought that follows may belong to it. */
export function mayThink({ texts, calls, replay }: SaidTurn): boolean {
  return calls.length === 0 && (texts.length === 0 || replay !== undefined)
}

/** Whether a call that follows may belong to it. */
export function mayCall({ replay }: SaidTurn, id: string): boolean {
  return replay === undefined || replay.tool_calls?.some(call => call.id === id) === true
}

/**
 * Writes a turn as the message of the assistant that it was. As it was said where the items still tell the same; else what they
 * tell, with the signatures that are known.
 */
export function toAssistant(turn: SaidTurn): ChatMessage {
  const { replay, thoughts, texts, refusals, calls } = turn
  const text = texts.join('')
  if (replay !== undefined && textIn(replay.content) === text && hasSameCalls(replay, calls)) return replay
  const { role: _, content: __, tool_calls: ___, native: ____, ...signed } = replay ?? { role: 'assistant' }
  const made = calls.map(({ call }) => ({ ...signatureOf(replay, call.id), ...call }))
  return {
    ...signed,
    ...(thoughts.length > 0 && { reasoning_content: thoughts.join('\n') }),
    role: 'assistant',
    content: text === '' ? null : text,
    ...(refusals.length > 0 && { refusal: refusals.join('') }),
    ...(made.length > 0 && { tool_calls: made }),
  }
}

function hasSameCalls({ tool_calls: said = [] }: ChatMessage, calls: readonly SaidCall[]): boolean {
  const known = new Map(calls.map(({ call }) => [call.id, argumentsOf(call)]))
  return said.length === calls.length && said.every(call => known.get(call.id) === argumentsOf(call))
}

function argumentsOf(call: ToolCall): string {
  return JSON.stringify((call.function as JsonObject | undefined)?.arguments ?? call.custom)
}

function signatureOf(replay: ChatMessage | undefined, id: string): JsonObject {
  const signature = replay?.tool_calls?.find(call => call.id === id)?.extra_content
  return signature === undefined ? {} : { extra_content: signature }
}

function textIn(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : ''
  return content.map(part => (typeof part?.text === 'string' ? part.text : '')).join('')
}
