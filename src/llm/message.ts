import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import type { ChatMessage, Native, ToolCall } from '../core/model.ts'

/**
 * Joins the deltas of one choice to the fields of its message: texts are put together, lists go one after the other,
 * objects are joined field by field, and of anything else the later one is kept.
 */
export function joinDeltas(deltas: readonly JsonObject[]): JsonObject {
  return deltas.reduce(joinObjects, {})
}

/**
 * The assistant message as the next turn sees it, with what the provider wants back (`reasoning_content`, ...) and
 * without what only an answer has.
 *
 * @param native - the message as its provider has it, whose ids are those of `calls`
 */
export function toHistory(fields: JsonObject, calls: readonly ToolCall[], native?: Native): ChatMessage {
  const { content, annotations, audio, ...others } = fields
  const said = Object.entries(others).filter(([, value]) => !isEmpty(value))
  return {
    ...Object.fromEntries(said),
    role: 'assistant',
    content: isEmpty(content) ? null : content,
    ...(calls.length > 0 && { tool_calls: calls }),
    // OpenAI takes back an audio answer by its id alone.
    ...(isObject(audio) && { audio: { id: audio.id } }),
    ...(native && { native }),
  }
}

/** Puts results behind the turn whose calls they answer, and behind the answers that it has already; else at the end. */
export function placeResults(
  messages: readonly ChatMessage[],
  results: readonly ChatMessage[],
): readonly ChatMessage[] {
  const ids = new Set(results.map(result => result.tool_call_id))
  const turn = messages.findLastIndex(({ tool_calls: calls }) => calls?.some(({ id }) => ids.has(id)))
  const after = messages.findIndex(({ role }, index) => index > turn && role !== 'tool')
  return turn < 0 || after < 0 ? [...messages, ...results] : messages.toSpliced(after, 0, ...results)
}

/** Fields that are sent whole each time, unlike text. */
const wholeFields = new Set(['id', 'type', 'role', 'name', 'format'])

function joinObjects(a: JsonObject, b: JsonObject): JsonObject {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map(name => [name, joinValues(name, a[name], b[name])]))
}

function joinValues(name: string, a: unknown, b: unknown): unknown {
  if (a === undefined || a === null) return b === undefined ? a : b
  if (b === undefined || b === null) return a
  if (typeof a === 'string' && typeof b === 'string') return wholeFields.has(name) ? b : a + b
  if (Array.isArray(a) || Array.isArray(b)) return [...toParts(a), ...toParts(b)]
  return isObject(a) && isObject(b) ? joinObjects(a, b) : b
}

/** Mistral mixes plain text and lists of parts in `content`. */
function toParts(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === '' ? [] : [typeof value === 'string' ? { type: 'text', text: value } : value]
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}
