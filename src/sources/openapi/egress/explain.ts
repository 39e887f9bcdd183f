import { GatewayError } from '../../../core/errors.ts'
import { Denied } from '../../../egress/denied.ts'
import { whyUnreachable } from '../../../egress/why-unreachable.ts'

/** Why a request was given up by us. */
export const timedOut: unique symbol = Symbol('timed out')
/** The caller went away. */
export const cancelled: unique symbol = Symbol('cancelled')

/**
 * Says in one line why a request failed: who, `host:port`, the reason in words, and its code.
 *
 * @param reason - {@link timedOut}, {@link cancelled}, or what was thrown
 */
export function explain(name: string, url: URL, timeoutMs: number, reason: unknown, cause: unknown): GatewayError {
  const { protocol, hostname, port } = url
  const host = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  if (reason === cancelled) return new GatewayError('CANCELLED', `The call to ${name} at ${host} was cancelled.`)
  if (reason === timedOut) {
    return new GatewayError('SOURCE_TIMEOUT', `${name} at ${host} gave no answer within ${timeoutMs} ms.`, { cause })
  }
  if (cause instanceof Denied) {
    const remedy = 'If that is meant, the operator names the host in servers.json: as "baseUrl", or in "allowHosts".'
    return new GatewayError('EGRESS_DENIED', `${name} may not be reached at ${host}, ${cause.message}. ${remedy}`)
  }
  return new GatewayError('SOURCE_UNAVAILABLE', `${name} cannot be reached at ${host}: ${whyUnreachable(cause)}`, {
    cause,
  })
}
