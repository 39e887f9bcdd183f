import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/** Names of documents given in one request: Converse refuses one that comes twice. */
export type DocumentNames = Set<string>

/** Stands where Converse wants a text and there is none. */
export const noContent = '(no content)'

/**
 * Writes the content of a system or user message, or the text of an assistant's, as blocks. Text of nothing but white
 * space is left out: Converse refuses it.
 *
 * @param place - of the message, such as `messages[3]`, for errors
 * @throws GatewayError `REQUEST_INVALID` for a part that Converse cannot carry
 */
export function toBlocks(content: unknown, place: string, names: DocumentNames): JsonObject[] {
  if (typeof content === 'string') return textBlocks(content)
  if (!Array.isArray(content)) return []
  return content.flatMap((part: unknown, at) => {
    const where = `${place}.content[${at}]`
    if (typeof part === 'string') return textBlocks(part)
    if (!isObject(part)) throw refused(where, 'is no content part')
    const blocks = toBlock(part, where, names)
    return blocks.length > 0 ? [...blocks, ...cachePoint(part)] : []
  })
}

/**
 * Writes what a tool gave as the content of its `toolResult`. Never empty, and never an error: a part that Converse cannot
 * carry is told to the model in words.
 */
export function toResultBlocks(content: unknown, names: DocumentNames): JsonObject[] {
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? content : []
  const blocks = parts.flatMap((part: unknown): JsonObject[] => {
    if (!isObject(part)) return typeof part === 'string' ? textBlocks(part) : []
    if (part.type === 'json' && isObject(part.json)) return [{ json: part.json }]
    try {
      const inner = toBlock(part, '', names)
      return inner.every(block => 'text' in block || 'image' in block || 'document' in block || 'video' in block)
        ? inner
        : [{ text: `[${String(part.type)}]` }]
    } catch {
      return [{ text: `[${String(part.type)} that this model cannot take]` }]
    }
  })
  return blocks.length > 0 ? blocks : [{ text: noContent }]
}

/** The cache point behind anything that carries Anthropic's `cache_control`. */
export function cachePoint({ cache_control: control }: JsonObject): JsonObject[] {
  if (!isObject(control)) return []
  return [{ cachePoint: { type: 'default', ...(control.ttl === '1h' && { ttl: '1h' }) } }]
}

/** A block for a text; none for one of nothing but white space. */
export function textBlocks(text: unknown): JsonObject[] {
  return typeof text === 'string' && text.trim() !== '' ? [{ text }] : []
}

function toBlock(part: JsonObject, where: string, names: DocumentNames): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return textBlocks(part.text)
    case 'refusal':
      return textBlocks(part.refusal)
    case 'guarded_text':
      return typeof part.text === 'string' ? [{ guardContent: { text: { text: part.text } } }] : []
    case 'image_url':
      return [toMedia(isObject(part.image_url) ? part.image_url.url : part.image_url, undefined, where, names)]
    case 'file': {
      const { file_data: data, filename } = isObject(part.file) ? part.file : {}
      return [toMedia(data, filename, where, names)]
    }
    case 'input_audio': {
      const { data, format } = isObject(part.input_audio) ? part.input_audio : {}
      if (typeof data !== 'string' || data === '' || typeof format !== 'string')
        throw refused(where, 'has no audio data')
      return [{ audio: { format, source: { bytes: data } } }]
    }
    default:
      throw refused(where, `is of type "${String(part.type).slice(0, 40)}", which Bedrock does not take`)
  }
}

/** Formats by media type, each with the block it goes into (Converse API reference, ImageBlock, DocumentBlock, VideoBlock). */
const formats: ReadonlyMap<string, readonly [block: 'image' | 'document' | 'video', format: string]> = new Map([
  ['image/png', ['image', 'png']],
  ['image/jpeg', ['image', 'jpeg']],
  ['image/jpg', ['image', 'jpeg']],
  ['image/gif', ['image', 'gif']],
  ['image/webp', ['image', 'webp']],
  ['application/pdf', ['document', 'pdf']],
  ['text/csv', ['document', 'csv']],
  ['application/msword', ['document', 'doc']],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', ['document', 'docx']],
  ['application/vnd.ms-excel', ['document', 'xls']],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ['document', 'xlsx']],
  ['text/html', ['document', 'html']],
  ['text/plain', ['document', 'txt']],
  ['application/json', ['document', 'txt']],
  ['text/markdown', ['document', 'md']],
  ['video/mp4', ['video', 'mp4']],
  ['video/webm', ['video', 'webm']],
  ['video/quicktime', ['video', 'mov']],
])

function toMedia(url: unknown, filename: unknown, where: string, names: DocumentNames): JsonObject {
  const remedy = 'Send it inside the request, as a data URI (data:<media type>;base64,...)'
  if (typeof url !== 'string') throw refused(where, `has no data. ${remedy}`)
  const [whole, mediaType = '', parameters = ''] = /^data:([^;,]*)((?:;[^;,]*)*),/.exec(url.slice(0, 300)) ?? []
  if (whole === undefined) throw refused(where, `is an address, and Bedrock fetches none. ${remedy}`)
  const known = formats.get(mediaType.toLowerCase())
  if (known === undefined) {
    throw refused(where, `has the media type "${mediaType.slice(0, 60)}", which Bedrock does not take`)
  }
  const payload = url.slice(whole.length)
  const bytes = /;base64$/i.test(parameters) ? payload : Buffer.from(decodePercent(payload), 'utf8').toString('base64')
  if (bytes === '') throw refused(where, 'has no data')
  const [block, format] = known
  return {
    [block]: { format, ...(block === 'document' && { name: nameDocument(filename, names) }), source: { bytes } },
  }
}

/** Letters, digits, single spaces, hyphens, parentheses and brackets, at most 200 (Converse API reference, DocumentBlock). */
function nameDocument(filename: unknown, names: DocumentNames): string {
  const stem = typeof filename === 'string' ? filename.replace(/\.[^.]*$/, '') : ''
  const clean =
    stem
      .replace(/[^a-zA-Z0-9\-()[\]]+/g, ' ')
      .trim()
      .slice(0, 190)
      .trim() || 'document'
  let name = clean
  for (let count = 2; names.has(name); count += 1) name = `${clean} ${count}`
  names.add(name)
  return name
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function refused(where: string, what: string): GatewayError {
  return new GatewayError('REQUEST_INVALID', `${where} ${what}.`, {
    data: { param: where, code: 'unsupported_content' },
  })
}
