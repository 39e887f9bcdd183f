import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { schemasInside } from './schemas-inside.ts'

/** A value with the whole numbers inside it as they were meant; `inexact` where one of them cannot be known any more. */
export type ExactValue = Readonly<{ value: unknown; inexact: boolean }>

const manyDigits = /^-?\d{16,40}$/

/**
 * Reads the whole numbers past 2^53 inside an object or list, as those at the top of arguments are read: digits that came
 * as text become a bigint where a number is wanted, and a number that JSON has rounded is told.
 *
 * @param schema - of the value, converted
 * @param root - the input schema, which holds the definitions that `schema` refers to
 */
export function readExactInside(value: unknown, schema: unknown, root: JsonObject): ExactValue {
  if (!mayMatter(value)) return { value, inexact: false }
  const { expand, ofProperty, ofItem } = schemasInside(root)
  let inexact = false

  const read = (given: unknown, schemas: readonly JsonObject[]): unknown => {
    if (Array.isArray(given)) return readList(given, schemas)
    if (isObject(given)) return readObject(given, schemas)
    const types = new Set(schemas.flatMap(each => [each.type].flat()))
    if (typeof given === 'number') inexact ||= isRounded(given) && wantsExact(types)
    const isMeant = typeof given === 'string' && manyDigits.test(given) && wantsNumber(types)
    return isMeant && !Number.isSafeInteger(Number(given)) ? BigInt(given) : given
  }

  const readList = (list: readonly unknown[], schemas: readonly JsonObject[]): readonly unknown[] => {
    const next = list.map((item, index) => read(item, expand(ofItem(schemas, index))))
    return next.some((item, index) => item !== list[index]) ? next : list
  }

  const readObject = (object: JsonObject, schemas: readonly JsonObject[]): JsonObject => {
    const next = Object.entries(object).map(([key, each]): [string, unknown] => [
      key,
      typeof each === 'string' || typeof each === 'number' || typeof each === 'object'
        ? read(each, expand(ofProperty(schemas, key)))
        : each,
    ])
    return next.some(([key, each]) => each !== object[key]) ? Object.fromEntries(next) : object
  }

  return { value: read(value, expand([schema])), inexact }
}

/** The value with every bigint as the number nearest to it, for whoever knows no bigints. */
export function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(withNumbers)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withNumbers(each)]))
}

/** Nearly every value holds nothing of the kind, and costs no look at its schema. */
function mayMatter(value: unknown): boolean {
  if (typeof value === 'number') return isRounded(value)
  if (typeof value === 'string') return value.length >= 16 && manyDigits.test(value)
  if (Array.isArray(value)) return value.some(mayMatter)
  return isObject(value) && Object.values(value).some(mayMatter)
}

function isRounded(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value)
}

function wantsNumber(types: ReadonlySet<unknown>): boolean {
  return !types.has('string') && (types.has('integer') || types.has('number'))
}

function wantsExact(types: ReadonlySet<unknown>): boolean {
  return !types.has('number') && (types.has('integer') || types.has('string'))
}
