import { isHeaderName } from '../../../core/header-name.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { essence, isMediaType } from './media-type.ts'
import type { BodyKind, FieldEncoding, FieldFile } from './operation.ts'
import { readEncoding } from './parameters.ts'
import { resolveRef } from './resolve-ref.ts'

/** No honest form nests its alternatives deeper. */
const maxDepth = 16
/** Nor the alternatives of one field. */
const maxFileDepth = 4

/**
 * Reads how the fields of a form are written: its Encoding Objects, and for multipart which of its fields are files.
 *
 * @param schema - the form's, as the document has it
 * @param encoding - the Media Type Object's `encoding`
 */
export function readFieldEncodings(
  document: JsonObject,
  kind: BodyKind,
  schema: unknown,
  encoding: JsonObject,
): ReadonlyMap<string, FieldEncoding> {
  if (kind !== 'form' && kind !== 'multipart') return none
  const read = new Map<string, FieldEncoding>()
  for (const name of Object.keys(encoding)) {
    const resolved = resolveRef(document, encoding[name])
    if (resolved.ok && isObject(resolved.value)) read.set(name, readEncodingObject(document, resolved.value))
  }
  if (kind === 'form') return read
  for (const [name, property] of collectProperties(document, schema)) {
    const known = read.get(name)
    const file = findFile(document, property, known?.contentType, 0)
    if (file !== undefined) read.set(name, { ...known, file })
  }
  return read
}

/** Most bodies are no forms: one map for them all, never changed. */
const none: ReadonlyMap<string, FieldEncoding> = new Map()

/** With a style, `contentType` says nothing (OpenAPI 3.1, Encoding Object). */
function readEncodingObject(document: JsonObject, raw: JsonObject): FieldEncoding {
  if (['style', 'explode', 'allowReserved'].some(key => raw[key] !== undefined)) return { encoding: readEncoding(raw) }
  const headers = readFixedHeaders(document, raw.headers)
  return {
    ...(typeof raw.contentType === 'string' && { contentType: raw.contentType }),
    ...(headers !== undefined && { headers }),
  }
}

/** The headers of a part that leave no choice: their schema allows one value, or has a default. */
function readFixedHeaders(document: JsonObject, raw: unknown): Record<string, string> | undefined {
  if (!isObject(raw)) return undefined
  const fixed: Record<string, string> = {}
  for (const [name, each] of Object.entries(raw)) {
    const header = follow(document, each)
    const schema = follow(document, header?.schema)
    const values = Array.isArray(schema?.enum) && schema.enum.length === 1 ? schema.enum : []
    const value = [schema?.const, ...values, schema?.default].find(each => each !== undefined && each !== null)
    const isLegal = isHeaderName(name) && !/^content-(type|disposition)$/i.test(name)
    if (isLegal && ['string', 'number', 'boolean'].includes(typeof value) && /^[\x20-\x7e]*$/.test(String(value))) {
      fixed[name] = String(value)
    }
  }
  return Object.keys(fixed).length === 0 ? undefined : fixed
}

/** The properties of a schema, its alternatives' too; each schema is visited once. */
function collectProperties(document: JsonObject, schema: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>()
  const visited = new Set<JsonObject>()
  const visit = (each: unknown, depth: number) => {
    const node = follow(document, each)
    if (node === undefined || visited.has(node) || depth > maxDepth) return
    visited.add(node)
    if (isObject(node.properties)) {
      for (const name of Object.keys(node.properties)) found.set(name, node.properties[name])
    }
    for (const part of partsOf(node)) visit(part, depth + 1)
  }
  visit(schema, 0)
  return found
}

function findFile(
  document: JsonObject,
  raw: unknown,
  contentType: string | undefined,
  depth: number,
): FieldFile | undefined {
  const schema = follow(document, raw)
  if (schema === undefined || depth > maxFileDepth) return undefined
  if (isFile(schema, contentType)) return { always: true, many: false }
  if (schema.items !== undefined) {
    const file = findFile(document, schema.items, contentType, depth + 1)
    return file && { ...file, many: true }
  }
  const parts = partsOf(schema)
    .map(part => follow(document, part))
    .filter(part => part?.type !== 'null')
  const files = parts.map(part => findFile(document, part, undefined, depth + 1))
  const [file, ...others] = files.filter(each => each !== undefined)
  if (file === undefined) return undefined
  const many = others.every(other => other.many === file.many) ? file.many : 'also'
  if (files.every(each => each?.always) || Array.isArray(schema.allOf)) return { always: true, many }
  const isText = files.every((each, index) =>
    each === undefined ? !mayBeText(document, parts[index], depth + 1) : each.always || each.text,
  )
  return { always: false, many, ...(isText && { text: true }) }
}

/** Whether a value of a schema, or an item of a list, may be text. */
function mayBeText(document: JsonObject, raw: unknown, depth: number): boolean {
  const schema = follow(document, raw)
  if (schema === undefined || depth > maxFileDepth) return true
  if (schema.type === 'array' || schema.items !== undefined) return mayBeText(document, schema.items, depth + 1)
  if (schema.type !== undefined) return [schema.type].flat().some(type => type === 'string' || type === 'array')
  const parts = partsOf(schema)
  if (parts.length === 0) return schema.properties === undefined
  return parts.some(part => mayBeText(document, part, depth + 1))
}

/**
 * Binary content, in the words of each version: 3.0's `format: binary`, and 3.1's media type without an encoding (OpenAPI
 * 3.1, "Considerations for File Uploads"). Text that is already encoded (`byte`, `contentEncoding`) is text.
 */
function isFile(schema: JsonObject, contentType: string | undefined): boolean {
  const { type, format, contentMediaType, contentEncoding } = schema
  if (type === 'file' || format === 'binary') return true
  if (format === 'byte' || contentEncoding !== undefined) return false
  if (typeof contentMediaType === 'string') return isBinary(contentMediaType)
  const mayBeText = type === undefined || type === 'string'
  const isPlain = schema.enum === undefined && schema.properties === undefined && schema.items === undefined
  return contentType !== undefined && mayBeText && isPlain && partsOf(schema).length === 0 && isBinary(contentType)
}

function isBinary(mediaTypes: string): boolean {
  const types = mediaTypes.split(',').map(essence)
  return types.every(
    type => isMediaType(type) && !/^text\/|^application\/((x-)?yaml|xml|json)$|\+(json|xml)$/.test(type),
  )
}

function partsOf(schema: JsonObject): readonly unknown[] {
  return [schema.allOf, schema.anyOf, schema.oneOf].flatMap(list => (Array.isArray(list) ? list : []))
}

function follow(document: JsonObject, value: unknown): JsonObject | undefined {
  const resolved = resolveRef(document, value)
  return resolved.ok && isObject(resolved.value) ? resolved.value : undefined
}
