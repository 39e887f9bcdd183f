import { BlockList, isIP, isIPv6 } from 'node:net'

/** Addresses that are not on the public internet (IANA's special-purpose registries); mapped IPv4 is matched as IPv4. */
const privateRanges = new BlockList()
for (const [address, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['224.0.0.0', 3],
  ] as const),
] as const) {
  privateRanges.addSubnet(address, bits, 'ipv4')
}
for (const [address, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const) {
  privateRanges.addSubnet(address, bits, 'ipv6')
}

/**
 * True for a host that is literally private: an address of a private, loopback, link-local or otherwise special range,
 * or `localhost`. A name that only resolves to such an address is not recognised here.
 *
 * @param hostname - as {@link URL} has it: odd spellings of IPv4 already normalised, IPv6 in brackets
 */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  return isIP(host) !== 0 && privateRanges.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}
