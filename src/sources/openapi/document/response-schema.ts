import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { isJsonType } from './media-type.ts'
import { resolveRef } from './resolve-ref.ts'
import { isSwagger2 } from './swagger2.ts'

/** Which answer counts as the good one, the likeliest first (OpenAPI 3.1, Responses Object). */
const statuses = ['200', '201', '202', '203', '2XX', 'default']

/**
 * Finds the schema of an operation's good answer where that is JSON.
 *
 * @param responses - the operation's Responses Object, as the document has it
 * @returns the document's own schema, not yet converted; undefined where there is none
 */
export function findResponseSchema(document: JsonObject, responses: unknown): unknown {
  if (!isObject(responses)) return undefined
  const status = statuses.find(each => Object.hasOwn(responses, each))
  const resolved = status === undefined ? undefined : resolveRef(document, responses[status])
  const response = resolved?.ok === true ? resolved.value : undefined
  if (!isObject(response)) return undefined
  if (isSwagger2(document)) return response.schema
  const content = isObject(response.content) ? response.content : {}
  const type = Object.keys(content).find(isJsonType)
  const media = type === undefined ? undefined : content[type]
  return isObject(media) ? media.schema : undefined
}
