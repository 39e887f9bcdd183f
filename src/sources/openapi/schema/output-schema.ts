import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { inlineAll } from './inline-definitions.ts'
import type { Schema, Schemas } from './json-schema.ts'
import { jsonBytes, mapSubschemas } from './subschemas.ts'

/**
 * Makes the `outputSchema` of a tool from the schema of an operation's answer.
 *
 * Clients throw away an answer that does not fit, and documents are often wrong about answers, so it is as permissive as
 * it can be and still say what is there: nothing is required, null may stand anywhere, no list of values and no bound.
 * What is no object stands as it is: the doors wrap it for clients who know only objects, and the result with it.
 *
 * @param raw - the document's schema of the answer; undefined when it has none
 * @param schemas - made for what is received
 * @returns undefined when there is none, it goes in circles, or it is longer than `maxBytes`
 * @throws UnusableOperation when a schema points outside the document
 */
export function toOutputSchema(raw: unknown, schemas: Schemas, maxBytes: number): JsonObject | undefined {
  if (raw === undefined) return undefined
  const converted = schemas.convert(raw)
  const definitions = schemas.definitions([converted])
  const whole = inlineAll(
    { properties: { result: converted }, ...(definitions && { $defs: definitions }) },
    {
      maxBytes: maxBytes * 4,
      circles: 'refuse',
    },
  )
  const written = isObject(whole?.properties) ? (whole.properties.result as Schema) : undefined
  if (!isObject(written)) return undefined
  const permissive = toPermissive(written)
  const isPlain = written.type === 'object' && permissive.anyOf === undefined && permissive.allOf === undefined
  const schema = isPlain ? { ...permissive, type: 'object' } : permissive
  return jsonBytes(schema) <= maxBytes ? schema : undefined
}

/** Keywords that only say what may be there. */
const kept = new Set(['type', 'title', 'description', 'properties', 'items', 'prefixItems', 'anyOf', 'allOf', 'format'])

function toPermissive(schema: Schema): JsonObject {
  if (!isObject(schema)) return {}
  const open = Object.fromEntries(Object.entries(schema).filter(([keyword]) => kept.has(keyword)))
  const mapped = mapSubschemas(open, toPermissive)
  const types = [mapped.type ?? []].flat() as string[]
  return types.length === 0 || types.includes('null') ? mapped : { ...mapped, type: [...types, 'null'] }
}
