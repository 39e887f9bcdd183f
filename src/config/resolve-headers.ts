import { isHeaderName, isHeaderValue, isOfConnection } from '../core/header-name.ts'
import { pickOne } from './checks.ts'
import type { Findings } from './findings.ts'
import type { Path } from './parse-jsonc.ts'
import type { SourceEntry } from './source-schema.ts'

/**
 * Puts together the headers of a source: `headers`, LiteLLM's `static_headers`, and the one that `auth_type` makes of
 * `auth_value`. A header that would be set twice is a problem, since only one of the two could win.
 */
export function resolveHeaders(entry: SourceEntry, path: Path, findings: Findings): Record<string, string> {
  const headers: Record<string, string> = {}
  const seen = new Set<string>()
  const add = (name: string, value: string, at: Path): void => {
    if (seen.has(name.toLowerCase()))
      findings.problem(at, 'sets a header that this entry sets already; keep one of them.')
    seen.add(name.toLowerCase())
    headers[name] = value
  }
  for (const key of ['headers', 'static_headers'] as const) {
    checkHeaders(entry[key] ?? {}, [...path, key], findings)
    for (const [name, value] of Object.entries(entry[key] ?? {})) add(name, value, [...path, key, name])
  }
  const auth = resolveAuth(entry, path, findings)
  if (auth !== undefined) {
    const at = [...path, entry.auth_value === undefined ? 'authentication_token' : 'auth_value']
    if (!isHeaderValue(auth[1])) findings.problem(at, 'holds a line break or a character that no header may carry.')
    add(...auth, at)
  }
  return headers
}

/** Notes headers that HTTP cannot carry, or that only the connection itself may set (RFC 9110, 5.1, 5.5 and 7.6.1). */
export function checkHeaders(headers: Readonly<Record<string, string>>, path: Path, findings: Findings): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderName(name)) findings.problem([...path, name], 'is no name for a header.')
    else if (isOfConnection(name)) {
      findings.problem([...path, name], 'is set by the connection itself; leave it out.')
    } else if (!isHeaderValue(value)) {
      findings.problem([...path, name], 'holds a line break or a character that no header may carry.')
    }
  }
}

/** LiteLLM's `auth_type`, to a header. */
const makers: Readonly<Record<string, (value: string) => readonly [name: string, value: string]>> = {
  bearer_token: value => ['Authorization', `Bearer ${value}`],
  api_key: value => ['X-API-Key', value],
  basic: value => ['Authorization', `Basic ${isEncodedPair(value) ? value : Buffer.from(value).toString('base64')}`],
  authorization: value => ['Authorization', value],
  token: value => ['Authorization', `token ${value}`],
}

function resolveAuth(entry: SourceEntry, path: Path, findings: Findings): readonly [string, string] | undefined {
  const type = entry.auth_type
  const value = pickOne(entry, ['auth_value', 'authentication_token'], path, findings)
  if (type === undefined) {
    const key = entry.auth_value === undefined ? 'authentication_token' : 'auth_value'
    if (value !== undefined) findings.problem([...path, key], 'needs "auth_type" beside it.')
    return undefined
  }
  if (type === 'none') return undefined
  const make = Object.hasOwn(makers, type) ? makers[type] : undefined
  if (make === undefined) {
    const known = ['none', ...Object.keys(makers)].join(', ')
    findings.problem([...path, 'auth_type'], `is of a kind that is not supported. Known: ${known}.`)
    return undefined
  }
  if (value === undefined) {
    if (!findings.spoiled([...path, 'auth_value']))
      findings.problem([...path, 'auth_type'], 'needs "auth_value" beside it.')
    return undefined
  }
  return make(value)
}

/** LiteLLM's guide tells people to encode `user:password` themselves, its code then does so once more; we do it once. */
function isEncodedPair(value: string): boolean {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) return false
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  return decoded.includes(':') && !/[\p{Cc}\uFFFD]/u.test(decoded)
}
