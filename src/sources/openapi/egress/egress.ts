import type { LookupFunction } from 'node:net'
import type { Agent } from 'undici'
import { GatewayError } from '../../../core/errors.ts'
import type { TlsConfig } from '../../../core/source-config.ts'
import { maxConnections } from '../../../egress/bounds.ts'
import type { EgressRules } from '../../../egress/gate.ts'
import { createGate } from '../../../egress/gate.ts'
import { codeOf } from '../../../egress/why-unreachable.ts'
import { exchange } from './exchange.ts'
import { explain } from './explain.ts'
import type { HttpRequest, HttpResponse, SendOptions } from './http.ts'

/** The only way out of this room. */
export type Egress = Readonly<{
  /**
   * Sends one request. Redirects are answers, never followed. An idempotent one is sent once more when the connection,
   * an old one, turns out to be closed.
   *
   * @param options - `maxBytes` of the decoded body, once status and headers are known; `timeoutMs` until its last byte
   * @throws GatewayError `EGRESS_DENIED`, `SOURCE_UNAVAILABLE`, `SOURCE_TIMEOUT` or `CANCELLED`, naming the source and
   *   `host:port`
   */
  send: (request: HttpRequest, options: SendOptions) => Promise<HttpResponse>
  /** Closes every connection; running requests fail, and later ones do with `SOURCE_UNAVAILABLE`. Safe to call twice. */
  close: () => Promise<void>
}>

/** Where requests may go, and how. Without any of it, to public addresses only. */
export type EgressOptions = EgressRules &
  Readonly<{
    /** To one origin at once. */
    connections?: number
    /** The authorities to trust, and the certificate to show to hosts that the operator named. */
    tls?: TlsConfig
    /** Resolves names; the system's when absent. */
    lookup?: LookupFunction
  }>

/**
 * Makes the outbound HTTP of one source: a pool of connections for each origin, behind one gate.
 *
 * @param name - how errors name it, quotes included: `"petstore"`
 */
export function createEgress(name: string, options: EgressOptions = {}): Egress {
  let agent: Agent | undefined
  let connected = 0
  let closed = false
  /** Loaded at the first request: a document on disk is listed without it, and a start should not wait for it. */
  const open = async (): Promise<Agent> => {
    const { openAgent } = await import('../../../egress/open-agent.ts')
    if (closed) throw new GatewayError('SOURCE_UNAVAILABLE', `${name} is closed.`)
    if (agent !== undefined) return agent
    agent = openAgent({ connections: maxConnections, ...options, gate: createGate(options) })
    agent.on('connect', () => {
      connected += 1
    })
    return agent
  }
  return {
    send: async (request, how) => {
      const { method, url } = request
      if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') {
        const allowed = 'http and https URLs without a user or password'
        throw new GatewayError('EGRESS_DENIED', `${name} may only send requests to ${allowed}.`)
      }
      const over = agent ?? (await open())
      const before = connected
      try {
        return await exchange(over, request, how)
      } catch (cause) {
        const isStale = connected === before && idempotent.has(method) && closedCodes.has(codeOf(cause) ?? '')
        if (!isStale) throw explain(name, url, how.timeoutMs, cause, cause)
      }
      // No connection came to stand meanwhile: it went over an old one, which its server had just given up.
      return exchange(over, request, how).catch((cause: unknown) => {
        throw explain(name, url, how.timeoutMs, cause, cause)
      })
    },
    close: async () => {
      closed = true
      await agent?.destroy()
    },
  }
}

/** Sent twice, they do what they do sent once (RFC 9110, section 9.2.2; QUERY by its own RFC). */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'])

/** What a request meets on a connection that the other side has closed. */
const closedCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
