import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Schema } from './json-schema.ts'
import { freeKey, isLegalKey, toLegalKey } from './legal-key.ts'
import { definitionsOf, mapSubschemas, visitSubschemas } from './subschemas.ts'
import { renameValueKeys } from './value-keys.ts'

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
 * needs no more than the map: no matter where, and in which branch of a union, a value stands. The values that a schema
 * names itself (`enum`, `const`, `default`) are shown with the same keys.
 *
 * @param inputSchema - converted: its references lead to its own `$defs`
 * @returns the very same schema when there is nothing to rewrite, which is nearly always
 */
export function makeKeysLegal(inputSchema: JsonObject): LegalKeys {
  if (isClean(inputSchema)) return { inputSchema }
  const keys = collectKeys(inputSchema)
  const shown = new Map<string, string>()
  // In an order that is not the document's, so that re-sorting it renames nothing.
  for (const key of [...keys.keys()].filter(each => keys.get(each) && !isLegalKey(each)).sort()) {
    const name = freeKey(toLegalKey(key), keys)
    keys.set(name, true)
    shown.set(key, name)
  }
  if (shown.size === 0) return { inputSchema }
  const originalKeys = new Map([...shown].map(([key, name]) => [name, key]))
  return { inputSchema: rewriteRoot(inputSchema, shown), originalKeys }
}

const maps: ReadonlySet<string> = new Set(['properties', '$defs', 'patternProperties', 'dependentSchemas'])
const lists: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const singles: ReadonlySet<string> = new Set([
  ...['items', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'propertyNames', 'contains'],
  ...['not', 'if', 'then', 'else'],
])

/** They hold values that must fit the schema, which may be objects. */
const valueKeywords: ReadonlySet<string> = new Set(['enum', 'const', 'default'])

/** What was looked through and found legal: converted schemas are shared by many tools, and never change. */
const clean = new WeakSet<JsonObject>()

/** Every schema of every document comes by here, so nothing is allocated; most are leaves, and are not even noted. */
function isClean(schema: JsonObject): boolean {
  let isLeaf = true
  for (const keyword in schema) {
    const value = schema[keyword]
    if (typeof value !== 'object' || value === null) continue
    if (valueKeywords.has(keyword) && hasIllegalKey(value)) return false
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

function hasIllegalKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasIllegalKey)
  return Object.entries(value).some(([key, each]) => !isLegalKey(key) || hasIllegalKey(each))
}

/** Every key there is, and whether it is one of a property: a rewritten one must step around those of values, too. */
type Keys = ReadonlyMap<string, boolean>

function collectKeys(root: JsonObject): Map<string, boolean> {
  const { $defs: _, ...rest } = root
  const keys = new Map(keysOf(rest))
  for (const definition of Object.values(definitionsOf(root))) {
    for (const [key, isProperty] of keysOf(definition)) keys.set(key, isProperty || keys.get(key) === true)
  }
  return keys
}

const noKeys: Keys = new Map()
const keysOfSchema = new WeakMap<JsonObject, Keys>()

/** Every key inside a schema; of a definition they are found once for all the tools that share it. */
function keysOf(schema: Schema): Keys {
  if (typeof schema === 'boolean') return noKeys
  const known = keysOfSchema.get(schema)
  if (known !== undefined) return known
  const keys = new Map<string, boolean>()
  const visit = (each: Schema): void => {
    if (typeof each === 'boolean') return
    if (isObject(each.properties)) for (const key of Object.keys(each.properties)) keys.set(key, true)
    for (const keyword of valueKeywords) addValueKeys(keys, each[keyword])
    visitSubschemas(each, visit)
  }
  visit(schema)
  keysOfSchema.set(schema, keys)
  return keys
}

function addValueKeys(keys: Map<string, boolean>, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, each] of Object.entries(value)) {
    if (!Array.isArray(value) && !keys.has(key)) keys.set(key, false)
    addValueKeys(keys, each)
  }
}

/** From the document's key to the shown one, and the definitions of the schema as they were. */
type Names = Readonly<{ shown: ReadonlyMap<string, string>; definitions: Readonly<Record<string, Schema>> }>

function rewriteRoot(root: JsonObject, shown: Names['shown']): JsonObject {
  const { $defs: _, ...rest } = root
  const names = { shown, definitions: definitionsOf(root) }
  const definitions = Object.entries(names.definitions).map(([name, schema]) => [
    name,
    rewriteDefinition(schema, names),
  ])
  const rewritten = rewrite(rest, names) as JsonObject
  return definitions.length === 0 ? rewritten : { ...rewritten, $defs: Object.fromEntries(definitions) }
}

function rewrite(schema: Schema, names: Names): Schema {
  if (typeof schema === 'boolean' || isClean(schema)) return schema
  const inside = mapSubschemas(schema, child => rewrite(child, names))
  return { ...renameKeys(inside, names.shown), ...renameValues(schema, names) }
}

/** The values that one schema names, as they fit its properties. */
function renameValues(schema: JsonObject, { shown, definitions }: Names): JsonObject {
  const rename = (value: unknown) => renameValueKeys(value, schema, definitions, shown)
  return {
    ...(Array.isArray(schema.enum) && { enum: schema.enum.map(rename) }),
    ...(schema.const !== undefined && { const: rename(schema.const) }),
    ...(schema.default !== undefined && { default: rename(schema.default) }),
  }
}

/** By definition, and by what its illegal keys become there, which is the same in nearly every tool. */
const rewrittenDefinitions = new WeakMap<JsonObject, Map<string, Schema>>()

function rewriteDefinition(definition: Schema, names: Names): Schema {
  if (typeof definition === 'boolean' || isClean(definition)) return definition
  const key = [...keysOf(definition).keys()].flatMap(each => names.shown.get(each) ?? []).join('\n')
  const byNames = rewrittenDefinitions.get(definition) ?? new Map<string, Schema>()
  rewrittenDefinitions.set(definition, byNames)
  const known = byNames.get(key) ?? rewrite(definition, names)
  byNames.set(key, known)
  return known
}

/** The keys of one schema, wherever it names them; those of the schemas inside it are rewritten already. */
function renameKeys(schema: JsonObject, shown: Names['shown']): JsonObject {
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
function describe(schema: unknown, key: string, shown: Names['shown']): unknown {
  if (!shown.has(key)) return schema
  const sentAs = `Sent as \`${key.slice(0, 80)}\`.`
  if (!isObject(schema)) return schema === true ? { description: sentAs } : schema
  const own = typeof schema.description === 'string' && schema.description !== '' ? `${schema.description} ` : ''
  return { ...schema, description: own + sentAs }
}
