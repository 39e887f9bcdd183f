import type { JsonObject } from '../../../core/json.ts'
import type { HttpRequest } from '../egress/http.ts'
import type { OperationCall } from '../read-document.ts'
import { BadArgument } from './bad-argument.ts'
import { encodeText } from './encode-text.ts'
import { restoreKeys } from './original-keys.ts'
import type { PlannedParameter } from './request-plan.ts'
import { planRequest } from './request-plan.ts'
import { buildUrl } from './request-url.ts'
import { toContent, toFields, toHeaderText, toPairs } from './serialise.ts'
import { writeBody } from './write-body.ts'
import type { WriteOptions } from './write-options.ts'

/** What building a request needs of an operation. */
export type BuildableCall = Pick<
  OperationCall,
  'method' | 'path' | 'slots' | 'body' | 'inputSchema' | 'arrayFormat' | 'originalKeys'
>

/**
 * Builds the HTTP request of one call. Pure, but for the boundary of a multipart body.
 *
 * Values never change where a request goes: each is percent-encoded in its place, and the finished URL is compared with
 * what was meant.
 *
 * @param given - checked: every key has a slot, or is a field of an open body
 * @param headers - set on every call; they win over everything, whatever the case of their names
 * @throws BadArgument
 */
export function buildRequest(
  call: BuildableCall,
  base: URL,
  given: JsonObject,
  headers: Readonly<Record<string, string>>,
  options: WriteOptions = {},
): HttpRequest {
  const plan = planRequest(call)
  const args = call.originalKeys === undefined ? given : restoreKeys(given, call.inputSchema, call.originalKeys)
  const own: Record<string, string> = { accept: 'application/json, text/*;q=0.9, */*;q=0.8', 'user-agent': 'patchbay' }
  const cookies: string[] = []
  let query = ''
  for (const key of Object.keys(args)) {
    const parameter = plan.parameters.get(key)
    const value = args[key]
    if (parameter === undefined || value === null || value === undefined) continue
    switch (parameter.slot.place) {
      case 'query':
      case 'querystring': {
        const pairs = queryText(parameter, value, call.arrayFormat)
        query += query === '' || pairs === '' ? pairs : `&${pairs}`
        break
      }
      case 'header':
        own[parameter.lowerName] = headerText(parameter, value)
        break
      case 'cookie':
        cookies.push(...cookieTexts(parameter, value))
        break
      case 'path':
        break
    }
  }
  const url = buildUrl(plan, base, args, query, call.path)
  const written = call.body && writeBody(call.body, call.slots, args, { ...options, arrayFormat: call.arrayFormat })
  if (written !== undefined) own['content-type'] = written.contentType
  for (const name of Object.keys(headers)) own[name.toLowerCase()] = headers[name] ?? ''
  // A multipart body cannot be read without its boundary.
  if (written?.isMultipart) own['content-type'] = written.contentType
  if (cookies.length > 0) own.cookie = mergeCookies(own.cookie, cookies)
  return written === undefined
    ? { method: plan.method, url, headers: own }
    : { method: plan.method, url, headers: own, body: written.body }
}

function queryText({ slot, encodedName }: PlannedParameter, value: unknown, format: OperationCall['arrayFormat']) {
  const { name, place, encoding } = slot
  if (place === 'querystring') {
    const text = toContent(value, { content: encoding.content ?? 'text', fields: encoding.fields }, format)
    return encoding.content === 'form' && typeof value === 'object' ? text : encodeText(text)
  }
  // Most values are scalars, which every style writes the same way.
  if (typeof value !== 'object' && encoding.content === undefined && !encoding.allowReserved) {
    return `${encodedName}=${encodeText(String(value))}`
  }
  return toPairs(name, value, encoding, format).join('&')
}

const inHeader = /^[\t\x20-\x7e\xa0-\xff]*$/

function headerText({ key, slot }: PlannedParameter, value: unknown): string {
  const text = toHeaderText(value, slot.encoding)
  // Line breaks would begin another header; beyond Latin-1 there is no encoding (RFC 9110, section 5.5).
  if (inHeader.test(text)) return text
  throw new BadArgument(`"${key}" holds characters that a header cannot carry.`)
}

const inCookie = /^[\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*$/

/** However a style joins them elsewhere, cookies are joined by `; ` (RFC 6265, section 4.2.1). */
function cookieTexts({ key, slot }: PlannedParameter, value: unknown): readonly string[] {
  const { name, encoding } = slot
  if (encoding.style !== 'cookie' || encoding.content !== undefined) return toPairs(name, value, encoding)
  return toFields(name, value, encoding).map(([field, text]) => {
    if (inCookie.test(text)) return `${encodeText(field)}=${text}`
    throw new BadArgument(`"${key}" holds characters that a cookie cannot carry.`)
  })
}

/** Configured cookies stand first, and no argument repeats their names. */
function mergeCookies(configured: string | undefined, given: readonly string[]): string {
  if (configured === undefined) return given.join('; ')
  const taken = new Set(configured.split(';').map(pair => pair.split('=', 1)[0]?.trim()))
  return [configured, ...given.filter(pair => !taken.has(pair.split('=', 1)[0]))].join('; ')
}
