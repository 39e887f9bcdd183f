import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

/**
 * Gives the keys inside arguments back the names that the document has, where they were made legal for the model.
 *
 * Only properties that the schema lists are renamed: the keys of a free map are the caller's own.
 *
 * @param schema - the input schema, as the model sees it
 * @param originals - from the shown key to the document's
 * @returns the same object when nothing in it has another name
 */
export function restoreKeys(args: JsonObject, schema: JsonObject, originals: ReadonlyMap<string, string>): JsonObject {
  const definitions = isObject(schema.$defs) ? schema.$defs : {}

  const restore = (value: unknown, schemas: ReadonlySet<JsonObject>): unknown => {
    if (schemas.size === 0 || typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return restoreList(value, schemas)
    return restoreObject(value as JsonObject, schemas)
  }

  const restoreList = (list: readonly unknown[], schemas: ReadonlySet<JsonObject>): readonly unknown[] => {
    const restored = list.map((item, index) =>
      restore(
        item,
        applicable(schemas, node => itemsOf(node, index)),
      ),
    )
    return restored.some((item, index) => item !== list[index]) ? restored : list
  }

  const restoreObject = (object: JsonObject, schemas: ReadonlySet<JsonObject>): JsonObject => {
    const restored: [string, unknown][] = []
    let changed = false
    for (const [key, value] of Object.entries(object)) {
      const listed = [...schemas].some(node => isObject(node.properties) && Object.hasOwn(node.properties, key))
      const name = listed ? (originals.get(key) ?? key) : key
      const below = restore(
        value,
        applicable(schemas, node => propertiesOf(node, key)),
      )
      changed ||= name !== key || below !== value
      restored.push([name, below])
    }
    return changed ? Object.fromEntries(restored) : object
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

  return restoreObject(args, new Set([schema]))
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
