import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { coerceArgument } from './coerce-argument.ts'
import { schemasInside } from './schemas-inside.ts'

/**
 * Does for what lies inside arguments what `coerceArgument` does for themselves: text, numbers and booleans are read as
 * the type that the schema asks for at their place, and only where no schema that may hold there allows them as they are.
 *
 * It looks at every value, so it is for arguments that were found wrong.
 *
 * @param root - the input schema
 * @returns the very same object where nothing is read otherwise
 */
export function coerceInside(args: JsonObject, root: JsonObject): JsonObject {
  const { expand, ofProperty, ofItem } = schemasInside(root)

  const read = (given: unknown, holding: readonly unknown[]): unknown => {
    const schemas = holding.filter(isObject)
    if (schemas.length === 0) return given
    const isPlain = typeof given === 'string' || typeof given === 'number'
    const value = isPlain
      ? coerceArgument(given, schemas.length === 1 ? schemas[0] : { anyOf: schemas }, root, true)
      : given
    return inside(value, schemas)
  }

  const inside = (value: unknown, schemas: readonly JsonObject[]): unknown => {
    if (Array.isArray(value)) {
      const expanded = expand(schemas)
      const next = value.map((item, index) => read(item, ofItem(expanded, index)))
      return next.some((item, index) => item !== value[index]) ? next : value
    }
    if (!isObject(value)) return value
    const expanded = expand(schemas)
    return mapMembers(value, (member, key) => read(member, ofProperty(expanded, key)))
  }

  const properties = isObject(root.properties) ? root.properties : {}
  return mapMembers(args, (value, key) => {
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined
    return isObject(schema) ? inside(value, [schema]) : value
  })
}

function mapMembers(object: JsonObject, map: (member: unknown, key: string) => unknown): JsonObject {
  const next = Object.entries(object).map(([key, member]) => [key, map(member, key)] as const)
  return next.some(([key, member]) => member !== object[key]) ? Object.fromEntries(next) : object
}
