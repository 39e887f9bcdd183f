import { randomUUID } from 'node:crypto'
import { isObject } from '../../../core/json.ts'
import { essence, isJsonType, isMediaType } from '../document/media-type.ts'
import type { FieldEncoding, FieldFile } from '../document/operation.ts'
import type { FileValue } from './file-value.ts'
import { checkSize, isFileObject, readFile, readObjectText } from './file-value.ts'
import { toFields, toJson, toText } from './serialise.ts'
import type { Field, WriteOptions } from './write-options.ts'

/**
 * Writes a form as multipart/form-data (RFC 7578): text for scalars, JSON for objects, bytes for files, and one part for
 * each item of a list.
 *
 * @param mediaType - the document's; the boundary is added
 * @throws BadArgument
 */
export function writeMultipart(
  fields: readonly Field[],
  mediaType: string,
  { arrayFormat, maxUploadBytes, boundary = `patchbay-${randomUUID()}` }: WriteOptions,
): Readonly<{ body: Buffer; contentType: string }> {
  const chunks: Buffer[] = []
  let bytes = 0
  const push = (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    checkSize(bytes, maxUploadBytes)
  }
  for (const field of fields) {
    for (const part of partsOf(field, arrayFormat)) {
      push(Buffer.from(`--${boundary}\r\n${headOf(part)}\r\n`))
      push(part.content)
      push(Buffer.from('\r\n'))
    }
  }
  push(Buffer.from(`--${boundary}--\r\n`))
  return { body: Buffer.concat(chunks, bytes), contentType: `${essence(mediaType)}; boundary=${boundary}` }
}

type Part = FileValue & Readonly<{ name: string; headers: FieldEncoding['headers'] }>

function partsOf({ key, name, encoding: field = {}, value }: Field, format: WriteOptions['arrayFormat']): Part[] {
  const { encoding, contentType, file, headers } = field
  const toPart = (each: Omit<Part, 'headers'>): Part => ({ ...each, headers })
  if (value === null || value === undefined) return []
  if (encoding !== undefined) {
    return toFields(name, value, encoding, format).map(([each, text]) =>
      toPart({ name: each, content: Buffer.from(text) }),
    )
  }
  const type = contentType === undefined ? undefined : firstType(contentType)
  // A list that is declared to be JSON is one part; otherwise its items are (OpenAPI 3.1, Encoding Object).
  if (Array.isArray(value) && !(file === undefined && type !== undefined && isJsonType(type))) {
    return value.flatMap(item => partsOf({ key, name, encoding: field, value: item }, format))
  }
  if (file !== undefined && isMeantAsFile(file, value)) return [toPart(filePart(name, readFile(key, value), type))]
  const json = isObject(value) || Array.isArray(value) || (type !== undefined && isJsonType(type))
  const sentAs = type ?? (json ? 'application/json' : undefined)
  const content = Buffer.from(json ? toJson(value) : toText(value))
  return [toPart({ name, content, ...(sentAs !== undefined && { contentType: sentAs }) })]
}

function isMeantAsFile({ always, text }: FieldFile, value: unknown): boolean {
  if (always || isFileObject(value) || isDataUri(value)) return true
  if (text !== true || typeof value !== 'string') return false
  // Text of JSON is an object that a model wrote so: of a file, or it is sent as it stands, digit by digit.
  const read = readObjectText(value)
  return !isObject(read) || isFileObject(read)
}

/** Servers take a part for a file by its filename, and some go by its ending. */
function filePart(name: string, file: FileValue, declared: string | undefined): Omit<Part, 'headers'> {
  const contentType = file.contentType ?? declared ?? 'application/octet-stream'
  const [, subtype = ''] = essence(contentType).split('/')
  const ending = subtype === 'plain' ? '.txt' : /^[a-z0-9]{2,5}$/.test(subtype) ? `.${subtype}` : ''
  const base = name.replace(/[^\w-]+/gu, '_')
  return { name, content: file.content, contentType, filename: file.filename ?? `${base}${ending}` }
}

function headOf({ name, filename, contentType, headers }: Part): string {
  const file = filename === undefined ? '' : `; filename="${escapeName(filename)}"`
  const type = contentType === undefined ? '' : `Content-Type: ${contentType}\r\n`
  const more = Object.entries(headers ?? {}).map(([key, value]) => `${key}: ${value}\r\n`)
  return `Content-Disposition: form-data; name="${escapeName(name)}"${file}\r\n${type}${more.join('')}`
}

/** As browsers do (HTML, "multipart/form-data encoding algorithm"). */
function escapeName(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}

/** Of a list such as `image/png, image/jpeg` the first that names one type. */
function firstType(contentType: string): string | undefined {
  return contentType
    .split(',')
    .map(each => each.trim())
    .find(each => isMediaType(each) && !each.includes('*'))
}

function isDataUri(value: unknown): boolean {
  return typeof value === 'string' && /^data:[^,]{0,200},/i.test(value)
}
