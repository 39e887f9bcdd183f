import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { keywordKinds } from '../schema/schema-keywords.ts'

/** A larger schema takes longer to compile than a call should wait; the API checks such arguments itself. */
const maxSchemas = 5_000

/** Text for people, and what must not be run: patterns may never end, `uniqueItems` takes the square of its items. */
const dropped = new Set(['title', 'description', 'default', 'format', 'pattern', 'patternProperties', 'uniqueItems'])

/**
 * Copies a converted schema without what must not be checked here, for the validator alone.
 *
 * @returns undefined when the schema is too large to be compiled during a call
 */
export function toCheckable(schema: JsonObject): JsonObject | undefined {
  let count = 0

  const copy = (node: unknown): unknown => {
    if (!isObject(node)) return node
    count += 1
    if (count > maxSchemas) return {}
    const result: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(node)) {
      if (dropped.has(key)) continue
      if (key === '$defs') result[key] = copyMap(value)
      else result[key] = copyKeyword(keywordKinds.get(key), value)
    }
    // Without its patterns, an object cannot tell which of its other properties are extra.
    if (node.patternProperties !== undefined) {
      delete result.additionalProperties
      delete result.unevaluatedProperties
    }
    return result
  }

  const copyMap = (map: unknown): unknown =>
    isObject(map) ? Object.fromEntries(Object.entries(map).map(([name, each]) => [name, copy(each)])) : map

  const copyKeyword = (kind: string | undefined, value: unknown): unknown => {
    if (kind === 'schema' || kind === 'items') return copy(value)
    if (kind === 'schemas') return Array.isArray(value) ? value.map(copy) : value
    return kind === 'properties' || kind === 'schemaMap' ? copyMap(value) : value
  }

  const result = copy(schema) as JsonObject
  return count > maxSchemas ? undefined : result
}
