import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'
import { GatewayError } from '../../core/errors.ts'
import { maxConnections } from '../../egress/bounds.ts'
import { Denied } from '../../egress/denied.ts'
import type { EgressRules } from '../../egress/gate.ts'
import { createGate } from '../../egress/gate.ts'
import { openAgent } from '../../egress/open-agent.ts'
import { whyUnreachable } from '../../egress/why-unreachable.ts'

/** Where a server may be that somebody else than the operator has named. `lookup` resolves names; the system's when absent. */
export type McpEgress = EgressRules & Readonly<{ lookup?: LookupFunction }>

/** What both transports over HTTP are made with. Without `egress` every host may be reached: the operator wrote the URL. */
export type HttpOptions = Readonly<{
  maxMessageBytes: number
  connectTimeoutMs: number
  /** After which a silent stream of the server's own messages is opened anew. */
  maxSilenceMs: number
  egress?: McpEgress
}>

/**
 * How long an idle connection is kept where the server does not say (`Keep-Alive: timeout`). Many close theirs after five
 * seconds, uvicorn among them, and a call that is sent just then is lost: nobody knows whether it was run.
 */
const idleMs = 4_000

/** Opens the connections of one session. Its requests have deadlines of their own. */
export function openHttpAgent({ connectTimeoutMs, egress }: Pick<HttpOptions, 'connectTimeoutMs' | 'egress'>): Agent {
  if (egress === undefined) {
    return new Agent({
      connectTimeout: connectTimeoutMs,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
    })
  }
  const { lookup, ...rules } = egress
  return openAgent({ gate: createGate(rules), connections: maxConnections, ...(lookup && { lookup }) })
}

/** Says why a request has got no answer. Of the URL only the host is told: its path and query may be credentials. */
export function unreachable(
  id: string,
  { host }: URL,
  { connectTimeoutMs, egress }: Pick<HttpOptions, 'connectTimeoutMs' | 'egress'>,
  cause: unknown,
): GatewayError {
  if (cause instanceof Denied) {
    const remedy = 'The operator can allow the host (allowHosts).'
    return new GatewayError('EGRESS_DENIED', `"${id}" may not be at ${host}, ${cause.message}. ${remedy}`)
  }
  const why = whyUnreachable(cause, {
    ...(egress === undefined && { timeoutMs: connectTimeoutMs }),
    hasTls: false,
  })
  return new GatewayError('SOURCE_UNAVAILABLE', `"${id}" cannot be reached at ${host}: ${why}`, { cause })
}
