import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { collectProperties } from './body-encodings.ts'
import { createFileFinder, isEncoded, partsOf } from './find-file.ts'
import { withoutMisfitPatch } from './json-patch.ts'
import type { MediaType } from './media-type.ts'
import { essence, findMediaType } from './media-type.ts'
import { follow } from './resolve-ref.ts'

/**
 * Chooses the media type that a body is sent in: what {@link findMediaType} prefers, except that a form with files comes
 * before JSON and urlencoded, which carry none, where one of its files is required, or where it takes all that they take
 * and nothing but files and plain values. A message that may have files, and is made of objects, stays JSON: in a form
 * each API wants these written in its own way.
 *
 * @returns undefined when none can be written
 */
export function chooseMediaType(document: JsonObject, content: JsonObject): MediaType | undefined {
  const chosen = findMediaType(withoutMisfits(document, content))
  if (chosen?.kind === 'bytes') return { ...chosen, kind: kindOfBytes(document, chosen.schema) }
  if (chosen?.kind !== 'json' && chosen?.kind !== 'form') return chosen
  const listed = Object.keys(content).find(type => essence(type) === 'multipart/form-data')
  const form = listed === undefined ? undefined : findMediaType({ [listed]: content[listed] })
  return form !== undefined && isForFiles(document, form, chosen) ? form : chosen
}

/** Bytes as they are, or as base64 where the document says that the API wants them so (Spotify's cover of a playlist). */
export function kindOfBytes(document: JsonObject, schema: unknown): 'bytes' | 'base64' {
  return isEncoded(follow(document, schema) ?? {}) ? 'base64' : 'bytes'
}

function withoutMisfits(document: JsonObject, content: JsonObject): JsonObject {
  const types = Object.keys(content)
  if (types.length < 2) return content
  const fitting = withoutMisfitPatch(document, types, type => schemaOf(content[type]))
  return fitting === types ? content : Object.fromEntries(fitting.map(type => [type, content[type]]))
}

function schemaOf(media: unknown): unknown {
  return isObject(media) ? media.schema : undefined
}

function isForFiles(document: JsonObject, form: MediaType, other: MediaType): boolean {
  const findFile = createFileFinder(document)
  const fields = collectProperties(document, form.schema)
  const isFile = ([name, schema]: readonly [string, unknown]): boolean => {
    const encoding = follow(document, form.encoding[name])
    const contentType = typeof encoding?.contentType === 'string' ? encoding.contentType : undefined
    return findFile(schema, contentType) !== undefined
  }
  const files = new Set<unknown>([...fields].filter(isFile).map(([name]) => name))
  if (files.size === 0) return false
  if (requiredOf(document, form.schema).some(name => files.has(name))) return true
  const takesAll = [...collectProperties(document, other.schema).keys()].every(name => fields.has(name))
  return takesAll && [...fields].every(([name, schema]) => files.has(name) || isPlain(document, schema))
}

/** Of an object and the parts that it is put together of; each schema is looked at once. */
function requiredOf(document: JsonObject, schema: unknown, seen: Set<JsonObject> = new Set()): readonly unknown[] {
  const node = follow(document, schema)
  if (node === undefined || seen.has(node)) return []
  seen.add(node)
  const parts: readonly unknown[] = Array.isArray(node.allOf) ? node.allOf : []
  const own: readonly unknown[] = Array.isArray(node.required) ? node.required : []
  return [...own, ...parts.flatMap(part => requiredOf(document, part, seen))]
}

/** A value, or a list of values, which a form carries as they are. One that is not makes all that name it no plain value. */
function isPlain(document: JsonObject, schema: unknown, inList = false, seen: Set<JsonObject> = new Set()): boolean {
  const node = follow(document, schema)
  if (node === undefined || isObject(node.properties)) return false
  if (seen.has(node)) return true
  seen.add(node)
  const parts = partsOf(node)
  if (parts.length > 0) return parts.every(part => isPlain(document, part, inList, seen))
  const types = [node.type ?? []].flat()
  if (types.includes('array')) return !inList && isPlain(document, node.items, true, seen)
  return types.length > 0 && !types.includes('object')
}
