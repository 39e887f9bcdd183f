import type { JsonObject } from '../../../core/json.ts'
import { isDeeperThan, isObject } from '../../../core/json.ts'

/**
 * Reads an argument as the type its schema asks for, where a model wrote it as text and only that can be meant: an
 * object or a list as JSON text, a number or a boolean as text, text as a number. Anything else stays as it is, for the
 * check to refuse.
 *
 * @param schema - the argument's, converted
 * @param root - the input schema, which holds the definitions that `schema` refers to
 * @param inBody - null is a value in a body where the schema allows it; everywhere else it means "not given"
 * @returns undefined for an argument that is not given; a bigint for an integer of more digits than a number can hold
 */
export function coerceArgument(value: unknown, schema: unknown, root: JsonObject, inBody: boolean): unknown {
  const types = typesOf(schema, root, 0)
  if (value === undefined) return undefined
  if (value === null) return inBody && (types === undefined || types.has('null')) ? null : undefined
  if (types === undefined) return typeof value === 'string' ? readShape(value, schema, root) : value
  if (typeof value === 'number') return readNumber(value, types)
  return typeof value === 'string' && !isText(types) ? readText(value, types) : value
}

/** Deeper than any honest value, and far from where whoever goes through it overflows the stack. */
const maxDepth = 128

/** More digits than any identifier has. */
const maxDigits = 40

/**
 * True for a whole number past 2^53 where an exact one is wanted: JSON.parse has rounded it, and nobody knows from what.
 * Written as text it would be sent as it is.
 */
export function isInexact(value: unknown, schema: unknown, root: JsonObject): boolean {
  if (typeof value !== 'number' || !isRounded(value)) return false
  const types = typesOf(schema, root, 0)
  return types !== undefined && !types.has('number') && (types.has('integer') || types.has('string'))
}

/** As text where text is wanted, unless it may not be the number that was written: that is for the check to refuse. */
function readNumber(value: number, types: ReadonlySet<string>): unknown {
  return isText(types) && !isNumeric(types) && Number.isFinite(value) && !isRounded(value) ? String(value) : value
}

function isRounded(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value)
}

function readText(text: string, types: ReadonlySet<string>): unknown {
  if (isNumeric(types) && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) {
    const number = Number(text)
    const isWhole = /^-?\d+$/.test(text)
    // Past 2^53 a number would not be the one that was written; this one keeps every digit.
    if (isWhole && !Number.isSafeInteger(number) && text.length <= maxDigits) return BigInt(text)
    if ((types.has('number') || Number.isInteger(number)) && Number.isFinite(number)) return number
  }
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  if (
    (types.has('object') && text.trimStart().startsWith('{')) ||
    (types.has('array') && text.trimStart().startsWith('['))
  ) {
    try {
      const value: unknown = JSON.parse(text)
      return isDeeperThan(value, maxDepth) ? text : value
    } catch {
      return text
    }
  }
  return text
}

/** Many documents leave out `type: object` beside `properties`, and mean nothing else. */
function readShape(text: string, schema: unknown, root: JsonObject): unknown {
  const types = typesOf(schema, root, 0, true)
  return types === undefined || isText(types) ? text : readText(text, types)
}

function isText(types: ReadonlySet<string>): boolean {
  return types.has('string')
}

function isNumeric(types: ReadonlySet<string>): boolean {
  return types.has('number') || types.has('integer')
}

/** What `type` lists, made once for each schema. */
const listed = new WeakMap<JsonObject, ReadonlySet<string>>()

const shapes: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['properties', new Set(['object'])],
  ['items', new Set(['array'])],
])

/**
 * The types a schema allows; undefined when it does not say.
 *
 * @param byShape - one that describes an object or a list without calling it so counts as one
 */
function typesOf(schema: unknown, root: JsonObject, depth: number, byShape = false): ReadonlySet<string> | undefined {
  if (!isObject(schema) || depth > 8) return undefined
  if (schema.type !== undefined) {
    const known = listed.get(schema)
    if (known !== undefined) return known
    const types = new Set([schema.type].flat() as string[])
    listed.set(schema, types)
    return types
  }
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.slice('#/$defs/'.length)
    const definitions = isObject(root.$defs) ? root.$defs : {}
    return typesOf(Object.hasOwn(definitions, name) ? definitions[name] : undefined, root, depth + 1, byShape)
  }
  if (Array.isArray(schema.anyOf)) {
    const branches = schema.anyOf.map(branch => typesOf(branch, root, depth + 1, byShape))
    const known = branches.filter(branch => branch !== undefined)
    return known.length < branches.length ? undefined : new Set(known.flatMap(branch => [...branch]))
  }
  const parts: readonly unknown[] = Array.isArray(schema.allOf) ? schema.allOf : []
  const said = parts.map(part => typesOf(part, root, depth + 1, byShape)).find(types => types !== undefined)
  if (said !== undefined || !byShape) return said
  return [...shapes].find(([keyword]) => schema[keyword] !== undefined)?.[1]
}
