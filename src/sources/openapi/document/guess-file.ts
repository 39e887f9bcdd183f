import type { JsonObject } from '../../../core/json.ts'
import { partsOf } from './find-file.ts'
import type { FieldFile } from './operation.ts'
import { follow } from './resolve-ref.ts'

/** Keywords that say nothing of which values there may be. */
const annotations: ReadonlySet<string> = new Set([
  ...['title', 'description', 'example', 'examples', 'deprecated', 'externalDocs', 'nullable', 'writeOnly'],
])

/** Of anything else nothing is guessed: a model would be told of files where none is meant. */
const fileWords = /\b(files?|upload(ed|ing)?)\b/i
const fileName = /(^|[^A-Za-z])files?$|Files?$/

/** What a guess allows: a `data:` URI or a file object is a file, any other value what it was before. */
const perhaps: FieldFile = { always: false, many: false }

/**
 * Tells whether a field may carry a file in a multipart form none of whose fields says that it does. Such a form is there
 * for a file all the same; documents have it as a schema that says nothing (Telegram) or as a mere string (Stripe).
 *
 * @param raw - the field's schema, as the document has it
 */
export function guessFile(document: JsonObject, name: string, raw: unknown): FieldFile | undefined {
  const schema = follow(document, raw)
  if (schema === undefined) return undefined
  const isNamed = fileName.test(name)
  const isUntyped = (each: JsonObject) =>
    Object.keys(each).every(isAnnotation) && (isNamed || fileWords.test(String(each.description)))
  const parts = partsOf(schema).map(part => follow(document, part))
  if ([schema, ...parts].some(each => each !== undefined && isUntyped(each))) return perhaps
  const isPlain = Object.keys(schema).every(keyword => keyword === 'type' || isAnnotation(keyword))
  return isNamed && schema.type === 'string' && isPlain ? perhaps : undefined
}

function isAnnotation(keyword: string): boolean {
  return annotations.has(keyword) || keyword.startsWith('x-')
}
