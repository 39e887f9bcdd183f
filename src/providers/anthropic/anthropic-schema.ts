import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { mayBeObject, mergeRoot } from '../boundary/merge-root.ts'
import { toDraft2020 } from './anthropic-schema-draft.ts'

/**
 * Writes a schema as the Messages API takes it for a tool's input: JSON Schema 2020-12, `type: object` at the root, and no
 * `oneOf`, `anyOf`, `allOf` or `$ref` there. One schema that is not so fails the whole request.
 *
 * What stood at the root is merged into it; see {@link mergeRoot}. A root that is no object becomes an open one. Never
 * changes what it is given.
 */
export function toAnthropicSchema(parameters: JsonObject): JsonObject {
  const valid = toDraft2020(parameters)
  return asObject(mergeRoot(isObject(valid) ? valid : {}))
}

function asObject(schema: JsonObject): JsonObject {
  const { type: _, properties, enum: __, const: ___, ...rest } = schema
  if (!mayBeObject(schema)) {
    const { description, $defs, definitions } = schema
    const kept = Object.entries({ description, $defs, definitions }).filter(([, value]) => value !== undefined)
    return { type: 'object', properties: {}, ...Object.fromEntries(kept) }
  }
  return { type: 'object', ...rest, properties: isObject(properties) ? properties : {} }
}
