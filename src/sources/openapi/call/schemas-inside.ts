import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { definitionsOf } from '../schema/subschemas.ts'

/** More schemas than hold at one place of an honest document; the rest is not looked at. */
const maxSchemas = 200

/** Finds the schemas that may hold for a value inside another. */
export type SchemasInside = Readonly<{
  /** Every schema that may hold where one of these does: what they refer to, and the parts of each. */
  expand: (schemas: readonly unknown[]) => readonly JsonObject[]
  /** What expanded schemas say of one property, not expanded. */
  ofProperty: (schemas: readonly JsonObject[], key: string) => readonly unknown[]
  /** The same of the item at an index. */
  ofItem: (schemas: readonly JsonObject[], index: number) => readonly unknown[]
}>

/** @param root - the input schema, which holds the definitions that its parts refer to */
export function schemasInside(root: JsonObject): SchemasInside {
  const definitions = definitionsOf(root)
  return {
    expand(schemas) {
      const found = new Set<JsonObject>()
      const add = (each: unknown): void => {
        if (!isObject(each) || found.has(each) || found.size >= maxSchemas) return
        found.add(each)
        const name = typeof each.$ref === 'string' ? each.$ref.slice('#/$defs/'.length) : ''
        if (Object.hasOwn(definitions, name)) add(definitions[name])
        for (const list of [each.allOf, each.anyOf]) if (Array.isArray(list)) list.forEach(add)
      }
      schemas.forEach(add)
      return [...found]
    },
    ofProperty: (schemas, key) => schemas.map(schema => propertyOf(schema, key)),
    ofItem: (schemas, index) => schemas.map(schema => itemOf(schema, index)),
  }
}

function propertyOf(schema: JsonObject, key: string): unknown {
  const isListed = isObject(schema.properties) && Object.hasOwn(schema.properties, key)
  return isListed ? (schema.properties as JsonObject)[key] : schema.additionalProperties
}

/** `items` holds behind those that `prefixItems` lists (JSON Schema 2020-12, Core, 10.3.1.2). */
function itemOf({ prefixItems, items }: JsonObject, index: number): unknown {
  return Array.isArray(prefixItems) && index < prefixItems.length ? prefixItems[index] : items
}
