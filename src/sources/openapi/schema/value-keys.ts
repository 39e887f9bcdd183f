import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

/**
 * Gives the keys inside a value other names: those that the document has, where an argument has the ones that were made
 * legal for the model, or the other way round.
 *
 * Only properties that the schema lists are renamed: the keys of a free map are the caller's own.
 *
 * @param schema - what the value must fit, with the keys that it has now
 * @param definitions - what the references in `schema` lead to, by name
 * @param names - from the key that is now there to the other one
 * @returns the very same value when nothing in it has another name
 */
export function renameValueKeys(
  value: unknown,
  schema: JsonObject,
  definitions: Readonly<Record<string, unknown>>,
  names: ReadonlyMap<string, string>,
): unknown {
  const rename = (value: unknown, schemas: ReadonlySet<JsonObject>): unknown => {
    if (schemas.size === 0 || typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return renameList(value, schemas)
    return renameObject(value as JsonObject, schemas)
  }

  const renameList = (list: readonly unknown[], schemas: ReadonlySet<JsonObject>): readonly unknown[] => {
    const renamed = list.map((item, index) =>
      rename(
        item,
        applicable(schemas, node => itemsOf(node, index)),
      ),
    )
    return renamed.some((item, index) => item !== list[index]) ? renamed : list
  }

  const renameObject = (object: JsonObject, schemas: ReadonlySet<JsonObject>): JsonObject => {
    const renamed: [string, unknown][] = []
    let changed = false
    for (const [key, value] of Object.entries(object)) {
      const listed = [...schemas].some(node => isObject(node.properties) && Object.hasOwn(node.properties, key))
      const name = listed ? (names.get(key) ?? key) : key
      const below = rename(
        value,
        applicable(schemas, node => propertiesOf(node, key)),
      )
      changed ||= name !== key || below !== value
      renamed.push([name, below])
    }
    return changed ? Object.fromEntries(renamed) : object
  }

  /** What holds at a place: what the schemas around it say of it, through references and combinators, each once. */
  const applicable = (
    schemas: ReadonlySet<JsonObject>,
    step: (schema: JsonObject) => readonly unknown[],
  ): ReadonlySet<JsonObject> => {
    const found = new Set<JsonObject>()
    const add = (schema: unknown) => {
      if (!isObject(schema) || found.has(schema)) return
      found.add(schema)
      if (typeof schema.$ref === 'string') add(definitions[schema.$ref.slice('#/$defs/'.length)])
      for (const list of [schema.allOf, schema.anyOf, schema.oneOf]) if (Array.isArray(list)) list.forEach(add)
      for (const part of [schema.if, schema.then, schema.else]) add(part)
      if (isObject(schema.dependentSchemas)) Object.values(schema.dependentSchemas).forEach(add)
    }
    for (const schema of schemas) step(schema).forEach(add)
    return found
  }

  return rename(
    value,
    applicable(new Set([schema]), node => [node]),
  )
}

function itemsOf(schema: JsonObject, index: number): readonly unknown[] {
  const first = Array.isArray(schema.prefixItems) ? schema.prefixItems[index] : undefined
  return [first ?? schema.items, schema.contains, schema.unevaluatedItems]
}

function propertiesOf(schema: JsonObject, key: string): readonly unknown[] {
  const listed = isObject(schema.properties) && Object.hasOwn(schema.properties, key)
  // Patterns are never run: what one of them may say is taken to hold.
  const patterns = isObject(schema.patternProperties) ? Object.values(schema.patternProperties) : []
  const own = listed ? [(schema.properties as JsonObject)[key]] : [schema.additionalProperties]
  return [...own, ...patterns, schema.unevaluatedProperties]
}
