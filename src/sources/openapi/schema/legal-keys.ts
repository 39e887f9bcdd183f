import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Schema } from './json-schema.ts'
import { freeKey, isLegalKey, toLegalKey } from './legal-key.ts'
import { definitionsOf, mapSubschemas, visitSubschemas } from './subschemas.ts'

/** An input schema whose property keys every provider accepts, and what the rewritten ones stand for. */
export type LegalKeys = Readonly<{
  inputSchema: JsonObject
  /** From the shown key to the document's; absent when none was rewritten. */
  originalKeys?: ReadonlyMap<string, string>
}>

/**
 * Makes the property keys at every level of an input schema legal: `{ filter: { $eq } }` is shown as `{ filter: { eq } }`.
 *
 * One key is written the same way all over a schema, and never as one that the schema has already, so that the way back
 * needs no more than the map: no matter where, and in which branch of a union, a value stands.
 *
 * @param inputSchema - converted: its references lead to its own `$defs`
 * @returns the very same schema when there is nothing to rewrite, which is nearly always
 */
export function makeKeysLegal(inputSchema: JsonObject): LegalKeys {
  if (isClean(inputSchema)) return { inputSchema }
  const keys = collectKeys(inputSchema)
  const shown = new Map<string, string>()
  // In an order that is not the document's, so that re-sorting it renames nothing.
  for (const key of [...keys].filter(each => !isLegalKey(each)).sort()) {
    const name = freeKey(toLegalKey(key), keys)
    keys.add(name)
    shown.set(key, name)
  }
  const originalKeys = new Map([...shown].map(([key, name]) => [name, key]))
  return { inputSchema: rewriteRoot(inputSchema, shown), originalKeys }
}

const maps: ReadonlySet<string> = new Set(['properties', '$defs', 'patternProperties', 'dependentSchemas'])
const lists: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const singles: ReadonlySet<string> = new Set([
  ...['items', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'propertyNames', 'contains'],
  ...['not', 'if', 'then', 'else'],
])

/** What was looked through and found legal: converted schemas are shared by many tools, and never change. */
const clean = new WeakSet<JsonObject>()

/** Every schema of every document comes by here, so nothing is allocated; most are leaves, and are not even noted. */
function isClean(schema: JsonObject): boolean {
  let isLeaf = true
  for (const keyword in schema) {
    const value = schema[keyword]
    if (typeof value !== 'object' || value === null) continue
    const isSingle = singles.has(keyword)
    if (!isSingle && !maps.has(keyword) && !lists.has(keyword)) continue
    if (isLeaf && clean.has(schema)) return true
    isLeaf = false
    if (isSingle ? !isClean(value as JsonObject) : !areClean(value as JsonObject, keyword)) return false
  }
  if (!isLeaf) clean.add(schema)
  return true
}

function areClean(children: JsonObject, keyword: string): boolean {
  const areKeys = keyword === 'properties'
  for (const key in children) {
    if (areKeys && !isLegalKey(key)) return false
    const child = children[key]
    if (isObject(child) && !isClean(child)) return false
  }
  return true
}

function collectKeys(root: JsonObject): Set<string> {
  const { $defs: _, ...rest } = root
  const keys = new Set(keysOf(rest))
  for (const definition of Object.values(definitionsOf(root))) for (const key of keysOf(definition)) keys.add(key)
  return keys
}

const keysOfSchema = new WeakMap<JsonObject, readonly string[]>()

/** Every key inside a schema; of a definition they are found once for all the tools that share it. */
function keysOf(schema: Schema): readonly string[] {
  if (typeof schema === 'boolean') return []
  const known = keysOfSchema.get(schema)
  if (known !== undefined) return known
  const keys = new Set<string>()
  const visit = (each: Schema): void => {
    if (typeof each === 'boolean') return
    if (isObject(each.properties)) for (const key of Object.keys(each.properties)) keys.add(key)
    visitSubschemas(each, visit)
  }
  visit(schema)
  const found = [...keys]
  keysOfSchema.set(schema, found)
  return found
}

type Shown = ReadonlyMap<string, string>

function rewriteRoot(root: JsonObject, shown: Shown): JsonObject {
  const { $defs: _, ...rest } = root
  const definitions = Object.entries(definitionsOf(root)).map(([name, schema]) => {
    return [name, rewriteDefinition(schema, shown)]
  })
  const rewritten = rewrite(rest, shown) as JsonObject
  return definitions.length === 0 ? rewritten : { ...rewritten, $defs: Object.fromEntries(definitions) }
}

function rewrite(schema: Schema, shown: Shown): Schema {
  if (typeof schema === 'boolean' || isClean(schema)) return schema
  return renameKeys(
    mapSubschemas(schema, child => rewrite(child, shown)),
    shown,
  )
}

/** By definition, and by what its illegal keys become there, which is the same in nearly every tool. */
const rewrittenDefinitions = new WeakMap<JsonObject, Map<string, Schema>>()

function rewriteDefinition(definition: Schema, shown: Shown): Schema {
  if (typeof definition === 'boolean' || isClean(definition)) return definition
  const names = keysOf(definition).flatMap(key => shown.get(key) ?? [])
  const byNames = rewrittenDefinitions.get(definition) ?? new Map<string, Schema>()
  rewrittenDefinitions.set(definition, byNames)
  const key = names.join('\n')
  const known = byNames.get(key) ?? rewrite(definition, shown)
  byNames.set(key, known)
  return known
}

/** The keys of one schema, wherever it names them; those of the schemas inside it are rewritten already. */
function renameKeys(schema: JsonObject, shown: Shown): JsonObject {
  const rename = (key: unknown) => shown.get(key as string) ?? key
  const renameMap = (map: JsonObject, change: (value: unknown, key: string) => unknown) =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [rename(key), change(value, key)]))
  const renameList = (list: unknown) => (Array.isArray(list) ? list.map(rename) : list)
  const { properties, required, dependentRequired, dependentSchemas } = schema
  return {
    ...schema,
    ...(isObject(properties) && { properties: renameMap(properties, (each, key) => describe(each, key, shown)) }),
    ...(required !== undefined && { required: renameList(required) }),
    ...(isObject(dependentRequired) && { dependentRequired: renameMap(dependentRequired, renameList) }),
    ...(isObject(dependentSchemas) && { dependentSchemas: renameMap(dependentSchemas, each => each) }),
  }
}

/** Says what a rewritten key is sent as. */
function describe(schema: unknown, key: string, shown: Shown): unknown {
  if (!shown.has(key)) return schema
  const sentAs = `Sent as \`${key.slice(0, 80)}\`.`
  if (!isObject(schema)) return schema === true ? { description: sentAs } : schema
  const own = typeof schema.description === 'string' && schema.description !== '' ? `${schema.description} ` : ''
  return { ...schema, description: own + sentAs }
}
