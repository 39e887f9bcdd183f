import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { toSourceBlock } from './anthropic-source.ts'

/** A content block of the Messages API. */
export type Block = JsonObject

/** Blocks of Anthropic's own that callers may put among OpenAI's parts. */
const ownBlocks = new Set(['image', 'document', 'search_result', 'tool_reference', 'container_upload', 'browser_state'])

/**
 * Writes the content of a message as blocks: text, images and files; Anthropic's own blocks pass as they are. Text of
 * nothing but white space is left out, since the API refuses it.
 *
 * @param place - such as `messages[2].content`, for errors
 * @param onUnknown - stands in for a part that the API cannot take; without it the request is refused
 * @throws GatewayError `REQUEST_INVALID`
 */
export function toBlocks(content: unknown, place: string, onUnknown?: (part: JsonObject) => Block): Block[] {
  if (!Array.isArray(content)) return toTextBlocks(content)
  return content.flatMap((part: unknown, index) => {
    if (typeof part === 'string') return toTextBlocks(part)
    if (!isObject(part)) throw cannotCarry(`${place}[${index}]`, 'a part that is not an object')
    if (part.type === 'text' || part.type === 'refusal') return toTextBlocks(part.text ?? part.refusal, part)
    if (typeof part.type === 'string' && ownBlocks.has(part.type)) return [part]
    const block = toSourceBlock(part)
    if (block !== undefined) return [{ ...block, ...cacheControl(part) }]
    if (onUnknown !== undefined) return [onUnknown(part)]
    throw cannotCarry(`${place}[${index}]`, describePart(part))
  })
}

/** One text block, or none for a text that the API would refuse. */
export function toTextBlocks(text: unknown, part: JsonObject = {}): Block[] {
  if (typeof text !== 'string' || isBlank(text)) return []
  const { citations } = part
  return [{ type: 'text', text, ...(Array.isArray(citations) && { citations }), ...cacheControl(part) }]
}

/** The text of a part as it is told where the part itself cannot be sent. */
export function describePart(part: JsonObject): string {
  const inner = part[String(part.type)]
  const fields = isObject(inner) ? inner : {}
  const source = [fields.url, fields.file_data, fields.data].find(value => typeof value === 'string')
  const mime = /^data:([^;,]*)/.exec(source ?? '')?.[1]
  const named = [mime, fields.format, fields.filename].filter(value => typeof value === 'string' && value !== '')
  return [`a part of type "${String(part.type)}"`, ...(named.length > 0 ? [`(${named.join(', ')})`] : [])].join(' ')
}

/** The breakpoint of prompt caching, from whatever carries it. */
export function cacheControl({ cache_control: cache }: JsonObject): { cache_control?: JsonObject } {
  return isObject(cache) ? { cache_control: cache } : {}
}

/** Puts a message's own breakpoint on its last block. Thinking takes none. */
export function withCacheControl(blocks: readonly Block[], message: JsonObject): readonly Block[] {
  const last = blocks.at(-1)
  if (last === undefined || !isObject(message.cache_control) || last.type === 'thinking') return blocks
  return [...blocks.slice(0, -1), { ...last, ...cacheControl(message) }]
}

/** True for text that the API takes for none. */
export function isBlank(text: string): boolean {
  return text.trim() === ''
}

/** The refusal of what the Messages API has no form for. */
export function cannotCarry(place: string, what: string): GatewayError {
  return new GatewayError(
    'REQUEST_INVALID',
    `${place} is ${what.slice(0, 120)}, which Anthropic's Messages API cannot carry. Send text, an image (PNG, JPEG, GIF, WebP), a PDF or a text file.`,
    { data: { param: place, code: 'unsupported_content' } },
  )
}
