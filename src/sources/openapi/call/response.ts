import { isUtf8 } from 'node:buffer'
import type { JsonObject } from '../../../core/json.ts'
import { isDeeperThan, isObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import { isRedirect } from '../../../core/redirect.ts'
import { hideSecrets } from '../../../core/secrets.ts'
import type { CallToolResult } from '../../../core/tool.ts'
import { errorResult, textResult } from '../../../core/tool.ts'
import { essence, isJsonType } from '../document/media-type.ts'
import type { HttpResponse } from '../egress/http.ts'
import { withExactNumbers } from './exact-numbers.ts'
import type { Redirected } from './redirects.ts'
import { explainRedirect } from './redirects.ts'

// Not imported: an import looks at every export of the module, some of which load an HTTP client.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** What of an answer is kept. */
export type ResponseLimits = Pick<
  Limits,
  'maxResponseBytes' | 'maxMediaBytes' | 'maxFileBytes' | 'maxErrorBytes' | 'maxJsonDepth' | 'maxMessageBytes'
>

/** Which operation was called. With an output schema, a good answer must have a structured form (MCP, "Output Schema"). */
type Called = Readonly<{
  method: string
  path: string
  promises?: 'object' | 'value'
  /** The first is the server that was called. */
  baseUrls?: Readonly<{ usable: readonly URL[] }>
  followsRedirects?: true
}>

/**
 * Turns an API's answer into a tool's result.
 *
 * - 2xx JSON: the text, compact, and the value as `structuredContent`, whatever it is
 * - 2xx text, image or audio: a block of that kind; other bytes: an embedded resource; nothing: `HTTP 204`
 * - anything else: `isError`, the status, the operation, and the beginning of the body
 *
 * What is longer than the limits is cut, and says so. `_meta["patchbay/http"]` has the status and what the answer says of
 * pages and rates.
 *
 * @param secrets - values that must not be repeated in an error, though the API may
 */
export function toResult(
  response: HttpResponse,
  called: Called,
  limits: ResponseLimits,
  secrets: readonly string[],
): CallToolResult {
  const isGood = response.status >= 200 && response.status <= 299
  const result = isGood ? toGoodResult(response, limits) : toErrorResult(response, called, limits, secrets)
  // A client refuses an answer without structure where the tool promised one; everything in that promise is optional.
  const needsStructure = isGood && called.promises !== undefined && result.structuredContent === undefined
  result._meta = { 'patchbay/http': aboutAnswer(response, secrets) }
  if (needsStructure) result.structuredContent = called.promises === 'object' ? {} : null
  return result
}

/** A result while it is put together. */
type Result = { -readonly [Field in keyof CallToolResult]: CallToolResult[Field] }

/** How much of an answer is read: a stream of events only as far as it is shown, an error not much further. */
export function maxBodyBytes(
  { status, headers }: Pick<HttpResponse, 'status' | 'headers'>,
  limits: ResponseLimits,
): number {
  const type = essence(headers['content-type'] ?? '')
  const isStream = type === 'text/event-stream' || type === 'application/x-ndjson'
  return status > 299 || isStream ? limits.maxResponseBytes : limits.maxMessageBytes
}

function toGoodResult(response: HttpResponse, limits: ResponseLimits): Result {
  const { status, body } = response
  if (body.length === 0) return textResult(`HTTP ${status}`)
  const type = essence(response.headers['content-type'] ?? '')
  const isMedia = /^(image|audio)\//.test(type) && !type.endsWith('+xml')
  if (isMedia || !isTextual(response)) return toBinaryResult(response, type, isMedia, limits)
  const text = decodeText(response)
  const value = looksLikeJson(type, text) && !response.cut ? parseJson(text) : undefined
  return value === undefined
    ? textResult(cutText(text, response, limits.maxResponseBytes))
    : jsonResult(text, value, limits)
}

function toBinaryResult(
  { status, body, cut }: HttpResponse,
  type: string,
  isMedia: boolean,
  limits: ResponseLimits,
): Result {
  const mimeType = type || 'application/octet-stream'
  if (!cut && isMedia && body.length <= limits.maxMediaBytes) {
    return { content: [{ type: type.split('/')[0] ?? '', data: body.toString('base64'), mimeType }] }
  }
  if (!cut && !isMedia && body.length <= limits.maxFileBytes) {
    // Every resource has a URI; this one names nothing that could be read again.
    const resource = { uri: 'patchbay:answer', mimeType, blob: body.toString('base64') }
    return { content: [{ type: 'resource', resource }] }
  }
  const size = `${cut ? 'more than ' : ''}${body.length} bytes`
  return textResult(`HTTP ${status}: a binary answer of ${size}, ${type || 'of unknown type'}, is not shown.`)
}

/** What a caller may want to know besides the body: how to go on, and how often it may. */
const toldHeaders: ReadonlyMap<string, string> = new Map([
  ['x-request-id', 'requestId'],
  ['link', 'link'],
  ['retry-after', 'retryAfter'],
  ['ratelimit', 'rateLimit'],
  ['ratelimit-limit', 'rateLimitLimit'],
  ['ratelimit-remaining', 'rateLimitRemaining'],
  ['ratelimit-reset', 'rateLimitReset'],
  ['x-ratelimit-limit', 'rateLimitLimit'],
  ['x-ratelimit-remaining', 'rateLimitRemaining'],
  ['x-ratelimit-reset', 'rateLimitReset'],
])

function aboutAnswer({ status, headers, body, attempts }: HttpResponse, secrets: readonly string[]): JsonObject {
  const about: Record<string, unknown> = { status, bytes: body.length }
  if (attempts !== undefined) about.attempts = attempts
  const type = headers['content-type']
  if (type !== undefined) about.contentType = hideSecrets(type, secrets).slice(0, maxHeaderLength)
  for (const name in headers) {
    const key = toldHeaders.get(name)
    if (key !== undefined) about[key] = hideSecrets(headers[name] ?? '', secrets).slice(0, maxHeaderLength)
  }
  return about
}

/** A `Link` header of many relations is still of use; one of kilobytes is not. */
const maxHeaderLength = 1_024

function jsonResult(text: string, value: unknown, limits: ResponseLimits): Result {
  // The text is only made shorter: a number may not survive being read and written again (RFC 8259, section 6).
  const isSafe = !isDeeperThan(value, limits.maxJsonDepth)
  const compact = text.includes('\n') ? withoutSpace(text) : text.trim()
  const bytes = Buffer.byteLength(compact)
  if (bytes > limits.maxResponseBytes) return textResult(cutAt(compact, limits.maxResponseBytes, String(bytes)))
  const result: Result = textResult(compact)
  const structured = isSafe ? withExactNumbers(value, compact) : undefined
  if (structured !== undefined) result.structuredContent = structured
  return result
}

/** JSON without the white space between its tokens, every token as it was written. */
function withoutSpace(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
}

function toErrorResult(
  response: HttpResponse,
  called: Called,
  limits: ResponseLimits,
  secrets: readonly string[],
): Result {
  const { status, headers } = response
  const reason = STATUS_CODES[status]
  const head = `HTTP ${status}${reason ? ` ${reason}` : ''} (${called.method.toUpperCase()} ${called.path})`
  const leadsOn = isRedirect(status)
  const notes = [
    ...(leadsOn ? [hideSecrets(explainRedirect(headers.location, redirectedOf(called)), secrets)] : []),
    ...(headers['retry-after'] === undefined ? [] : [explainRetryAfter(headers['retry-after'])]),
  ]
  const shown = leadsOn || !isTextual(response) ? '' : hideSecrets(readError(response), secrets)
  const body = shown === '' ? [] : [cutText(shown, response, limits.maxErrorBytes)]
  return errorResult([head, ...notes, ...body].join('\n'))
}

/** A problem's title, detail and errors come first, so that a cut keeps them (RFC 9457). */
function readError(response: HttpResponse): string {
  const text = decodeText(response).trim()
  const value = looksLikeJson(essence(response.headers['content-type'] ?? ''), text) ? parseJson(text) : undefined
  if (value === undefined || isDeeperThan(value, 64)) return text
  if (!isObject(value)) return JSON.stringify(value)
  const first: Record<string, unknown> = {}
  for (const key of ['title', 'detail', 'message', 'error', 'errors'])
    if (Object.hasOwn(value, key)) first[key] = value[key]
  return JSON.stringify({ ...first, ...(value as JsonObject) })
}

function redirectedOf({ method, baseUrls, followsRedirects }: Called): Redirected {
  return { method, origin: baseUrls?.usable[0]?.origin, ...(followsRedirects && { follows: true }) }
}

function explainRetryAfter(value: string): string {
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return `Try again after ${Math.max(0, Math.ceil(seconds))} seconds.`
  return Number.isNaN(Date.parse(value)) ? 'Try again later.' : `Try again after ${new Date(value).toISOString()}.`
}

/** Text by its type, or because it is text whatever its type says. */
function isTextual({ headers, body, cut }: HttpResponse): boolean {
  const type = headers['content-type'] ?? ''
  if (type === 'application/json' || /^\s*text\/|[/+](json|xml)\b|charset=/i.test(type)) return true
  return !body.includes(0) && isUtf8(cut ? body.subarray(0, Math.max(0, body.length - 4)) : body)
}

function decodeText({ headers, body }: HttpResponse): string {
  const type = headers['content-type']
  const [, charset = 'utf-8'] =
    type === undefined || type === 'application/json' ? [] : (/charset\s*=\s*"?([\w:.-]+)/i.exec(type) ?? [])
  // What nearly every answer is, read without a decoder of its own; a byte order mark is none of its text.
  if (charset === 'utf-8' || /^utf-?8$/i.test(charset)) return body.toString('utf8', hasMark(body) ? 3 : 0)
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return body.toString('utf8')
  }
}

function hasMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
}

function looksLikeJson(type: string, text: string): boolean {
  if (isJsonType(type)) return true
  return (type === '' || type === 'text/plain') && /^\s*[{[]/.test(text)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function cutText(text: string, { cut, body }: HttpResponse, maxBytes: number): string {
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxBytes && !cut) return text
  return cutAt(text, maxBytes, cut ? `more than ${body.length}` : String(bytes))
}

function cutAt(text: string, maxBytes: number, total: string): string {
  // Cutting bytes may halve a character; what is left of it becomes U+FFFD, which is dropped.
  const kept = Buffer.from(text)
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
  return `${kept}\n[cut: ${Math.min(maxBytes, Buffer.byteLength(text))} of ${total} bytes]`
}
