import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { readFieldEncodings } from './body-encodings.ts'
import { findMediaType } from './media-type.ts'
import type { Parameter } from './operation.ts'
import { readParameter } from './parameters.ts'
import { followEntries } from './resolve-ref.ts'

/**
 * Reads a Parameter Object of OpenAPI 3.x as {@link readParameter} does, and what its `content` needs of the document: media
 * types that stand elsewhere (3.2), and how each field of a form is written (Encoding Objects).
 *
 * @returns a string instead says why the parameter is left out
 * @throws UnusableOperation where a media type leads nowhere
 */
export function readContentParameter(document: JsonObject, raw: JsonObject): Parameter | string {
  if (!isObject(raw.content)) return readParameter(raw)
  const content = followEntries(document, raw.content)
  const read = readParameter(content === raw.content ? raw : { ...raw, content })
  if (typeof read === 'string' || read.encoding.content !== 'form') return read
  const { schema, encoding } = findMediaType(content) ?? { schema: {}, encoding: {} }
  const fields = readFieldEncodings(document, 'form', schema, encoding)
  return fields.size === 0 ? read : { ...read, encoding: { ...read.encoding, fields } }
}
