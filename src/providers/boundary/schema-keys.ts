import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { mapSchemas } from '../../core/map-schemas.ts'
import type { KeyMap } from './argument-keys.ts'
import { renameKeys } from './argument-keys.ts'
import type { NameRule } from './tool-names.ts'
import { mapNames } from './tool-names.ts'

/**
 * Makes every property key of a schema legal for a provider, wherever the schema speaks of it: `properties`, `required`,
 * dependencies, references, and data (`default`, `enum`, ...).
 *
 * @returns the schema itself, and no map, where every key is legal
 */
export function legalKeys(schema: JsonObject, rule: NameRule): { schema: JsonObject; map?: KeyMap } {
  const keys = mapNames(rule, keysOf(schema))
  if (keys.forward.size === 0) return { schema }
  const map = { keys, schema }
  return { schema: renameInSchema(schema, map), map }
}

function keysOf(schema: JsonObject): ReadonlySet<string> {
  const keys = new Set<string>()
  const visit = (node: JsonObject): JsonObject => {
    if (isObject(node.properties)) for (const key of Object.keys(node.properties)) keys.add(key)
    return mapSchemas(node, visit)
  }
  visit(schema)
  return keys
}

function renameInSchema(schema: JsonObject, map: KeyMap): JsonObject {
  const { forward } = map.keys
  const rename = (key: unknown): unknown => (typeof key === 'string' ? (forward.get(key) ?? key) : key)
  const list = (value: unknown): unknown => (Array.isArray(value) ? value.map(rename) : value)
  const table = (value: unknown, each: (value: unknown) => unknown = same): unknown =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [rename(key), each(inner)]))
      : value
  const data = (value: unknown): unknown => renameKeys(value, [schema], map, 'forward')
  const eachData = (value: unknown): unknown => (Array.isArray(value) ? value.map(data) : value)
  const rules: Readonly<Record<string, (value: unknown) => unknown>> = {
    properties: table,
    dependentSchemas: table,
    dependentRequired: value => table(value, list),
    required: list,
    default: data,
    const: data,
    enum: eachData,
    examples: eachData,
    $ref: value => renameInReference(value, rename),
  }
  const mapped = mapSchemas(schema, child => renameInSchema(child, map))
  const entries = Object.entries(mapped).map(([keyword, value]) => {
    const rule = Object.hasOwn(rules, keyword) ? rules[keyword] : undefined
    return [keyword, rule ? rule(value) : value] as const
  })
  return Object.fromEntries(entries)
}

/** `#/properties/$filter`: a step after `properties` is a key, with `~` and `/` escaped (RFC 6901). */
function renameInReference(reference: unknown, rename: (key: unknown) => unknown): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return reference
  const steps = reference.split('/')
  return steps
    .map((step, index) => {
      if (steps[index - 1] !== 'properties') return step
      const key = decodeStep(step)
      const renamed = rename(key)
      return renamed === key ? step : String(renamed).replaceAll('~', '~0').replaceAll('/', '~1')
    })
    .join('/')
}

function decodeStep(step: string): string {
  const plain = step.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}

function same(value: unknown): unknown {
  return value
}
