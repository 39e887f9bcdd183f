import { isUtf8 } from 'node:buffer'
import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml'
import { parse as parseLenientYaml } from 'yaml'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { measureDocument } from './measure-document.ts'

/** The YAML of JSON's data model: `yes` and dates stay strings, `<<` merges (YAML 1.2 core, plus the merge key). */
const schema = CORE_SCHEMA.withTags(mergeTag)

/** Above this the second YAML parser, several times slower and hungrier, is not tried. */
const maxLenientBytes = 5_242_880

/** What js-yaml says of abuse, not of a slip that another parser may forgive. */
const abuse = /merge|maxDepth|\btag\b|alias|duplicated/i

/**
 * Reads the text of an OpenAPI document: JSON, else YAML.
 *
 * The result is a plain object without circles, no deeper than `maxDepth`, and not many times larger than its text
 * once every YAML alias is written out.
 *
 * @param from - names the document in errors: its path or URL
 * @param maxDepth - levels of objects and arrays
 * @throws GatewayError `DOCUMENT_INVALID` with the line and column where there is one
 */
export function parseDocument(bytes: Uint8Array, from: string, maxDepth: number): JsonObject {
  const text = decode(bytes, from)
  const start = text.slice(0, 200).trimStart()
  if (start === '' && text.trim() === '') throw invalid(from, 'is empty')
  if (/^<(!doctype|html|head|body|\?xml|!--)/i.test(start)) {
    throw invalid(from, 'is HTML or XML, not an OpenAPI document; perhaps a login page')
  }
  // JSON that fails is not tried as YAML: a flow mapping would swallow half of a broken document without a word.
  const isJson = start.startsWith('{') || start.startsWith('[')
  return checkDocument(isJson ? parseJson(text, from) : parseYaml(text, from, maxDepth), from, maxDepth, !isJson)
}

/**
 * Checks that a parsed value may be a document at all.
 *
 * @param shared - whether one object may stand in several places: by YAML aliases, or because the value was not parsed
 *   here
 * @throws GatewayError `DOCUMENT_INVALID`
 */
export function checkDocument(value: unknown, from: string, maxDepth: number, shared: boolean): JsonObject {
  const problem = measureDocument(value, maxDepth, shared)
  if (problem !== undefined) throw invalid(from, problem)
  if (!isObject(value)) throw invalid(from, `is ${kindOf(value)}, not an object with "openapi" or "swagger"`)
  return value
}

function decode(bytes: Uint8Array, from: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return buffer.toString('utf16le', 2)
  const start = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0
  if (!isUtf8(buffer)) throw invalid(from, 'is not valid UTF-8')
  return buffer.toString('utf8', start)
}

function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(from, `is not valid JSON: ${firstLine(cause)}`, cause)
  }
}

function parseYaml(text: string, from: string, maxDepth: number): unknown {
  try {
    return load(text, { schema, maxDepth })
  } catch (cause) {
    const reason = cause instanceof YAMLException ? cause.reason : firstLine(cause)
    const mended = abuse.test(reason) || text.length > maxLenientBytes ? undefined : parseLenient(text)
    if (mended !== undefined) return mended
    const mark = cause instanceof YAMLException ? cause.mark : undefined
    const where = mark ? ` (line ${mark.line + 1}, column ${mark.column + 1})` : ''
    throw invalid(from, `is neither JSON nor valid YAML: ${reason.slice(0, 200)}${where}`, cause)
  }
}

/** `yaml` forgives what js-yaml 5 does not, such as a flow mapping closed at its parent's indentation (moby's document). */
function parseLenient(text: string): unknown {
  try {
    return parseLenientYaml(text, { maxAliasCount: -1, logLevel: 'error', merge: true })
  } catch {
    return undefined
  }
}

function firstLine(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return message.replace(/\s+/g, ' ').slice(0, 200)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}

function invalid(from: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError('DOCUMENT_INVALID', `The OpenAPI document ${from} ${what}.`, { cause })
}
