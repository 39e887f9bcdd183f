import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * Writes the content of a message as Gemini's parts. Empty texts are left out: the API refuses empty parts.
 *
 * Text stays text, data URIs become `inlineData`, any other address (`https:`, `gs:`, a file of the Files API)
 * `fileData`.
 *
 * @param where - names the message in errors, such as `messages[2].content`
 * @throws GatewayError `REQUEST_INVALID` for a part that Gemini has nothing for
 */
export function toParts(content: unknown, where: string): JsonObject[] {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ text: content }]
  if (!Array.isArray(content)) throw invalid(where, 'is neither text nor a list of parts')
  return content.flatMap((part, index) => toPart(part, `${where}[${index}]`))
}

function toPart(part: unknown, where: string): JsonObject[] {
  if (typeof part === 'string') return part === '' ? [] : [{ text: part }]
  if (!isObject(part)) throw invalid(where, 'is no content part')
  switch (part.type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return typeof part.text === 'string' && part.text !== '' ? [{ text: part.text }] : []
    case 'refusal':
      return typeof part.refusal === 'string' && part.refusal !== '' ? [{ text: part.refusal }] : []
    case 'image_url':
    case 'video_url': {
      const source = part[part.type]
      const url = isObject(source) ? source.url : source
      return [toMedia(url, part.type === 'image_url' ? 'image/jpeg' : 'video/mp4', where)]
    }
    case 'input_audio': {
      const audio = isObject(part.input_audio) ? part.input_audio : {}
      if (typeof audio.data !== 'string') throw invalid(where, 'has no audio data')
      const format = typeof audio.format === 'string' ? audio.format : 'wav'
      return [{ inlineData: { mimeType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`, data: audio.data } }]
    }
    case 'file': {
      const file = isObject(part.file) ? part.file : {}
      const name = typeof file.filename === 'string' ? file.filename : ''
      return [toMedia(file.file_data ?? file.file_id, typeOfName(name) ?? 'application/pdf', where)]
    }
    default:
      throw invalid(
        where,
        `has the type ${JSON.stringify(part.type)?.slice(0, 40)}, which Gemini does not take; use text, image_url, video_url, input_audio or file`,
      )
  }
}

/**
 * A part for what is behind an address, or in a data URI.
 *
 * @param fallback - the media type where the address does not tell it; Vertex wants one
 */
function toMedia(url: unknown, fallback: string, where: string): JsonObject {
  if (typeof url !== 'string' || url === '') throw invalid(where, 'has neither data nor an address')
  if (!url.startsWith('data:')) return { fileData: { mimeType: typeOfName(url) ?? fallback, fileUri: url } }
  const comma = url.indexOf(',')
  const [type = '', ...flags] = url.slice(5, comma).split(';')
  if (comma < 0) throw invalid(where, 'has a data URI without data')
  const text = url.slice(comma + 1)
  const data = flags.includes('base64') ? text : Buffer.from(decodeText(text)).toString('base64')
  return { inlineData: { mimeType: type || fallback, data } }
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const typesByEnding: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/plain',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  mp4: 'video/mp4',
  mpeg: 'video/mpeg',
  mov: 'video/quicktime',
  webm: 'video/webm',
}

function typeOfName(name: string): string | undefined {
  const ending = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(typesByEnding, ending) ? typesByEnding[ending] : undefined
}

function invalid(where: string, what: string): GatewayError {
  return new GatewayError('REQUEST_INVALID', `${where} ${what}.`, { data: { param: where } })
}
