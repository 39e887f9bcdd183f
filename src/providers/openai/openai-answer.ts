import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnEvent } from '../../core/model.ts'
import { readToolCalls } from './tool-call-parts.ts'

/**
 * Reads a whole `chat.completion` as the events of a turn; a choice is one delta.
 *
 * @returns nothing for what is no completion
 */
export function fromOpenAi(answer: JsonObject): readonly TurnEvent[] {
  const choices = Array.isArray(answer.choices) ? answer.choices.filter(isObject) : []
  return choices.length === 0 ? [] : [...readMeta(answer), ...choices.flatMap(readChoice)]
}

/** What a completion or a chunk says of itself; empty when it says nothing. */
export function readMeta(answer: JsonObject): readonly TurnEvent[] {
  const { id, object, created, model, choices, usage, obfuscation, ...others } = answer
  const fields = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null))
  const meta = {
    ...(typeof model === 'string' && model !== '' && { model }),
    ...(isObject(usage) && { usage }),
    ...(Object.keys(fields).length > 0 && { fields }),
  }
  return Object.keys(meta).length > 0 ? [{ type: 'meta', ...meta }] : []
}

/** The parts of a choice, or of a chunk's: the message's fields, its calls, and the fields of the choice itself. */
export function splitChoice(choice: JsonObject): {
  choice: number
  delta: JsonObject
  calls: unknown
  reason: string | undefined
  fields: JsonObject
} {
  const { index, delta: piece, message, finish_reason: reason, ...fields } = choice
  // Mistral repeats the choice's index inside the delta.
  const { role, index: _, tool_calls: calls, ...delta } = isObject(piece) ? piece : isObject(message) ? message : {}
  return {
    choice: typeof index === 'number' ? index : 0,
    delta,
    calls,
    reason: typeof reason === 'string' && reason !== '' ? reason : undefined,
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)),
  }
}

function readChoice(raw: JsonObject): readonly TurnEvent[] {
  const { choice, delta, calls: rawCalls, reason, fields } = splitChoice(raw)
  const calls = readToolCalls(rawCalls)
  return [
    { type: 'delta', choice, delta, fields },
    ...(calls.length > 0 ? [{ type: 'tool_calls', choice, calls } as const] : []),
    { type: 'finish', choice, reason: reason ?? (calls.length > 0 ? 'tool_calls' : 'stop') },
  ]
}
