import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { HttpRequest } from '../egress/egress.ts'
import type { OperationCall } from '../read-document.ts'
import type { Slot } from '../tool/arguments.ts'
import { toHeaderText, toPairs, toPathText } from './serialise.ts'

/** Thrown inside this room when an argument cannot be sent; the message is for the model, and names the argument. */
export class BadArgument extends Error {}

/** What Node accepts in a request line without being told, less room for the headers. */
const maxUrlLength = 8_192

/**
 * Builds the HTTP request of one call. Pure: the same arguments give the same request.
 *
 * Values never change where a request goes: each is percent-encoded in its place, a path value that is empty or a dot
 * segment is refused, and the finished URL is compared with what was meant.
 *
 * @param args - checked: every key has a slot, or is a field of an open body
 * @param headers - set on every call; they win over everything, whatever the case of their names
 * @throws BadArgument
 */
export function buildRequest(
  call: Pick<OperationCall, 'method' | 'path' | 'slots' | 'body'>,
  base: URL,
  args: JsonObject,
  headers: Readonly<Record<string, string>>,
): HttpRequest {
  const parts = sortArguments(call.slots, args)
  const body = call.body && writeBody(call.body, parts)
  const cookies = parts.cookie.flatMap(({ slot, value }) => toPairs(slot.name, value, slot.encoding))
  const own: Record<string, string> = { accept: 'application/json, text/*;q=0.9, */*;q=0.8', 'user-agent': 'patchbay' }
  for (const { key, slot, value } of parts.header) own[slot.name.toLowerCase()] = headerText(key, value, slot)
  if (cookies.length > 0) own.cookie = cookies.join('; ')
  if (body !== undefined && call.body !== undefined) own['content-type'] = call.body.mediaType
  for (const [name, value] of Object.entries(headers)) own[name.toLowerCase()] = value
  return {
    method: call.method.toUpperCase(),
    url: buildUrl(call.path, base, parts),
    headers: own,
    ...(body !== undefined && { body }),
  }
}

type ParameterSlot = Extract<Slot, { encoding: unknown; place: 'path' | 'query' | 'header' | 'cookie' }>
type Given = Readonly<{ key: string; slot: ParameterSlot; value: unknown }>
type Field = Readonly<{ name: string; slot?: Extract<Slot, { place: 'field' }>; value: unknown }>
type Parts = Record<'path' | 'query' | 'header' | 'cookie', Given[]> & { fields: Field[]; body?: unknown }

function sortArguments(slots: OperationCall['slots'], args: JsonObject): Parts {
  const parts: Parts = { path: [], query: [], header: [], cookie: [], fields: [] }
  for (const [key, value] of Object.entries(args)) {
    const slot = slots.get(key)
    if (slot === undefined) parts.fields.push({ name: key, value })
    else if (slot.place === 'body') parts.body = value
    else if (slot.place === 'field') parts.fields.push({ name: slot.name, slot, value })
    else parts[slot.place].push({ key, slot, value })
  }
  return parts
}

function buildUrl(template: string, base: URL, parts: Parts): URL {
  // AWS tells operations apart by a fragment, and some documents put a fixed query into the path.
  const [beforeFragment = ''] = template.split('#', 1)
  const [path = '', fixedQuery = ''] = beforeFragment.split('?', 2)
  const pathname =
    base.pathname.replace(/\/$/, '') +
    path
      .split('/')
      .map(part => expand(part, parts.path))
      .join('/')
  const pairs = parts.query.flatMap(({ slot, value }) => toPairs(slot.name, value, slot.encoding))
  const query = [base.search.slice(1), fixedQuery, ...pairs].filter(part => part !== '').join('&')
  const url = URL.parse(base.origin + pathname + (query === '' ? '' : `?${query}`))
  if (url === null || url.origin !== base.origin || url.pathname !== pathname) {
    throw new BadArgument(`The path ${JSON.stringify(template)} cannot be called with these arguments.`)
  }
  if (url.href.length > maxUrlLength) {
    throw new BadArgument(
      `The arguments make a URL of ${url.href.length} characters; at most ${maxUrlLength} are sent.`,
    )
  }
  return url
}

/** One segment of a path template, which may mix text and placeholders. */
function expand(segment: string, given: readonly Given[]): string {
  const used: string[] = []
  const expanded = segment.split(/(\{[^{}]+\})/).map(part => {
    if (!/^\{.+\}$/.test(part)) return part.replace(/[^\x21-\x7e]|["<>^`{|}\\]/gu, encodeURIComponent)
    const found = given.find(({ slot }) => slot.name === part.slice(1, -1))
    if (found === undefined) throw new BadArgument(`The path needs a value for ${part}.`)
    used.push(found.key)
    const text = toPathText(found.slot.name, found.value, found.slot.encoding)
    if (text === '') throw new BadArgument(`"${found.key}" must not be empty: it is part of the path.`)
    return text
  })
  const whole = expanded.join('')
  // Encoding leaves dots alone, and a URL parser takes `..` as one segment up (WHATWG URL, "double-dot path segment").
  if (used.length > 0 && /^(\.|%2e){1,2}$/i.test(whole)) {
    throw new BadArgument(`"${used.join('", "')}" must not be "." or "..": it is part of the path.`)
  }
  return whole
}

function headerText(key: string, value: unknown, slot: ParameterSlot): string {
  const text = toHeaderText(value, slot.encoding)
  // Line breaks would begin another header; beyond Latin-1 there is no encoding (RFC 9110, section 5.5).
  if (/^[\t\x20-\x7e\xa0-\xff]*$/.test(text)) return text
  throw new BadArgument(`"${key}" holds characters that a header cannot carry.`)
}

function writeBody(body: NonNullable<OperationCall['body']>, parts: Parts): string | Buffer | undefined {
  const whole = 'body' in parts
  if (!whole && parts.fields.length === 0 && !body.required) return undefined
  switch (body.kind) {
    case 'json':
      return JSON.stringify(
        whole ? parts.body : Object.fromEntries(parts.fields.map(({ name, value }) => [name, value])),
      )
    case 'form': {
      const own = isObject(parts.body) ? Object.entries(parts.body).map(([name, value]) => ({ name, value })) : []
      const fields: readonly Field[] = [...own, ...parts.fields]
      return fields.flatMap(({ name, slot, value }) => toPairs(name, value, slot?.encoding)).join('&')
    }
    case 'bytes':
      return Buffer.from(typeof parts.body === 'string' ? parts.body : '', 'base64')
    case 'text':
      return typeof parts.body === 'string' ? parts.body : JSON.stringify(parts.body ?? '')
  }
}
