import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * Writes an answer whose `content` is a list of parts as OpenAI's clients read it: texts as one text, thoughts as
 * `reasoning_content`. Mistral's models that reason answer so.
 *
 * @returns the message itself where its content is no list, or has parts of other kinds
 */
export function plainContent(message: JsonObject): JsonObject {
  const { content, ...others } = message
  if (!Array.isArray(content) || content.length === 0) return message
  const parts: readonly unknown[] = content
  if (!parts.every(part => isObject(part) && (isText(part) || isThought(part)))) return message
  const known = parts.filter(isObject)
  const text = known.filter(isText).map(({ text }) => text)
  const thoughts = known.filter(isThought).flatMap(({ thinking }) => textsOf(thinking))
  return {
    ...others,
    ...(thoughts.length > 0 && { reasoning_content: thoughts.join('') }),
    ...(text.length > 0 && { content: text.join('') }),
  }
}

function isText(part: JsonObject): boolean {
  return part.type === 'text' && typeof part.text === 'string'
}

function isThought(part: JsonObject): boolean {
  return part.type === 'thinking' && (typeof part.thinking === 'string' || Array.isArray(part.thinking))
}

function textsOf(thinking: unknown): readonly string[] {
  if (typeof thinking === 'string') return [thinking]
  const parts = Array.isArray(thinking) ? thinking.filter(isObject) : []
  return parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
}
