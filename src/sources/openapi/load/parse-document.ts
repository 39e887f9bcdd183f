import { isUtf8 } from 'node:buffer'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { decodeText } from './decode-text.ts'
import { invalidDocument, placeOf } from './document-error.ts'
import { findJsonError } from './find-json-error.ts'
import { measureDocument } from './measure-document.ts'
import { skimJson } from './skim-json.ts'

/**
 * Reads the text of an OpenAPI document: JSON, else YAML.
 *
 * The result is a plain object without circles, no deeper than `maxDepth`, and not many times larger than its text
 * once every YAML alias is written out. Of large JSON it may hold accessors: see {@link skimJson}.
 *
 * @param from - names the document in errors: its path or URL
 * @param maxDepth - levels of objects and arrays
 * @throws GatewayError `DOCUMENT_INVALID`; `data` has a code of `DocumentCode`, and the place where there is one
 */
export async function parseDocument(bytes: Uint8Array, from: string, maxDepth: number): Promise<JsonObject> {
  const large = skimLarge(bytes, maxDepth)
  if (large !== undefined) return large
  const text = decodeText(bytes, from)
  const start = text.slice(0, 200).trimStart()
  if (start === '' && text.trim() === '') throw invalidDocument(from, { code: 'E_SPEC_EMPTY', what: 'is empty' })
  // Neither JSON nor a mapping of YAML begins with a tag.
  if (/^<[!?a-z]/i.test(start)) {
    const what = 'is HTML or XML, not an OpenAPI document; perhaps a login page'
    throw invalidDocument(from, { code: 'E_SPEC_HTML', what, at: placeOf(text, text.indexOf('<')) })
  }
  // JSON that fails is not tried as YAML: a flow mapping would swallow half of a broken document without a word.
  const isJson = start.startsWith('{') || start.startsWith('[')
  const value = isJson ? parseJson(text, from) : await parseOther(text, from, maxDepth)
  return checkDocument(value, from, maxDepth, !isJson)
}

/** A smaller document is read in no time either way. */
const minLargeBytes = 1_048_576

/** A large JSON document in UTF-8; undefined for any other, and for one with an error, which is looked for in its text. */
function skimLarge(bytes: Uint8Array, maxDepth: number): JsonObject | undefined {
  if (bytes.length < minLargeBytes || bytes[0] !== openBrace) return undefined
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? skimJson(buffer, maxDepth) : undefined
}

const openBrace = 0x7b

/**
 * Checks that a parsed value may be a document at all.
 *
 * @param shared - whether one object may stand in several places: by YAML aliases, or because the value was not parsed
 *   here
 * @throws GatewayError `DOCUMENT_INVALID`, as {@link parseDocument}
 */
export function checkDocument(value: unknown, from: string, maxDepth: number, shared: boolean): JsonObject {
  const problem = measureDocument(value, maxDepth, shared)
  if (problem !== undefined) throw invalidDocument(from, problem)
  if (isObject(value)) return value
  const what = `is ${kindOf(value)}, not an object with "openapi" or "swagger"`
  throw invalidDocument(from, { code: 'E_SPEC_SHAPE', what, at: { pointer: '#' } })
}

function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The cause is left out: its message quotes the text.
    const error = findJsonError(text)
    throw invalidDocument(from, {
      code: 'E_SPEC_PARSE',
      what: error === undefined ? 'is not valid JSON' : `is not valid JSON: ${error.problem}`,
      ...(error !== undefined && { at: placeOf(text, error.offset) }),
    })
  }
}

/** The YAML parsers are loaded for a document that needs them. */
async function parseOther(text: string, from: string, maxDepth: number): Promise<unknown> {
  const { NotYaml, parseYaml } = await import('./parse-yaml.ts')
  try {
    return parseYaml(text, maxDepth)
  } catch (thrown) {
    if (thrown instanceof NotYaml) throw invalidDocument(from, thrown.problem)
    throw thrown
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
