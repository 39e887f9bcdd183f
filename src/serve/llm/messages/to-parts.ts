import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

/**
 * Writes content of the Messages API as OpenAI's: a text, or a list of parts `text`, `image_url` and `file`, breakpoints
 * of prompt caching kept. What has no form there is told in words.
 */
export function toContent(content: unknown): string | readonly JsonObject[] {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : ''
  const parts = content.filter(isObject).flatMap(toParts)
  const [first] = parts
  const isPlain = parts.length === 1 && first?.type === 'text' && Object.keys(first).length === 2
  return isPlain ? String(first.text) : parts
}

function toParts(block: JsonObject): readonly JsonObject[] {
  const { type, source, cache_control: cache } = block
  const parts = type === 'document' ? toDocument(block) : [type === 'image' ? toImage(source) : toText(block)]
  const told = parts.filter(part => part.type !== 'text' || part.text !== '')
  const last = told.at(-1)
  return isObject(cache) && last ? [...told.slice(0, -1), { ...last, cache_control: cache }] : told
}

function toImage(source: unknown): JsonObject {
  const { type, url, media_type: mediaType, data, file_id: id } = isObject(source) ? source : {}
  if (type === 'file') return { type: 'file', file: { file_id: id } }
  const address = type === 'base64' ? `data:${String(mediaType)};base64,${String(data)}` : url
  return { type: 'image_url', image_url: { url: address } }
}

/** A document of text goes as text, which every model reads; its title and context stand before it. */
function toDocument({ source, title, context }: JsonObject): readonly JsonObject[] {
  const { type, url, media_type: mediaType, data, file_id: id, content } = isObject(source) ? source : {}
  const named = typeof title === 'string' && title !== '' ? title : undefined
  const before = [named, context].filter(text => typeof text === 'string' && text !== '')
  const heading = before.map(text => ({ type: 'text', text }))
  switch (type) {
    case 'text':
      return [{ type: 'text', text: [...before, data].join('\n\n') }]
    case 'content':
      return [...heading, ...(typeof content === 'string' ? [{ type: 'text', text: content }] : blocksIn(content))]
    case 'file':
      return [
        ...heading.slice(named ? 1 : 0),
        { type: 'file', file: { file_id: id, ...(named && { filename: named }) } },
      ]
    default: {
      const address = type === 'base64' ? `data:${String(mediaType)};base64,${String(data)}` : url
      const file = { filename: named ?? 'document.pdf', file_data: address }
      return [...heading.slice(named ? 1 : 0), { type: 'file', file }]
    }
  }
}

function blocksIn(content: unknown): readonly JsonObject[] {
  return Array.isArray(content) ? content.filter(isObject).flatMap(toParts) : []
}

function toText(block: JsonObject): JsonObject {
  if (block.type === 'text') return { type: 'text', text: typeof block.text === 'string' ? block.text : '' }
  return { type: 'text', text: tell(block) }
}

/** What a block of Anthropic's own says, in words. */
export function tell(block: JsonObject): string {
  const { type, title, source, name, tool_name: toolName, input, content } = block
  const inside = (Array.isArray(content) ? content : [content]).filter(isObject)
  if (type === 'search_result') {
    const texts = inside.map(part => part.text).filter(text => typeof text === 'string')
    return [title, source, ...texts].filter(text => typeof text === 'string').join('\n')
  }
  const named = [name, toolName].find(text => typeof text === 'string')
  const found = inside.map(part =>
    [part.title, part.url, part.error_code].filter(text => typeof text === 'string').join(' '),
  )
  const said = [named, isObject(input) ? JSON.stringify(input) : undefined, ...found].filter(Boolean)
  return `[${[String(type), ...said].join(' ')}]`
}
