import { isIP } from 'node:net'
import type { AllowedHost } from '../core/allowed-host.ts'
import { bareHost } from '../core/url.ts'
import type { AddressKind } from './address.ts'
import { addressKind, network } from './address.ts'

/** Where requests may go besides the public internet. */
export type EgressRules = Readonly<{
  /** What the operator allows. */
  allowHosts?: readonly AllowedHost[]
  /** This machine itself, for a caller who is its own user. Default: no. */
  loopback?: boolean
}>

/** The rules, ready to be asked. */
export type Gate = Readonly<{
  /** The operator named this host, so that it is trusted whatever its name resolves to. */
  names: (hostname: string, port: number) => boolean
  /** What keeps an address from being connected to; undefined when it may be. */
  refuses: (address: string) => AddressKind | undefined
}>

/** Prepares rules: made once for each egress, asked once for each connection. */
export function createGate({ allowHosts = [], loopback = false }: EgressRules): Gate {
  const networks = allowHosts.flatMap(each => (each.kind === 'network' ? [network(each.address, each.bits)] : []))
  const isListed = (address: string) => {
    const [bare = ''] = address.split('%', 1)
    return networks.some(list => list.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4'))
  }
  return {
    names: (hostname, port) => {
      const host = bareHost(hostname)
      if (networks.length > 0 && isIP(host) !== 0 && isListed(host)) return true
      return allowHosts.some(each => {
        if (each.kind === 'network' || (each.port !== undefined && each.port !== port)) return false
        return each.kind === 'host' ? each.host === host : isIP(host) === 0 && host.endsWith(each.suffix)
      })
    },
    refuses: address => {
      const kind = addressKind(address)
      if (kind === undefined || (kind === 'loopback' && loopback) || isListed(address)) return undefined
      return kind
    },
  }
}

/** The port that a URL leads to. */
export function portOf({ protocol, port }: Pick<URL, 'protocol' | 'port'>): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}
