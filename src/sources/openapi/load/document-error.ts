import { GatewayError } from '../../../core/errors.ts'

/** Why a document cannot be used at all, for programs; it stands in `GatewayError.data.code`. */
export type DocumentCode =
  | 'E_ENCODING'
  | 'E_SPEC_EMPTY'
  | 'E_SPEC_HTML'
  | 'E_SPEC_PARSE'
  | 'E_SPEC_SHAPE'
  | 'E_SPEC_DEPTH'
  | 'E_SPEC_SIZE'
  | 'E_SPEC_TIME'
  | 'E_SPEC_MEMORY'
  | 'E_YAML_ALIASES'
  | 'E_YAML_CYCLE'
  | 'E_YAML_TAG'

/** Where in a document: a place in its text, counted from 1, or a JSON Pointer into its value. */
export type DocumentPlace = Readonly<{ line: number; column: number } | { pointer: string }>

/** What is wrong with a document: `what` ends the sentence "The OpenAPI document x ...", and quotes none of it. */
export type DocumentProblem = Readonly<{ code: DocumentCode; what: string; at?: DocumentPlace }>

const maxPointerLength = 120

/**
 * The error of a document that cannot be used: `DOCUMENT_INVALID`, with the reason and the place in `data` as well.
 *
 * @param from - names the document: its path or URL, or "given inline"
 */
export function invalidDocument(from: string, { code, what, at }: DocumentProblem, cause?: unknown): GatewayError {
  const place = at && ('pointer' in at ? { pointer: shorten(at.pointer) } : at)
  const where = place === undefined ? '' : ` (${'pointer' in place ? place.pointer : describe(place)})`
  return new GatewayError('DOCUMENT_INVALID', `The OpenAPI document ${from} ${what}${where}.`, {
    ...(cause !== undefined && { cause }),
    data: { code, ...place },
  })
}

/** The error of a document, or of all its files together, that passes `limits.maxDocumentBytes`. */
export function documentTooLarge(from: string, maxBytes: number): GatewayError {
  const what = `is larger than ${maxBytes} bytes. Raise limits.maxDocumentBytes if it may be that large`
  return invalidDocument(from, { code: 'E_SPEC_SIZE', what })
}

/** The place of a character in a text; a line ends at a line feed, a carriage return, or both. */
export function placeOf(text: string, offset: number): Readonly<{ line: number; column: number }> {
  const before = text.slice(0, offset)
  const breaks = before.match(/\r\n?|\n/g)?.length ?? 0
  return { line: breaks + 1, column: offset - Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) }
}

function describe({ line, column }: Readonly<{ line: number; column: number }>): string {
  return `line ${line}, column ${column}`
}

/** The beginning tells where to look; the whole may be as long as the document is deep. */
function shorten(pointer: string): string {
  return pointer.length > maxPointerLength ? `${pointer.slice(0, maxPointerLength)}…` : pointer
}
