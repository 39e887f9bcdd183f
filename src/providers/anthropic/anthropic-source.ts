import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * Writes an `image_url` or `file` part as an image or a document, by what its data is rather than by what it is called.
 *
 * @returns undefined for what the API does not take: audio, video, SVG, archives, ...
 */
export function toSourceBlock(part: JsonObject): JsonObject | undefined {
  if (part.type === 'image_url') {
    const { image_url: image } = part
    const url = isObject(image) ? image.url : image
    return typeof url === 'string' ? fromAddress(url, 'image') : undefined
  }
  const { file } = part
  if (part.type !== 'file' || !isObject(file)) return undefined
  const title = typeof file.filename === 'string' && file.filename !== '' ? { title: file.filename } : {}
  if (typeof file.file_id === 'string')
    return { type: 'document', source: { type: 'file', file_id: file.file_id }, ...title }
  if (typeof file.file_data !== 'string') return undefined
  const block = fromAddress(withMime(file.file_data, file.filename), 'document')
  return block?.type === 'document' ? { ...block, ...title } : block
}

/** The types of images that the API takes (Base64ImageSource). */
const imageTypes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

function fromAddress(address: string, type: 'image' | 'document'): JsonObject | undefined {
  if (/^https?:\/\//i.test(address)) return { type, source: { type: 'url', url: address } }
  const [, head, body = ''] = /^data:([^,]*),([\s\S]*)$/i.exec(address) ?? []
  if (head === undefined) return undefined
  const [named = '', ...options] = head
    .toLowerCase()
    .split(';')
    .map(word => word.trim())
  const isBase64 = options.includes('base64')
  const mime = named === 'image/jpg' ? 'image/jpeg' : named
  if (imageTypes.has(mime)) return { type: 'image', source: base64Source(mime, body, isBase64) }
  if (mime === 'application/pdf') return { type: 'document', source: base64Source(mime, body, isBase64) }
  if (mime !== '' && !mime.startsWith('text/') && !textTypes.has(mime)) return undefined
  const text = isBase64 ? Buffer.from(body, 'base64').toString('utf8') : unescapeText(body)
  // A document's text may not be empty.
  return text.trim() === ''
    ? undefined
    : { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text } }
}

/** Text by another name. */
const textTypes = new Set(['application/json', 'application/xml', 'application/yaml', 'application/x-yaml'])

function base64Source(mime: string, body: string, isBase64: boolean): JsonObject {
  const data = isBase64 ? body.replace(/\s+/g, '') : Buffer.from(unescapeText(body), 'latin1').toString('base64')
  return { type: 'base64', media_type: mime, data }
}

/** Bare base64 says nothing of itself; its first bytes do, or the file's name. */
function withMime(data: string, filename: unknown): string {
  if (/^(data:|https?:\/\/)/i.test(data)) return data
  const name = typeof filename === 'string' ? filename.toLowerCase() : ''
  const isPdf = data.startsWith('JVBERi0') || name.endsWith('.pdf')
  const isText = /\.(txt|md|csv|json|xml|ya?ml|html?)$/.test(name)
  return `data:${isPdf ? 'application/pdf' : isText ? 'text/plain' : 'application/octet-stream'};base64,${data}`
}

function unescapeText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
