import { BlockList, isIP } from 'node:net'
import { GatewayError } from '../core/errors.ts'

/**
 * Holds the rule that without keys only this machine is served.
 *
 * @param host - the address to listen on; every keyless address but loopback is refused
 * @throws GatewayError `CONFIG_INVALID` with the remedy
 */
export function assertMayListen(host: string, keys: readonly unknown[]): void {
  if (keys.length > 0 || isLoopback(host)) return
  const place = host === '' ? 'every address' : JSON.stringify(host)
  const remedy = 'Add a key under "keys" in the configuration, or listen on 127.0.0.1.'
  throw new GatewayError(
    'CONFIG_INVALID',
    `Without a key nothing may listen on ${place}, open to other machines. ${remedy}`,
  )
}

/** True for an address or name that only this machine reaches; false for every other name, since DNS may change. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  const version = isIP(bare)
  if (version === 0) return bare === 'localhost'
  return loopback.check(bare, version === 4 ? 'ipv4' : 'ipv6')
}

/** Also finds 127.0.0.0/8 written as IPv6, `::ffff:127.0.0.1`. */
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
