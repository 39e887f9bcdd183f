import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/** What Google documents for `responseJsonSchema`; other keywords are not applied, or refused. */
const keywords = [
  'type',
  'format',
  'title',
  'description',
  'enum',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'required',
  'propertyOrdering',
  '$id',
  '$anchor',
]

/** Deeper parts of a schema allow anything. */
const maxDepth = 64

/**
 * Writes the schema of a wanted answer for `responseJsonSchema`: JSON Schema, but only the keywords that Google
 * documents. `const` becomes an `enum` of one, `oneOf` is `anyOf`, `definitions` are `$defs`, and beside `$ref` nothing
 * else stands.
 */
export function toResponseSchema(schema: JsonObject, depth = 0): JsonObject {
  if (depth > maxDepth) return {}
  const write = (node: unknown): unknown => (isObject(node) ? toResponseSchema(node, depth + 1) : node)
  const writeAll = (node: unknown): JsonObject | undefined =>
    isObject(node) ? Object.fromEntries(Object.entries(node).map(([key, value]) => [key, write(value)])) : undefined
  const defs = writeAll(schema.$defs ?? schema.definitions)
  if (typeof schema.$ref === 'string') {
    const $ref = schema.$ref.replace(/^#\/definitions\//, '#/$defs/')
    return { $ref, ...(defs !== undefined && { $defs: defs }) }
  }
  const anyOf = [schema.anyOf, schema.oneOf].flatMap(list => (Array.isArray(list) ? list.map(write) : []))
  const { items, prefixItems, additionalProperties, properties } = schema
  return {
    ...Object.fromEntries(keywords.flatMap(key => (schema[key] === undefined ? [] : [[key, schema[key]]]))),
    ...(schema.const !== undefined && schema.enum === undefined && { enum: [schema.const] }),
    ...(isObject(properties) && { properties: writeAll(properties) }),
    ...(isObject(items) && { items: write(items) }),
    ...(Array.isArray(prefixItems) && { prefixItems: prefixItems.map(write) }),
    ...(additionalProperties !== undefined && { additionalProperties: write(additionalProperties) }),
    ...(anyOf.length > 0 && { anyOf }),
    ...(defs !== undefined && { $defs: defs }),
  }
}
