import { matchesAny } from './policy.ts'
import { bareHost } from './url.ts'

/**
 * The URLs that an operator means: one item of `egress.callerServers.allow`, parsed.
 *
 * - `host`: as {@link URL} spells it, without brackets and without a dot at the end; `.example.com` is every name below
 *   that domain, `*` every host
 * - `path`: `*` matches any run of characters; absent where every path is meant
 */
export type UrlPattern = Readonly<{ protocol: 'http:' | 'https:'; host: string; port: number; path?: string }>

/** Reads `https://mcp.example.com/*`, `https://*.example.com/mcp`, `https://*`; undefined for any other form. */
export function parseUrlPattern(text: string): UrlPattern | undefined {
  const [, scheme, wildcard, rest = ''] = /^(https?):\/\/(\*\.?)?([^\\?#@\s]*)$/i.exec(text) ?? []
  if (scheme === undefined) return undefined
  const isAny = wildcard === '*'
  // Behind a bare `*` stands a port or a path, a name would be a third kind of pattern; elsewhere first of all a name.
  if (isAny !== /^(?::|\/|$)/.test(rest)) return undefined
  const url = URL.parse(`${scheme}://${isAny ? 'any' : ''}${rest}`)
  const host = url === null ? '' : bareHost(url.hostname)
  if (url === null || host === '' || host.includes('*')) return undefined
  if (wildcard === '*.' && /^[\d.]+$|:/.test(host)) return undefined
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:'
  const path = rest.includes('/') && url.pathname !== '/*' ? { path: url.pathname } : {}
  return { protocol, host: isAny ? '*' : wildcard === '*.' ? `.${host}` : host, port: portOf(url), ...path }
}

/**
 * Tells whether a URL is one of those that a pattern means. Its query says nothing.
 *
 * A path that another program may read as a different one, since it holds an encoded slash, backslash, dot, percent sign
 * or zero, or a segment such as `..;`, matches only where every path is meant.
 */
export function matchesUrl({ protocol, host, port, path }: UrlPattern, url: URL): boolean {
  if (url.protocol !== protocol || portOf(url) !== port) return false
  const name = bareHost(url.hostname)
  if (host !== '*' && (host.startsWith('.') ? !name.endsWith(host) : name !== host)) return false
  return path === undefined || (!ambiguous.test(url.pathname) && matchesAny([path], [url.pathname]))
}

const ambiguous = /%(?:2f|5c|2e|25|00)|\/\.\.?;/i

function portOf({ protocol, port }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}
