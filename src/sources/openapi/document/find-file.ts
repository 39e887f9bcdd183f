import type { JsonObject } from '../../../core/json.ts'
import { essence, isMediaType } from './media-type.ts'
import type { FieldFile } from './operation.ts'
import { follow } from './resolve-ref.ts'

/** No honest field nests its alternatives deeper. */
const maxDepth = 4

/**
 * Makes the look-up that tells which values of a field of a multipart form are files; undefined where none is. Each
 * schema is looked at once, whatever refers to it how often.
 *
 * The look-up takes the field's schema as the document has it, and the content type of its Encoding Object.
 */
export function createFileFinder(
  document: JsonObject,
): (schema: unknown, contentType: string | undefined) => FieldFile | undefined {
  const files = new Map<JsonObject, FieldFile | undefined>()
  const texts = new Map<JsonObject, boolean>()

  const find = (raw: unknown, contentType: string | undefined, depth: number): FieldFile | undefined => {
    const schema = follow(document, raw)
    if (schema === undefined || depth > maxDepth) return undefined
    if (contentType !== undefined) return read(schema, contentType, depth)
    if (files.has(schema)) return files.get(schema)
    files.set(schema, undefined)
    const file = read(schema, undefined, depth)
    files.set(schema, file)
    return file
  }

  const read = (schema: JsonObject, contentType: string | undefined, depth: number): FieldFile | undefined => {
    if (isFile(schema, contentType)) return { always: true, many: false }
    if (schema.items !== undefined) {
      const file = find(schema.items, contentType, depth + 1)
      return file && { ...file, many: true }
    }
    const parts = partsOf(schema)
      .map(part => follow(document, part))
      .filter(part => part?.type !== 'null')
    const found = parts.map(part => find(part, undefined, depth + 1))
    const [file, ...others] = found.filter(each => each !== undefined)
    if (file === undefined) return undefined
    const many = others.every(other => other.many === file.many) ? file.many : 'also'
    if (found.every(each => each?.always) || Array.isArray(schema.allOf)) return { always: true, many }
    const isText = found.every((each, index) =>
      each === undefined ? !mayBeText(parts[index], depth + 1) : each.always || each.text,
    )
    return { always: false, many, ...(isText && { text: true }) }
  }

  /** Whether a value of a schema, or an item of a list, may be text. */
  const mayBeText = (raw: unknown, depth: number): boolean => {
    const schema = follow(document, raw)
    if (schema === undefined || depth > maxDepth) return true
    const known = texts.get(schema)
    if (known !== undefined) return known
    texts.set(schema, true)
    const found = readText(schema, depth)
    texts.set(schema, found)
    return found
  }

  const readText = (schema: JsonObject, depth: number): boolean => {
    if (schema.type === 'array' || schema.items !== undefined) return mayBeText(schema.items, depth + 1)
    if (schema.type !== undefined) return [schema.type].flat().some(type => type === 'string' || type === 'array')
    const parts = partsOf(schema)
    if (parts.length === 0) return schema.properties === undefined
    return parts.some(part => mayBeText(part, depth + 1))
  }

  return (schema, contentType) => find(schema, contentType, 0)
}

/**
 * Binary content, in the words of each version: 3.0's `format: binary`, and 3.1's media type without an encoding (OpenAPI
 * 3.1, "Considerations for File Uploads"). Text that is already encoded (`byte`, `contentEncoding`) is text.
 */
function isFile(schema: JsonObject, contentType: string | undefined): boolean {
  const { type, format, contentMediaType, contentEncoding } = schema
  // `binary` is the encoding that changes nothing (RFC 2045, section 6.2).
  if (type === 'file' || format === 'binary' || contentEncoding === 'binary') return true
  if (isEncoded(schema) || contentEncoding !== undefined) return false
  if (typeof contentMediaType === 'string') return isBinary(contentMediaType)
  const mayBeText = type === undefined || type === 'string'
  const isPlain = schema.enum === undefined && schema.properties === undefined && schema.items === undefined
  return contentType !== undefined && mayBeText && isPlain && partsOf(schema).length === 0 && isBinary(contentType)
}

/**
 * True for bytes that travel as base64, in the words of each version (OpenAPI 3.0, "Considerations for File Uploads"; 3.1's
 * `contentEncoding`).
 */
export function isEncoded({ format, contentEncoding }: JsonObject): boolean {
  return format === 'byte' || format === 'base64' || contentEncoding === 'base64'
}

function isBinary(mediaTypes: string): boolean {
  const types = mediaTypes.split(',').map(essence)
  return types.every(
    type => isMediaType(type) && !/^text\/|^application\/((x-)?yaml|xml|json)$|\+(json|xml)$/.test(type),
  )
}

/** The schemas that a schema is put together of, or chooses from. */
export function partsOf(schema: JsonObject): readonly unknown[] {
  return [schema.allOf, schema.anyOf, schema.oneOf].flatMap(list => (Array.isArray(list) ? list : []))
}
