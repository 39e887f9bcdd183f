import { isObject } from '../../../core/json.ts'
import type { FieldEncoding } from '../document/operation.ts'
import type { Schema } from '../schema/json-schema.ts'

const base64 = { type: 'string', contentEncoding: 'base64' }

/** One object for all tools: it is never changed. */
const fileObject = {
  type: 'object',
  properties: { data: base64, text: { type: 'string' }, filename: { type: 'string' }, contentType: { type: 'string' } },
}

const hint = 'A file: base64, a data: URI, or { data | text, filename?, contentType? }.'

/**
 * What a model is asked for where an API takes a file: base64 or a `data:` URI as a string, or an object that also names
 * the file and its type.
 *
 * @param schema - the field's, converted; what it says of the field is kept
 * @param file - which of the field's values are files
 */
export function fileSchema(schema: Schema, { always, many }: NonNullable<FieldEncoding['file']>): Schema {
  const own = isObject(schema) && typeof schema.description === 'string' ? `${schema.description} ` : ''
  const description = own + hint
  if (!always)
    return { description, anyOf: [schema, ...(many ? [{ type: 'array', items: fileObject }] : [fileObject])] }
  const file = { anyOf: [base64, fileObject] }
  return many ? { description, type: 'array', items: file } : { description, ...file }
}

/** What a model is asked for where the whole body is bytes. */
export function bytesSchema(mediaType: string): Schema {
  return { ...base64, contentMediaType: mediaType, description: 'Base64, or a data: URI.' }
}
