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

/**
 * Refuses requests that a web page may have sent (DNS rebinding, cross-site): before the key is looked at and before
 * the body is read (MCP, transports, "Security Warning").
 *
 * On loopback the Host must be a loopback name or an allowed one. On another address a key is needed anyway, and the
 * Host is checked only where `allowedHosts` or `publicUrl` say what it should be. An Origin must be allowed, or be a
 * loopback page asking a loopback gateway.
 *
 * @throws GatewayError `FORBIDDEN`
 */
export function guard(headers: IncomingHttpHeaders, options: GuardOptions): void {
  const host = hostName(headers.host)
  const publicHost = options.publicUrl === undefined ? undefined : new URL(options.publicUrl).hostname
  const local = isLoopbackName(options.host)
  const known = [...options.allowedHosts, ...(publicHost === undefined ? [] : [publicHost])].map(name =>
    name.toLowerCase(),
  )
  const hostAllowed =
    host !== undefined &&
    (known.includes(host) || (local ? isLoopbackName(host) : known.length === 0 || host === options.host))
  if (!hostAllowed) {
    throw new GatewayError(
      'FORBIDDEN',
      `The Host "${String(headers.host).slice(0, 100)}" is not served here. Add it to server.allowedHosts.`,
    )
  }

  const { origin } = headers
  if (origin === undefined) return
  const publicOrigin = options.publicUrl === undefined ? undefined : new URL(options.publicUrl).origin
  const originAllowed =
    options.allowedOrigins.includes(origin) || origin === publicOrigin || (local && isLoopbackOrigin(origin))
  if (!originAllowed) {
    throw new GatewayError(
      'FORBIDDEN',
      `The Origin "${origin.slice(0, 100)}" may not use this gateway. Add it to server.allowedOrigins.`,
    )
  }
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
