import type { HttpRequest } from '../egress/http.ts'
import type { SecurityScheme } from './schemes.ts'

/** One credential in its place, ready to be put into a request. */
export type Part = Readonly<{ place: 'header' | 'query' | 'cookie'; name: string; value: string }>

/**
 * Puts credentials into a request that is otherwise finished. They come last, so nothing that was there under their
 * name and place survives.
 */
export function applyCredentials(request: HttpRequest, parts: readonly Part[]): HttpRequest {
  if (parts.length === 0) return request
  const url = new URL(request.url)
  const headers: Record<string, string> = { ...request.headers }
  for (const { place, name, value } of parts) {
    if (place === 'header') headers[name.toLowerCase()] = value
    else if (place === 'query') url.search = setPair(url.search.slice(1), '&', name, encodeURIComponent(value))
    else headers.cookie = setPair(headers.cookie ?? '', '; ', name, cookieValue(value))
  }
  return { ...request, url, headers }
}

/**
 * Writes the value that an operator or caller gave for a scheme the way the scheme wants it: `Basic` and base64,
 * `Bearer` in front of a token, or as it is. A value that already begins with its scheme is not given another.
 *
 * @returns undefined for a client certificate, which is no part of a request, and for what a header cannot carry
 */
export function toPart(scheme: SecurityScheme, value: string): Part | undefined {
  if (scheme.type === 'mutualTLS') return undefined
  if (scheme.type === 'apiKey') return legal({ place: scheme.in, name: scheme.parameter, value })
  const word = scheme.type === 'http' ? scheme.scheme : 'bearer'
  const named = value.slice(0, word.length + 1).toLowerCase() === `${word} `.toLowerCase()
  const bare = named ? value.slice(word.length + 1).trim() : value
  if (word === 'basic') return authorization('Basic', bare.includes(':') ? toBase64(bare) : bare)
  return authorization(word === 'bearer' ? 'Bearer' : word, bare)
}

/** A user and a password as HTTP Basic (RFC 7617), in UTF-8. */
export function basicPart(username: string, password: string): Part {
  return { place: 'header', name: 'authorization', value: `Basic ${toBase64(`${username}:${password}`)}` }
}

/** A token that was fetched: as a bearer, or where a document declares its bearer as an API key, in that place. */
export function tokenPart(scheme: SecurityScheme, token: string): Part | undefined {
  if (scheme.type === 'apiKey' && (scheme.in !== 'header' || scheme.parameter.toLowerCase() !== 'authorization')) {
    return legal({ place: scheme.in, name: scheme.parameter, value: token })
  }
  return authorization('Bearer', token)
}

function authorization(scheme: string, value: string): Part | undefined {
  return legal({ place: 'header', name: 'authorization', value: `${scheme} ${value}` })
}

/** Line breaks would begin another header; beyond Latin-1 there is no encoding (RFC 9110, section 5.5). */
function legal(part: Part): Part | undefined {
  return part.place !== 'header' || /^[\t\x20-\x7e\x80-\xff]+$/.test(part.value) ? part : undefined
}

/** Replaces every pair of that name; the others stay as they are written. */
function setPair(text: string, separator: '&' | '; ', name: string, value: string): string {
  const kept = text.split(separator.trim()).filter(pair => pair.trim() !== '' && nameOf(pair) !== name)
  const own = separator === '&' ? encodeURIComponent(name) : name
  return [...kept.map(pair => pair.trim()), `${own}=${value}`].join(separator)
}

function nameOf(pair: string): string {
  const [name = ''] = pair.trim().split('=', 1)
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}

/** As it is where a cookie can carry it (RFC 6265, section 4.1.1), else percent-encoded. */
function cookieValue(value: string): string {
  return /^[!\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value) ? value : encodeURIComponent(value.toWellFormed())
}

/** How a login is written (RFC 7617), in UTF-8. */
export function toBase64(text: string): string {
  return Buffer.from(text).toString('base64')
}
