import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { NameMap } from './tool-names.ts'

/** The property keys of one tool that had to be changed, and the schema as it was, which says where they stand. */
export type KeyMap = Readonly<{ keys: NameMap; schema: JsonObject }>

/** From the caller's keys to the provider's, or back. */
export type Direction = 'forward' | 'reverse'

/**
 * Renames the keys in the JSON text of a call's arguments.
 *
 * Only keys that stand where the schema has that property: what is data stays data. Text that is not JSON, or has none of
 * the keys, comes back as it is; numbers keep every digit.
 */
export function renameArguments(text: string, map: KeyMap, direction: Direction): string {
  const names = map.keys[direction]
  if (![...names.keys()].some(name => text.includes(JSON.stringify(name)))) return text
  try {
    return JSON.stringify(renameKeys(parseExactly(text), [map.schema], map, direction))
  } catch {
    return text
  }
}

/**
 * Renames the keys in a value.
 *
 * @param schemas - those that the value is to fit, with the keys that callers know
 */
export function renameKeys(value: unknown, schemas: readonly JsonObject[], map: KeyMap, direction: Direction): unknown {
  if (typeof value !== 'object' || value === null || isRawJson(value)) return value
  const all = expand(schemas, map.schema)
  if (Array.isArray(value)) {
    return value.map((item, index) => renameKeys(item, itemSchemas(all, index), map, direction))
  }
  const entries = Object.entries(value).map(([key, inner]) => {
    const known = direction === 'forward' ? key : (map.keys.reverse.get(key) ?? key)
    const inside = all.flatMap(schema => childrenOf(schema.properties, known))
    const isProperty = inside.length > 0 || all.some(schema => has(schema.properties, known))
    const others = isProperty ? inside : all.map(schema => schema.additionalProperties).filter(isObject)
    const name = isProperty ? (map.keys[direction].get(key) ?? key) : key
    return [name, renameKeys(inner, others, map, direction)] as const
  })
  // Object.fromEntries, since a key may be "__proto__".
  return Object.fromEntries(entries)
}

/** The schemas with those they refer to and consist of. */
function expand(schemas: readonly JsonObject[], root: JsonObject): readonly JsonObject[] {
  const all = new Set<JsonObject>(schemas)
  // A set that grows while it is walked: each schema is looked at once, so one that refers to itself ends.
  for (const schema of all) {
    const target = typeof schema.$ref === 'string' ? pointAt(root, schema.$ref) : undefined
    const parts = [schema.allOf, schema.anyOf, schema.oneOf].filter(Array.isArray).flat()
    for (const part of [target, schema.then, schema.else, ...parts]) if (isObject(part)) all.add(part)
  }
  return [...all]
}

function itemSchemas(schemas: readonly JsonObject[], index: number): readonly JsonObject[] {
  return schemas.flatMap(({ items, prefixItems }) => {
    const own: unknown = Array.isArray(prefixItems)
      ? prefixItems[index]
      : Array.isArray(items)
        ? items[index]
        : undefined
    return [own ?? items].filter(isObject)
  })
}

function childrenOf(table: unknown, key: string): readonly JsonObject[] {
  return isObject(table) && Object.hasOwn(table, key) ? [table[key]].filter(isObject) : []
}

function has(table: unknown, key: string): boolean {
  return isObject(table) && Object.hasOwn(table, key)
}

/** Follows a JSON Pointer (RFC 6901) within a schema. */
function pointAt(root: JsonObject, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined
  const steps = reference.split('/').slice(1)
  return steps.reduce<unknown>((node, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? (node as JsonObject)[key] : undefined
  }, root)
}

/** ECMAScript 2026, "JSON.rawJSON"; TypeScript does not know it yet. */
const { rawJSON, isRawJSON: isRawJson } = JSON as unknown as {
  rawJSON: (text: string) => unknown
  isRawJSON: (value: unknown) => boolean
}

function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? rawJSON(context.source)
      : value,
  )
}
