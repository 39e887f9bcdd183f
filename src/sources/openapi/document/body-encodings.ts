import { isHeaderName } from '../../../core/header-name.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { createFileFinder, partsOf } from './find-file.ts'
import { guessFile } from './guess-file.ts'
import type { BodyKind, FieldEncoding, FieldFile } from './operation.ts'
import { readEncoding } from './parameters.ts'
import { follow, resolveRef } from './resolve-ref.ts'

/** No honest form nests its alternatives deeper. */
const maxDepth = 16

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
  const findFile = createFileFinder(document)
  const properties = [...collectProperties(document, schema)]
  const add = (find: (name: string, property: unknown) => FieldFile | undefined): boolean => {
    const found = properties.map(([name, property]) => ({ name, file: find(name, property) }))
    for (const { name, file } of found) if (file !== undefined) read.set(name, { ...read.get(name), file })
    return found.some(({ file }) => file !== undefined)
  }
  if (!add((name, property) => findFile(property, read.get(name)?.contentType))) {
    add((name, property) => (read.has(name) ? undefined : guessFile(document, name, property)))
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
export function collectProperties(document: JsonObject, schema: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>()
  const visited = new Set<JsonObject>()
  const visit = (each: unknown, depth: number) => {
    const node = follow(document, each)
    if (node === undefined || visited.has(node) || depth > maxDepth) return
    visited.add(node)
    const properties = follow(document, node.properties) ?? {}
    for (const name of Object.keys(properties)) found.set(name, properties[name])
    for (const part of partsOf(node)) visit(part, depth + 1)
  }
  visit(schema, 0)
  return found
}
