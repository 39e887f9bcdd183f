import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { measureDocument } from './measure-document.ts'

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
export async function parseDocument(bytes: Uint8Array, from: string, maxDepth: number): Promise<JsonObject> {
  const text = decode(bytes, from)
  const start = text.slice(0, 200).trimStart()
  if (start === '' && text.trim() === '') throw invalid(from, 'is empty')
  if (/^<(!doctype|html|head|body|\?xml|!--)/i.test(start)) {
    throw invalid(from, 'is HTML or XML, not an OpenAPI document; perhaps a login page')
  }
  // JSON that fails is not tried as YAML: a flow mapping would swallow half of a broken document without a word.
  const isJson = start.startsWith('{') || start.startsWith('[')
  const value = isJson ? parseJson(text, from) : await parseOther(text, from, maxDepth)
  return checkDocument(value, from, maxDepth, !isJson)
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

/** The YAML parsers are loaded for a document that needs them. */
async function parseOther(text: string, from: string, maxDepth: number): Promise<unknown> {
  const { NotYaml, parseYaml } = await import('./parse-yaml.ts')
  try {
    return parseYaml(text, maxDepth)
  } catch (cause) {
    throw invalid(
      from,
      `is neither JSON nor valid YAML: ${cause instanceof NotYaml ? cause.message : firstLine(cause)}`,
      cause,
    )
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
