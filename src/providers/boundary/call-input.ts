import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * The arguments of a call as the object that most wires want. Empty ones are `{}`; whatever else a model once wrote is shown to
 * it as `{"arguments": ...}`.
 */
export function toCallInput(text: unknown): JsonObject {
  if (typeof text !== 'string') return wrapped(text)
  if (text.trim() === '') return {}
  try {
    return wrapped(JSON.parse(text))
  } catch {
    return { arguments: text }
  }
}

function wrapped(value: unknown): JsonObject {
  return isObject(value) ? value : { arguments: value ?? null }
}
