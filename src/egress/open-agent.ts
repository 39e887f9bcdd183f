import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { Agent, buildConnector } from 'undici'
import type { TlsConfig } from '../core/source-config.ts'
import { articled } from './address.ts'
import { connectTimeoutMs, maxHeaderBytes } from './bounds.ts'
import { Denied } from './denied.ts'
import type { Gate } from './gate.ts'
import { portOf } from './gate.ts'

/** What an agent is opened with. */
export type AgentOptions = Readonly<{
  gate: Gate
  /** Of one origin; more requests than this wait in line. */
  connections: number
  tls?: TlsConfig
  /** Resolves names; the system's when absent. */
  lookup?: LookupFunction
}>

/**
 * Opens a pool of connections for each origin, none of which leads where the gate refuses to go.
 *
 * A host is checked once for each connection and not for each request: an address as it stands in the URL before it is
 * dialled, a name by the addresses that it resolves to, and only those are dialled. So an answer of DNS that changes
 * later changes nothing. The client certificate is shown to no host but those that the operator named.
 */
export function openAgent({ gate, connections, tls, lookup = systemLookup }: AgentOptions): Agent {
  const named = connector(tls, lookup)
  const others = connector(tls?.ca === undefined ? undefined : { ca: tls.ca }, guard(lookup, gate))
  const connect: buildConnector.connector = (target, callback) => {
    const port = portOf(target)
    if (gate.names(target.hostname, port)) return named(target, callback)
    const kind = isIP(target.hostname) === 0 ? undefined : gate.refuses(target.hostname)
    if (kind === undefined) return others(target, callback)
    process.nextTick(callback, new Denied(articled(kind)), null)
  }
  return new Agent({
    connections,
    connect,
    allowH2: false,
    maxHeaderSize: maxHeaderBytes,
    // The deadline of each request is the limit; undici's own two would only be another one beside it.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

function connector(tls: TlsConfig | undefined, lookup: LookupFunction): buildConnector.connector {
  return buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    lookup,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    ...(tls !== undefined && { secureContext: createSecureContext(tls) }),
  })
}

/** A resolver that gives only addresses that may be dialled, and fails when there is none. */
function guard(lookup: LookupFunction, gate: Gate): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const all = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found
      const open = all.filter(({ address }) => gate.refuses(address) === undefined)
      const [first] = open
      if (first === undefined) {
        // Which address it is would tell a stranger about the network.
        const kind = gate.refuses(all[0]?.address ?? '') ?? 'special'
        return callback(new Denied(`which resolves to ${articled(kind)}`), [])
      }
      if (options.all === true) callback(null, open)
      else callback(null, first.address, first.family)
    })
}
