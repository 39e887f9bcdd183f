import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { isMediaType } from '../document/media-type.ts'
import { BadArgument } from './bad-argument.ts'

/** A file as an argument gave it, its bytes decoded. */
export type FileValue = Readonly<{ content: Buffer; filename?: string; contentType?: string }>

/**
 * Reads a file from an argument: base64, a `data:` URI, or `{ data | text, filename?, contentType? }`, of which `data` is
 * one of the first two.
 *
 * @param key - the argument's name, for errors
 * @throws BadArgument
 */
export function readFile(key: string, value: unknown): FileValue {
  const given = typeof value === 'string' ? readObjectText(value) : value
  if (typeof given === 'string') return readText(key, given)
  if (!isFileObject(given)) {
    throw new BadArgument(`"${key}" must be a file: base64, a data: URI, or an object with "data" or "text".`)
  }
  const { data, text, filename, contentType } = given
  const { content, contentType: fromUri } =
    typeof data === 'string' ? readText(key, data) : { content: Buffer.from(String(text)), contentType: 'text/plain' }
  const type = typeof contentType === 'string' ? contentType : fromUri
  if (type !== undefined && (!isMediaType(type) || type.includes('*'))) {
    throw new BadArgument(`"${key}" has a "contentType" that is no media type.`)
  }
  return {
    content,
    ...(typeof filename === 'string' && filename !== '' && { filename }),
    ...(type !== undefined && { contentType: type }),
  }
}

/** Tells whether an object can only be meant as a file, where a field takes other objects too. */
export function isFileObject(value: unknown): value is JsonObject {
  if (!isObject(value) || (typeof value.data === 'string') === (typeof value.text === 'string')) return false
  return Object.keys(value).every(key => fileKeys.has(key))
}

const fileKeys = new Set(['data', 'text', 'filename', 'contentType'])

/**
 * Refuses a body that is too large to be sent.
 *
 * @throws BadArgument
 */
export function checkSize(bytes: number, maxBytes: number = Number.POSITIVE_INFINITY): void {
  if (bytes <= maxBytes) return
  throw new BadArgument(`The body has ${bytes} bytes; at most ${maxBytes} are sent (limits.maxUploadBytes).`)
}

function readText(key: string, text: string): FileValue {
  const uri = /^data:([^,]{0,200}),/i.exec(text)
  if (uri === null) return { content: fromBase64(key, text) }
  const [head, described = ''] = uri
  const rest = text.slice(head.length)
  const isBase64 = /;\s*base64\s*$/i.test(described)
  const type = described.replace(/;\s*base64\s*$/i, '')
  // RFC 2397: without a type it is plain text.
  const contentType = type === '' ? 'text/plain' : type.startsWith(';') ? `text/plain${type}` : type
  const content = isBase64 ? fromBase64(key, fromPercent(key, rest).toString('latin1')) : fromPercent(key, rest)
  return isMediaType(contentType) ? { content, contentType } : { content }
}

/** Node passes over what is not base64, and a file would arrive damaged. */
function fromBase64(key: string, text: string): Buffer {
  const dense = /\s/.test(text) ? text.replace(/\s+/g, '') : text
  const length = dense.endsWith('==') ? dense.length - 2 : dense.endsWith('=') ? dense.length - 1 : dense.length
  const content = Buffer.from(dense, 'base64')
  if (content.length === Math.floor((length * 3) / 4) && length % 4 !== 1) return content
  throw new BadArgument(`"${key}" is not base64. For a file of text, give { "text": "..." }.`)
}

function fromPercent(key: string, text: string): Buffer {
  if (!text.includes('%')) return Buffer.from(text)
  try {
    return Buffer.from(
      text.replace(/%([0-9A-Fa-f]{2})|[^%]+/g, (all, hex: string | undefined) =>
        hex === undefined ? Buffer.from(all).toString('latin1') : String.fromCharCode(Number.parseInt(hex, 16)),
      ),
      'latin1',
    )
  } catch (cause) {
    throw new BadArgument(`"${key}" is not a data: URI that can be read.`, { cause })
  }
}

/** Reads an object that a model wrote as JSON text; any other text stays as it is. */
export function readObjectText(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
