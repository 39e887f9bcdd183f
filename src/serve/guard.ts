import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../core/errors.ts'

/** Which names and web pages may reach the gateway. */
export type GuardOptions = Readonly<{
  /** The address that is listened on. */
  host: string
  publicUrl?: string
  /** Host names allowed besides the loopback ones and the one of `publicUrl`, without port. */
  allowedHosts: readonly string[]
  /** Origins of web pages, such as `https://app.example.com`. */
  allowedOrigins: readonly string[]
}>

/** Checks the headers of one request. @throws GatewayError `FORBIDDEN` */
export type Guard = (headers: IncomingHttpHeaders) => void

/**
 * Makes what refuses requests that a web page may have sent (DNS rebinding, cross-site): before the key is looked at and
 * before the body is read (MCP, transports, "Security Warning").
 *
 * On loopback the Host must be a loopback name or an allowed one. On another address a key is needed anyway, and the
 * Host is checked only where `allowedHosts` or `publicUrl` say what it should be. An Origin must be allowed, or be a
 * loopback page asking a loopback gateway.
 */
export function createGuard(options: GuardOptions): Guard {
  const publicUrl = options.publicUrl === undefined ? undefined : new URL(options.publicUrl)
  const isLocal = isLoopbackName(options.host)
  const known = new Set([...options.allowedHosts, publicUrl?.hostname ?? ''].map(name => name.toLowerCase()))
  known.delete('')
  const isListed = listedOrigins(options)

  const allowsHost = (host: string): boolean =>
    known.has(host) || (isLocal ? isLoopbackName(host) : known.size === 0 || host === options.host)

  /** The Host that was allowed last, as it came: nearly every request has the same. */
  let allowed: string | undefined

  return headers => {
    if (headers.host === undefined || headers.host !== allowed) {
      const host = hostName(headers.host)
      if (host === undefined || !allowsHost(host)) {
        throw new GatewayError(
          'FORBIDDEN',
          `The Host "${String(headers.host).slice(0, 100)}" is not served here. Add it to server.allowedHosts.`,
        )
      }
      allowed = headers.host
    }
    const { origin } = headers
    if (origin === undefined || isListed(origin) || (isLocal && isLoopbackOrigin(origin))) return
    throw new GatewayError(
      'FORBIDDEN',
      `The Origin "${origin.slice(0, 100)}" may not use this gateway. Add it to server.allowedOrigins.`,
    )
  }
}

/** Tells of an origin that the configuration names it: by `allowedOrigins`, or as that of `publicUrl`. */
export function listedOrigins({
  allowedOrigins,
  publicUrl,
}: Pick<GuardOptions, 'allowedOrigins' | 'publicUrl'>): (origin: string) => boolean {
  const listed = new Set(allowedOrigins)
  if (publicUrl !== undefined) listed.add(new URL(publicUrl).origin)
  return origin => listed.has(origin)
}

/** True for `localhost`, its subdomains, `127.0.0.0/8` and `::1`, with or without brackets. */
function isLoopbackName(name: string): boolean {
  const bare = name.toLowerCase().replace(/^\[|\]$/g, '')
  return (
    bare === 'localhost' ||
    bare.endsWith('.localhost') ||
    bare === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(bare)
  )
}

/** The name in a Host header, lower case and without the port; undefined when it is no host at all. */
function hostName(header: string | undefined): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(header ?? '')
  return found?.[1]?.toLowerCase()
}

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackName(new URL(origin).hostname)
}
