import type { JsonObject } from '../../../core/json.ts'
import { definitionsOf } from '../schema/subschemas.ts'
import { renameValueKeys } from '../schema/value-keys.ts'

/**
 * Gives the keys inside arguments back the names that the document has, where they were made legal for the model.
 *
 * @param schema - the input schema, as the model sees it
 * @param originals - from the shown key to the document's
 * @returns the same object when nothing in it has another name
 */
export function restoreKeys(args: JsonObject, schema: JsonObject, originals: ReadonlyMap<string, string>): JsonObject {
  return renameValueKeys(args, schema, definitionsOf(schema), originals) as JsonObject
}
