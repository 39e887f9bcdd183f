import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { resolveRef } from '../document/resolve-ref.ts'

/**
 * Says in JSON Schema what a `discriminator` with a mapping says (OpenAPI 3.1, Discriminator Object): each branch that a
 * value of the property stands for requires the property to have that value.
 *
 * @param read - the converted keywords; changed in place
 * @param raw - the document's schema, whose `oneOf` or `anyOf` has the same branches in the same order
 */
export function pinDiscriminator(read: Record<string, unknown>, raw: JsonObject): void {
  const { propertyName, mapping } = isObject(raw.discriminator) ? raw.discriminator : {}
  if (typeof propertyName !== 'string' || propertyName === '__proto__' || !isObject(mapping)) return
  for (const keyword of ['oneOf', 'anyOf']) {
    const [branches, written] = [read[keyword], raw[keyword]]
    if (!Array.isArray(branches) || !Array.isArray(written)) continue
    read[keyword] = branches.map((branch: unknown, index) => {
      const values = valuesFor(written[index], mapping)
      if (values.length === 0 || !isObject(branch) || branch.$ref === undefined) return branch
      const value = values.length === 1 ? { const: values[0] } : { enum: values }
      return { ...branch, properties: { [propertyName]: value }, required: [propertyName] }
    })
  }
}

/** The values that lead to a branch; a mapping names a schema by its reference or by its bare name. */
function valuesFor(branch: unknown, mapping: JsonObject): readonly string[] {
  const ref = isObject(branch) && typeof branch.$ref === 'string' ? branch.$ref : undefined
  if (ref === undefined) return []
  const isIt = (target: unknown): boolean => target === ref || `#/components/schemas/${String(target)}` === ref
  return Object.keys(mapping).filter(value => isIt(mapping[value]))
}

/**
 * True for a schema that others extend and that stands for any of them: it has a discriminator and no branches of its own
 * (OpenAPI 3.1, "Models with Polymorphism Support"; 2.0, where the discriminator is a name).
 */
export function isExtended(document: JsonObject, raw: unknown): boolean {
  const resolved = resolveRef(document, raw)
  const schema = resolved.ok ? resolved.value : undefined
  if (!isObject(schema) || schema.oneOf !== undefined || schema.anyOf !== undefined) return false
  const { discriminator } = schema
  return typeof (isObject(discriminator) ? discriminator.propertyName : discriminator) === 'string'
}
