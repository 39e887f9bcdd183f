import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnEvent } from '../../core/model.ts'
import { plainContent } from './content-parts.ts'
import { fillArguments, readToolCalls } from './tool-call-parts.ts'

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
  const { model, usage } = answer
  const fields = knownFields(answer, ownFields)
  const hasModel = typeof model === 'string' && model !== ''
  if (!hasModel && !isObject(usage) && fields === undefined) return []
  return [{ type: 'meta', ...(hasModel && { model }), ...(isObject(usage) && { usage }), ...(fields && { fields }) }]
}

/** What an answer says that is told elsewhere, or is of no use to a caller. */
const ownFields = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'obfuscation'])
const choiceFields = new Set(['index', 'delta', 'message', 'finish_reason'])
const noFields: JsonObject = {}

/** The fields that have a value, without some; undefined when there are none. */
function knownFields(holder: JsonObject, without: ReadonlySet<string>): JsonObject | undefined {
  let fields: Record<string, unknown> | undefined
  for (const name in holder) {
    const value = holder[name]
    if (value === null || without.has(name)) continue
    fields ??= {}
    fields[name] = value
  }
  return fields
}

/** The parts of a choice, or of a chunk's: the message's fields, its calls, and the fields of the choice itself. */
export function splitChoice(choice: JsonObject): {
  choice: number
  delta: JsonObject
  calls: unknown
  reason: string | undefined
  fields: JsonObject
} {
  const { index, delta: piece, message, finish_reason: reason } = choice
  // Mistral repeats the choice's index inside the delta.
  const { role, index: _, tool_calls: calls, ...delta } = isObject(piece) ? piece : isObject(message) ? message : {}
  return {
    choice: typeof index === 'number' ? index : 0,
    delta: plainContent(delta),
    calls,
    reason: typeof reason === 'string' && reason !== '' ? reason : undefined,
    fields: knownFields(choice, choiceFields) ?? noFields,
  }
}

function readChoice(raw: JsonObject): readonly TurnEvent[] {
  const { choice, delta, calls: rawCalls, reason, fields } = splitChoice(raw)
  const calls = fillArguments(readToolCalls(rawCalls), reason)
  return [
    { type: 'delta', choice, delta, fields },
    ...(calls.length > 0 ? [{ type: 'tool_calls', choice, calls } as const] : []),
    { type: 'finish', choice, reason: reason ?? (calls.length > 0 ? 'tool_calls' : 'stop') },
  ]
}
