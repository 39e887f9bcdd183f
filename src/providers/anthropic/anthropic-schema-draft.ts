import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * Writes a schema of an older draft as one of JSON Schema 2020-12, which Anthropic validates tools against: tuples become
 * `prefixItems`, a boolean `exclusiveMinimum` a number, `required: true` and unknown types are taken away, and so are
 * `$schema` and `id`. A schema that is valid already comes back equal.
 */
export function toDraft2020(schema: unknown): unknown {
  if (typeof schema === 'boolean') return schema
  return isObject(schema) ? Object.fromEntries(toKeywords(schema)) : {}
}

function toKeywords(schema: JsonObject): [string, unknown][] {
  const isTuple = Array.isArray(schema.items)
  return Object.entries(schema).flatMap(([word, value]): [string, unknown][] => {
    // `id` was the `$id` of draft 4; a property of that name stands under `properties`.
    if (word === '$schema' || word === 'id') return []
    if (word === 'items' && isTuple) return [['prefixItems', listOf(value).map(toDraft2020)]]
    if (word === 'additionalItems') return isTuple ? [['items', toDraft2020(value)]] : []
    if (word === 'exclusiveMinimum' || word === 'exclusiveMaximum') return toLimit(word, value, schema)
    if (word === 'minimum' && schema.exclusiveMinimum === true) return []
    if (word === 'maximum' && schema.exclusiveMaximum === true) return []
    if (schemaWords.has(word))
      return typeof value === 'object' || typeof value === 'boolean' ? [[word, toDraft2020(value)]] : []
    if (mapWords.has(word)) return isObject(value) ? [[word, mapValues(value)]] : []
    if (listWords.has(word)) {
      const list = listOf(value).map(toDraft2020)
      return list.length > 0 ? [[word, list]] : []
    }
    const check = checks.get(word)
    return check === undefined || check(value) ? [[word, value]] : toKnownTypes(word, value)
  })
}

function toLimit(
  word: 'exclusiveMinimum' | 'exclusiveMaximum',
  value: unknown,
  schema: JsonObject,
): [string, unknown][] {
  const bound = word === 'exclusiveMinimum' ? schema.minimum : schema.maximum
  if (value === true) return typeof bound === 'number' ? [[word, bound]] : []
  return typeof value === 'number' ? [[word, value]] : []
}

/** Of a list of types the known ones are kept. */
function toKnownTypes(word: string, value: unknown): [string, unknown][] {
  const known = word === 'type' && Array.isArray(value) ? [...new Set(value.filter(isType))] : []
  return known.length > 0 ? [['type', known]] : []
}

function mapValues(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([key, value]) => [key, toDraft2020(value)]))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Keywords by what they hold (JSON Schema 2020-12, Applicator and Unevaluated vocabularies). */
const schemaWords = new Set([
  ...['items', 'contains', 'additionalProperties', 'propertyNames', 'if', 'then', 'else', 'not'],
  ...['unevaluatedItems', 'unevaluatedProperties', 'contentSchema'],
])
const mapWords = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])
const listWords = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])

const types = new Set<unknown>(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'])
const isType = (value: unknown): boolean => types.has(value)
const isText = (value: unknown): boolean => typeof value === 'string'
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0
const areDistinctTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length

/** What a keyword must hold to be valid; one that holds something else is taken away. */
const checks: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  [
    'type',
    value =>
      isType(value) ||
      (areDistinctTexts(value) && (value as unknown[]).length > 0 && (value as unknown[]).every(isType)),
  ],
  ['required', areDistinctTexts],
  ['enum', Array.isArray],
  ...['title', 'description', 'format', 'pattern', '$ref', '$comment', '$anchor'].map(word => [word, isText] as const),
  ...['minimum', 'maximum'].map(word => [word, isNumber] as const),
  ['multipleOf', value => typeof value === 'number' && value > 0],
  ...[
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'minProperties',
    'maxProperties',
    'minContains',
    'maxContains',
  ].map(word => [word, isCount] as const),
  ...['uniqueItems', 'deprecated', 'readOnly', 'writeOnly'].map(word => [word, isBoolean] as const),
  ['examples', Array.isArray],
])
