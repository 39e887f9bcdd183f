import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * Writes an image, a sound or a file of a message as the AI SDK has it: by its bytes, or an image by its address.
 *
 * @param version - of the model's specification: from `v4` on, `data` says what it is
 * @returns undefined for any other part
 */
export function toFilePart(part: JsonObject, version: string): JsonObject | undefined {
  const { image_url: image, file, input_audio: audio } = part
  if (part.type === 'image_url') return fromUrl(isObject(image) ? image.url : image, version)
  if (part.type === 'file' && isObject(file)) {
    const written = fromUrl(file.file_data, version)
    return written && typeof file.filename === 'string' ? { ...written, filename: file.filename } : written
  }
  if (part.type === 'input_audio' && isObject(audio) && typeof audio.data === 'string') {
    return toPart(audio.format === 'mp3' ? 'audio/mpeg' : `audio/${String(audio.format)}`, audio.data, version)
  }
  return undefined
}

function fromUrl(url: unknown, version: string): JsonObject | undefined {
  if (typeof url !== 'string') return undefined
  const [whole, mediaType] = /^data:([^;,]+);base64,/.exec(url.slice(0, 200)) ?? []
  if (whole !== undefined && mediaType !== undefined) return toPart(mediaType, url.slice(whole.length), version)
  const address = /^https?:/i.test(url) ? URL.parse(url) : null
  return address === null ? undefined : toPart('image/*', address, version)
}

/** Until version 3 the bytes or the address stood by themselves. */
function toPart(mediaType: string, data: string | URL, version: string): JsonObject {
  const isBare = version === 'v2' || version === 'v3'
  const tagged = typeof data === 'string' ? { type: 'data', data } : { type: 'url', url: data }
  return { type: 'file', mediaType, data: isBare ? data : tagged }
}
