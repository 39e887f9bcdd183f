import type { JsonObject } from '../../../core/json.ts'
import { partsOf } from './find-file.ts'
import { essence, isJsonType } from './media-type.ts'
import { follow } from './resolve-ref.ts'

const jsonPatch = 'application/json-patch+json'

/** No honest schema of a patch nests its alternatives deeper. */
const maxDepth = 4

/**
 * Leaves JSON Patch out of the media types of a body, where it is offered beside other JSON and its schema is no list. A
 * JSON Patch is a list of operations (RFC 6902, section 3), and an object under its name is refused; documents offer every
 * kind of patch with one schema for them all (Kubernetes: an object).
 *
 * @param schemaOf - the schema of a media type, as the document has it
 * @returns the very same list where nothing is left out
 */
export function withoutMisfitPatch(
  document: JsonObject,
  mediaTypes: readonly string[],
  schemaOf: (mediaType: string) => unknown,
): readonly string[] {
  const isMisfit = (type: string) => essence(type) === jsonPatch && !mayBeList(document, schemaOf(type), 0)
  const others = mediaTypes.filter(type => !isMisfit(type))
  return others.length < mediaTypes.length && others.some(isJsonType) ? others : mediaTypes
}

function mayBeList(document: JsonObject, raw: unknown, depth: number): boolean {
  const schema = follow(document, raw)
  if (schema === undefined || depth > maxDepth) return false
  if (schema.items !== undefined || [schema.type].flat().includes('array')) return true
  return partsOf(schema).some(part => mayBeList(document, part, depth + 1))
}
