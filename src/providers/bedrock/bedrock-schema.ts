import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { mergeRoot } from '../boundary/merge-root.ts'

/**
 * Writes a schema as the models behind Converse take it: an object at the root, and no combinators or reference there.
 *
 * What stood at the root is merged into it; see {@link mergeRoot}. Below the root nothing is changed. Never changes what it
 * is given.
 */
export function toBedrockSchema(parameters: JsonObject): JsonObject {
  const { $schema: _, $id: __, ...schema } = parameters
  const { type, properties, enum: ___, const: ____, not: _____, ...rest } = mergeRoot(schema)
  const isOther = typeof type === 'string' && type !== 'object'
  return { type: 'object', ...(isOther ? {} : rest), properties: !isOther && isObject(properties) ? properties : {} }
}
