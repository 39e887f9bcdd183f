import type { JsonObject } from '../../../core/json.ts'

/** A longer list of values is named in the description instead: it would cost more tokens than it helps. */
const maxEnumValues = 500
const maxEnumLength = 16_384

/**
 * Turns what 2.0 and 3.0 say differently into JSON Schema 2020-12, after each keyword was read by itself.
 *
 * @param read - the keywords that crossed over; changed in place and returned
 * @param raw - the document's schema, for the keywords that did not
 */
export function toDialect2020(read: Record<string, unknown>, raw: JsonObject): JsonObject {
  moveTuple(read)
  moveLimit(read, 'exclusiveMinimum', 'minimum')
  moveLimit(read, 'exclusiveMaximum', 'maximum')
  if (Array.isArray(read.enum)) read.enum = fitValues(read.enum, read.type)
  shortenEnum(read)
  // Branches of a real `oneOf` often overlap, and a value that fits two would then be refused.
  if (read.oneOf !== undefined && read.anyOf === undefined) {
    read.anyOf = read.oneOf
    delete read.oneOf
  }
  if (isArrayType(read.type) && read.items === undefined) read.items = {}
  if (raw.type === 'file' || read.format === 'binary' || read.format === 'byte') {
    delete read.format
    read.contentEncoding = 'base64'
  }
  return raw.nullable === true || raw['x-nullable'] === true ? allowNull(read) : read
}

/** `items: [a, b]` was a tuple before 2020-12. */
function moveTuple(schema: Record<string, unknown>): void {
  if (!Array.isArray(schema.items)) return
  if (schema.items.length > 0) schema.prefixItems = schema.items
  delete schema.items
}

/** `exclusiveMinimum: true` made `minimum` exclusive (OpenAPI 3.0, by JSON Schema Wright Draft 00). */
function moveLimit(schema: Record<string, unknown>, exclusive: string, inclusive: string): void {
  if (typeof schema[exclusive] !== 'boolean') return
  const moves = schema[exclusive] && schema[inclusive] !== undefined
  if (moves) schema[exclusive] = schema[inclusive]
  else delete schema[exclusive]
  if (moves) delete schema[inclusive]
}

/**
 * The values of an `enum` in the type that stands beside them, where that is another one: YAML makes numbers of `[400, 404]`
 * below `type: string`, and nothing at all would fit both. Of others nothing is changed.
 */
function fitValues(values: readonly unknown[], type: unknown): readonly unknown[] {
  const types = [type].flat().filter(each => each !== 'null')
  const [only] = types
  if (types.length !== 1 || values.every(value => value === null || typeof value === only)) return values
  const fitted = values.map(value => {
    if (only === 'string') return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    if (only === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
    const isNumber = only === 'integer' || only === 'number'
    return isNumber && typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value
  })
  return [...new Set(fitted)]
}

function shortenEnum(schema: Record<string, unknown>): void {
  const values = schema.enum
  if (!Array.isArray(values)) return
  if (values.length <= maxEnumValues && (values.length < 50 || JSON.stringify(values).length <= maxEnumLength)) return
  const some = values.slice(0, 5).map(value => JSON.stringify(value)?.slice(0, 60))
  const note = `One of ${values.length} values, such as ${some.join(', ')}.`
  schema.description = typeof schema.description === 'string' ? `${schema.description}\n${note}` : note
  delete schema.enum
}

function isArrayType(type: unknown): boolean {
  return type === 'array' || (Array.isArray(type) && type.includes('array'))
}

/** `nullable` (3.0) is a type of its own in 2020-12; where no type says so, null becomes an alternative. */
function allowNull(schema: Record<string, unknown>): JsonObject {
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum = [...schema.enum, null]
  const combined = ['$ref', 'allOf', 'anyOf', 'not', 'const'].some(keyword => schema[keyword] !== undefined)
  if (combined) {
    const { description, title, default: value, ...rest } = schema
    const around = { description, title, default: value }
    for (const key of Object.keys(around) as (keyof typeof around)[]) if (around[key] === undefined) delete around[key]
    return { ...around, anyOf: [rest, { type: 'null' }] }
  }
  const types = schema.type
  if (typeof types === 'string' && types !== 'null') schema.type = [types, 'null']
  else if (Array.isArray(types) && !types.includes('null')) schema.type = [...types, 'null']
  return schema
}
