import { isIPv4 } from 'node:net'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import { bareHost, isUrl } from '../../../core/url.ts'
import { articled } from '../../../egress/address.ts'
import { createGate, portOf } from '../../../egress/gate.ts'
import type { Warn } from '../document/warning.ts'
import { rulesOf } from './rules.ts'

/** What decides how far a place is trusted. */
type Surroundings = Readonly<{
  /** The base URL of the API as a whole. */
  home: URL | undefined
  /** Where the document was fetched from. */
  documentUrl: string | undefined
  /** Takes what will not work as one might expect, a sentence with its remedy, once for each origin. */
  warn: Warn
}>

/**
 * Tells the API itself from other places that its document sends calls to.
 *
 * What is configured for the API, headers and credentials, goes to its own origin, and to hosts of `allowHosts`, though
 * never from https down to http. Any other server that an operation names gets the call without it.
 *
 * @returns says of a base URL whether a call there may carry that
 */
export function createTrust(
  config: Pick<OpenApiConfig, 'baseUrl' | 'headers' | 'credentials' | 'allowHosts' | 'tls'>,
  { home, documentUrl, warn }: Surroundings,
): (base: URL | undefined) => boolean {
  const gate = createGate(rulesOf(config, [documentUrl]))
  const listed = createGate({ allowHosts: config.allowHosts ?? [] })
  const known = new Map<string, boolean>()

  const judge = (base: URL): boolean => {
    if (base.origin === home?.origin) return true
    if (base.protocol === 'http:' && home?.protocol === 'https:') return false
    return listed.names(base.hostname, portOf(base))
  }
  const warnAbout = (base: URL, isTrusted: boolean): void => {
    const isNamed = gate.names(base.hostname, portOf(base))
    const address = isNamed ? undefined : literalAddress(base.hostname)
    const refused = address === undefined ? undefined : gate.refuses(address)
    if (refused !== undefined) {
      const remedy = 'Set "baseUrl", or add the host to "allowHosts".'
      warn(
        `Calls to ${base.origin} are refused: it is ${articled(refused)} that only the document names. ${remedy}`,
        'CALLS_REFUSED',
      )
      return
    }
    const remedy = 'Add the host to "allowHosts" if it may have'
    const { headers, credentials = {} } = config
    const withheld = Object.entries({ headers, credentials }).filter(([, values]) => Object.keys(values).length > 0)
    if (!isTrusted && withheld.length > 0) {
      const what = withheld.map(([name]) => name).join(' and ')
      warn(
        `Calls to ${base.origin} go without the configured ${what}, since it is another server. ${remedy} them.`,
        'CREDENTIALS_WITHHELD',
      )
    }
    if (!isNamed && config.tls?.cert !== undefined && base.protocol === 'https:') {
      warn(
        `Calls to ${base.origin} go without "tls.cert", since only the document names it. ${remedy} it.`,
        'CREDENTIALS_WITHHELD',
      )
    }
  }
  return base => {
    if (base === undefined) return false
    const before = known.get(base.origin)
    if (before !== undefined) return before
    const isTrusted = judge(base)
    known.set(base.origin, isTrusted)
    warnAbout(base, isTrusted)
    return isTrusted
  }
}

/**
 * The base URL that configured headers and credentials may go to: what the document names. One that was fetched is held
 * to the origin that it named first, since whoever can change it later must not get them.
 *
 * @param before - what it named first; absent for a document of the operator's own
 */
export function holdHome(named: URL | undefined, before: string | undefined): URL | undefined {
  const first = before === undefined ? null : URL.parse(before)
  return first === null || first.origin === named?.origin ? named : first
}

/**
 * The configured headers that a document is fetched with: those of its API's calls, where its URL is at the origin of
 * `baseUrl` or on a host of `allowHosts`. Elsewhere none: a key for an API is not for who happens to keep its document.
 */
export function documentHeaders(
  config: Pick<OpenApiConfig, 'document' | 'baseUrl' | 'headers' | 'allowHosts'>,
): OpenApiConfig['headers'] {
  const { document, baseUrl = '', headers, allowHosts = [] } = config
  const url = 'at' in document && isUrl(document.at) ? URL.parse(document.at) : null
  const home = URL.parse(baseUrl) ?? undefined
  const isTrusted = createTrust({ headers, allowHosts }, { home, documentUrl: undefined, warn: () => {} })
  return isTrusted(url ?? undefined) ? headers : {}
}

/** The address that a host stands for without asking anyone. */
function literalAddress(hostname: string): string | undefined {
  const host = bareHost(hostname)
  // The host of a URL holds a colon only as an IPv6 address.
  if (host.includes(':') || isIPv4(host)) return host
  return host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : undefined
}
