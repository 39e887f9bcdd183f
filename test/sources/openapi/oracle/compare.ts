import { isObject } from '../../../../src/core/json.ts'
import type { HttpRequest } from '../../../../src/sources/openapi/egress/http.ts'
import type { OracleRequest } from './documents.ts'

/** A request taken apart, so that what is compared is what it says and not how it is written. */
export type Parsed = Readonly<{
  method: string
  server: string
  path: readonly string[]
  query: readonly (readonly string[])[]
  headers: Readonly<Record<string, string>>
  cookies: readonly string[]
  body: unknown
}>

/** Set by each side on its own account, and never by an argument. */
const ownHeaders = new Set(['accept', 'user-agent', 'cookie', 'content-type'])

/** Takes our request apart. */
export async function parseOurs({ method, url, headers, body }: HttpRequest): Promise<Parsed> {
  const contentType = headers['content-type'] ?? ''
  return {
    ...parseHead(method, url, headers),
    body: body === undefined ? undefined : await parseBody(body, contentType),
  }
}

/** Takes the oracle's request apart; `contentType` is how its body is read. */
export async function parseOracle(request: OracleRequest, contentType: string): Promise<Parsed> {
  const { method, url, headers, body } = request
  return {
    ...parseHead(method, new URL(url), headers),
    body: body === undefined ? undefined : await parseBody(body, contentType),
  }
}

function parseHead(method: string, url: URL, headers: Readonly<Record<string, string>>): Omit<Parsed, 'body'> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  const cookie = lower.find(([name]) => name === 'cookie')?.[1] ?? ''
  return {
    method: method.toUpperCase(),
    server: url.origin,
    path: url.pathname.split('/').map(decode),
    query: pairsOf(url.search.slice(1)),
    headers: Object.fromEntries(lower.filter(([name]) => !ownHeaders.has(name)).sort()),
    cookies: cookie === '' ? [] : cookie.split(/;\s*/).map(decode).sort(),
  }
}

async function parseBody(body: unknown, contentType: string): Promise<unknown> {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (body instanceof FormData) return await partsOf(body)
  if (type === 'multipart/form-data') {
    const bytes = new Uint8Array(body as Buffer)
    return await partsOf(await new Response(bytes, { headers: { 'content-type': contentType } }).formData())
  }
  if (type === 'application/x-www-form-urlencoded') return typeof body === 'string' ? pairsOf(body) : body
  if (ArrayBuffer.isView(body)) return { bytes: Buffer.from(body as Uint8Array).toString('base64') }
  if (/[/+]json$/.test(type)) return { json: typeof body === 'string' ? readJson(body) : body }
  return { text: isObject(body) || Array.isArray(body) ? JSON.stringify(body) : String(body) }
}

/** In the order of their names; those of one name stay in theirs. */
function pairsOf(text: string): readonly (readonly string[])[] {
  const pairs = text === '' ? [] : text.split('&').map(pair => pair.split(/=(.*)/s, 2).map(decode))
  return pairs.toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
}

async function partsOf(form: FormData): Promise<readonly (readonly string[])[]> {
  const parts: string[][] = []
  for (const [name, value] of form) {
    parts.push([name, typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer()).toString()])
  }
  return parts.toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
