import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Schema, Schemas } from '../schema/json-schema.ts'

/** The properties of a body that may stand beside the parameters as arguments of their own. */
export type BodyFields = Readonly<{
  /** What the parts of the body say of each property, all of which holds. */
  properties: ReadonlyMap<string, ReadonlySet<Schema>>
  required: ReadonlySet<string>
  /** What the document says of properties it does not list; absent when it says nothing or forbids them. */
  additional?: Schema
  /** The document forbids properties that it does not list. */
  isClosed: boolean
}>

/** What an object may say of itself and still be taken apart; anything else makes it one `body` argument. */
const separable = new Set([
  'type',
  'title',
  'description',
  'default',
  'deprecated',
  'properties',
  'required',
  'additionalProperties',
  'minProperties',
  'maxProperties',
  '$ref',
  'allOf',
])

/**
 * Takes the schema of a body apart into its properties, through references and `allOf`.
 *
 * Each definition is visited once, so neither recursion nor an `allOf` that doubles at each level costs anything.
 *
 * @param schema - converted
 * @returns undefined when the body is not an object of known properties: an array, a scalar, a union, a free-form map
 */
export function readBodyFields(schema: Schema, schemas: Schemas): BodyFields | undefined {
  const properties = new Map<string, Set<Schema>>()
  const required = new Set<string>()
  const visited = new Set<JsonObject>()
  let additional: Schema | undefined
  let isClosed = false

  const take = (part: Schema | undefined): boolean => {
    if (!isObject(part)) return false
    if (visited.has(part)) return true
    visited.add(part)
    if (!Object.keys(part).every(keyword => separable.has(keyword)) || !isObjectType(part.type)) return false
    for (const [name, property] of Object.entries((part.properties ?? {}) as Record<string, Schema>)) {
      properties.set(name, (properties.get(name) ?? new Set()).add(property))
    }
    for (const name of (part.required ?? []) as string[]) required.add(name)
    const open = part.additionalProperties as Schema | undefined
    if (open !== undefined && open !== false) additional = open
    isClosed ||= open === false
    const ref = part.$ref as string | undefined
    if (ref !== undefined && !take(schemas.definition(ref))) return false
    return ((part.allOf ?? []) as Schema[]).every(take)
  }

  if (!take(schema) || properties.size === 0) return undefined
  return { properties, required, isClosed, ...(additional !== undefined && { additional }) }
}

function isObjectType(type: unknown): boolean {
  return type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'))
}

/** One schema for a property of which several parts say something: it must satisfy them all. */
export function joinParts(parts: ReadonlySet<Schema>): Schema {
  const saying = [...parts].filter(part => part !== true)
  const [only = true, second] = saying
  return second === undefined ? only : { allOf: saying }
}
