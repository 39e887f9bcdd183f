import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'

/**
 * Maps each schema that stands directly in a schema (JSON Schema 2020-12 and the drafts before it). Data such as `enum`
 * or `default` is left alone.
 *
 * @returns the same object where nothing changes; never writes to what it is given
 */
export function mapSchemas(schema: JsonObject, map: (child: JsonObject) => JsonObject): JsonObject {
  const changed: Record<string, unknown> = {}
  const mapAny = (value: unknown): unknown => {
    if (isObject(value)) return map(value)
    if (!Array.isArray(value)) return value
    const mapped = value.map(mapAny)
    return mapped.some((each, index) => each !== value[index]) ? mapped : value
  }
  for (const keyword of Object.keys(schema)) {
    const value = schema[keyword]
    const mapped = holders.has(keyword) ? mapAny(value) : tables.has(keyword) ? mapTable(value, mapAny) : value
    if (mapped !== value) changed[keyword] = mapped
  }
  return Object.keys(changed).length === 0 ? schema : { ...schema, ...changed }
}

/** Keywords whose value is a schema, or a list of them. */
const holders = new Set([
  'items',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
])

/** Keywords whose value is a table of schemas. */
const tables = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])

function mapTable(table: unknown, map: (value: unknown) => unknown): unknown {
  if (!isObject(table)) return table
  const entries = Object.entries(table).map(([name, value]) => [name, map(value)] as const)
  // Object.fromEntries, since a property may be called "__proto__".
  return entries.some(([name, value]) => value !== table[name]) ? Object.fromEntries(entries) : table
}
