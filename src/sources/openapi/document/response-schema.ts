import type { JsonObject } from '../../../core/json.ts'
import { isJsonType } from './media-type.ts'
import { follow } from './resolve-ref.ts'
import { isSwagger2 } from './swagger2.ts'

/** Which answer counts as the good one, the likeliest first (OpenAPI 3.1, Responses Object). */
const statuses = ['200', '201', '202', '203', '2XX', 'default']

/**
 * Finds the schema of an operation's good answer where that is JSON.
 *
 * @param written - the operation's Responses Object, as the document has it
 * @returns the document's own schema, not yet converted; undefined where there is none
 */
export function findResponseSchema(document: JsonObject, written: unknown): unknown {
  const responses = follow(document, written)
  if (responses === undefined) return undefined
  const status = statuses.find(each => Object.hasOwn(responses, each))
  const response = status === undefined ? undefined : follow(document, responses[status])
  if (response === undefined || isSwagger2(document)) return response?.schema
  const content = follow(document, response.content) ?? {}
  const type = Object.keys(content).find(isJsonType)
  return type === undefined ? undefined : follow(document, content[type])?.schema
}
