import { isObject } from '../../../core/json.ts'
import type { FieldFile } from '../document/operation.ts'
import type { Schema } from '../schema/json-schema.ts'

const base64 = { type: 'string', contentEncoding: 'base64' }

/** One object for all tools: it is never changed. */
const fileObject = {
  type: 'object',
  properties: { data: base64, text: { type: 'string' }, filename: { type: 'string' }, contentType: { type: 'string' } },
}

const file = { anyOf: [base64, fileObject] }

/**
 * What a model is asked for where an API takes a file: base64 or a `data:` URI as a string, or an object that also names
 * the file and its type. Where text may be meant, base64 would be sent as it is, and is not offered.
 *
 * @param schema - the field's, converted; what it says of the field is kept
 * @param file - which of the field's values are files
 */
export function fileSchema(schema: Schema, { always, many, text }: FieldFile): Schema {
  const own = isObject(schema) && typeof schema.description === 'string' ? `${schema.description} ` : ''
  const forms = always || text ? 'base64, a data: URI' : 'a data: URI'
  const description = `${own}A file: ${forms}, or { data | text, filename?, contentType? }.`
  const one = always ? file.anyOf : [fileObject]
  const list = { type: 'array', items: always ? file : fileObject }
  if (!always) return { description, anyOf: [schema, ...(many === true ? [] : one), ...(many ? [list] : [])] }
  if (many === 'also') return { description, anyOf: [...one, list] }
  return many ? { description, ...list } : { description, ...file }
}

/** What a model is asked for where the whole body is bytes. */
export function bytesSchema(mediaType: string): Schema {
  return { ...base64, contentMediaType: mediaType, description: 'Base64, or a data: URI.' }
}
