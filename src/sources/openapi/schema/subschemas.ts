import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Schema } from './json-schema.ts'
import { keywordKinds } from './schema-keywords.ts'

/** Where a subschema stands in its parent: under which keyword, and under which name where that is a map. */
export type Place = Readonly<{ keyword: string; name?: string }>

/**
 * Applies `map` to every schema that stands directly inside a converted one, `$defs` left out.
 *
 * @returns the very same schema when nothing changed, so that what many tools share stays shared
 */
export function mapSubschemas(schema: JsonObject, map: (child: Schema, place: Place) => Schema): JsonObject {
  let changed: Record<string, unknown> | undefined
  const set = (keyword: string, value: unknown): void => {
    changed ??= { ...schema }
    changed[keyword] = value
  }
  for (const keyword in schema) {
    const value = schema[keyword]
    if (typeof value !== 'object' || value === null) {
      if (typeof value !== 'boolean' || !holdsSchema(keyword)) continue
      const next = map(value, { keyword })
      if (next !== value) set(keyword, next)
    } else if (Array.isArray(value)) {
      if (!holdsSchemas(keyword)) continue
      const next = value.map((child: Schema) => map(child, { keyword }))
      if (next.some((child, index) => child !== value[index])) set(keyword, next)
    } else if (holdsSchema(keyword)) {
      const next = map(value as JsonObject, { keyword })
      if (next !== value) set(keyword, next)
    } else if (holdsMap(keyword)) {
      const next = mapValues(value as Readonly<Record<string, Schema>>, (child, name) => map(child, { keyword, name }))
      if (next !== value) set(keyword, next)
    }
  }
  return changed ?? schema
}

/** Calls `visit` with every schema that stands directly inside a converted one, `$defs` left out. */
export function visitSubschemas(schema: JsonObject, visit: (child: Schema, place: Place) => void): void {
  mapSubschemas(schema, (child, place) => {
    visit(child, place)
    return child
  })
}

/** The definitions of an input schema, by name. */
export function definitionsOf(root: JsonObject): Readonly<Record<string, Schema>> {
  return isObject(root.$defs) ? (root.$defs as Record<string, Schema>) : {}
}

/** The name in `#/$defs/Name`; undefined for a schema without a reference. */
export function refName(schema: JsonObject): string | undefined {
  return typeof schema.$ref === 'string' ? schema.$ref.slice('#/$defs/'.length) : undefined
}

/** Bytes of a value as JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}

/**
 * Bytes of an input schema as JSON, a comma more or less. Each argument and definition is measured once for all the tools
 * that share it: of a large API they are most of what there is to measure.
 */
export function rootBytes(root: JsonObject): number {
  const { $defs, properties, ...rest } = root
  let bytes = jsonBytes(rest)
  if (isObject(properties)) bytes += '"properties":{},'.length + mapBytes(properties)
  if ($defs !== undefined) bytes += '"$defs":{},'.length + mapBytes(definitionsOf(root))
  return bytes
}

/** Names are legal keys, so each of their characters is a byte. */
function mapBytes(schemas: JsonObject): number {
  let bytes = 0
  for (const name in schemas) bytes += name.length + '"":,'.length + sharedBytes(schemas[name] as Schema)
  return bytes
}

const measured = new WeakMap<JsonObject, number>()

function sharedBytes(schema: Schema): number {
  if (typeof schema === 'boolean') return 5
  const known = measured.get(schema) ?? jsonBytes(schema)
  measured.set(schema, known)
  return known
}

function mapValues(
  map: Readonly<Record<string, Schema>>,
  change: (child: Schema, name: string) => Schema,
): Readonly<Record<string, Schema>> {
  let changed: Record<string, Schema> | undefined
  for (const name in map) {
    const child = map[name] as Schema
    const next = change(child, name)
    if (next === child) continue
    changed ??= { ...map }
    changed[name] = next
  }
  return changed ?? map
}

function holdsSchema(keyword: string): boolean {
  const kind = keywordKinds.get(keyword)
  return kind === 'schema' || kind === 'items'
}

function holdsSchemas(keyword: string): boolean {
  return keywordKinds.get(keyword) === 'schemas'
}

function holdsMap(keyword: string): boolean {
  const kind = keywordKinds.get(keyword)
  return kind === 'properties' || kind === 'schemaMap' || kind === 'patternMap'
}
