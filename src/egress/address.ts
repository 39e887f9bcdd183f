import { BlockList, isIP } from 'node:net'

/** What an address is when it is not on the public internet. */
export type AddressKind = 'loopback' | 'link-local' | 'private' | 'special'

/** IANA's IPv4 special-purpose registry, and what clouds put beside it. */
const ranges4: readonly (readonly [address: string, bits: number, kind: AddressKind])[] = [
  ['127.0.0.0', 8, 'loopback'],
  // The metadata services of clouds: credentials for whoever asks.
  ['169.254.0.0', 16, 'link-local'],
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['0.0.0.0', 8, 'special'],
  ['192.0.0.0', 24, 'special'],
  ['192.0.2.0', 24, 'special'],
  ['192.88.99.0', 24, 'special'],
  ['198.18.0.0', 15, 'special'],
  ['198.51.100.0', 24, 'special'],
  ['203.0.113.0', 24, 'special'],
  ['224.0.0.0', 3, 'special'],
  // The agent of every Azure machine, at an address that looks public.
  ['168.63.129.16', 32, 'special'],
]

/** What of IPv6 has a name of its own; all else outside {@link globalUnicast} is special too. */
const ranges6: readonly (readonly [address: string, bits: number, kind: AddressKind])[] = [
  ['::1', 128, 'loopback'],
  ['fe80::', 10, 'link-local'],
  ['fc00::', 7, 'private'],
  ['fec0::', 10, 'private'],
  // Protocol assignments, Teredo (2001::/32) among them, which carries an IPv4 address, as 6to4 (2002::/16) does.
  ['2001::', 23, 'special'],
  ['2001:db8::', 32, 'special'],
  ['2002::', 16, 'special'],
  ['3fff::', 20, 'special'],
]

const blocks4 = ranges4.map(([address, bits, kind]) => ({ kind, list: network(address, bits) }))
const blocks6 = ranges6.map(([address, bits, kind]) => ({ kind, list: network(address, bits) }))

/**
 * The only part of IPv6 that is given out (RFC 4291, section 2.4). Outside of it lie the forms that carry an IPv4 address,
 * mapped (`::ffff:0:0/96`), compatible (`::/96`) and NAT64 (`64:ff9b::/96`): all of them refused, whatever they carry.
 */
const globalUnicast = network('2000::', 3)

/**
 * Says what keeps an address from being a public one.
 *
 * @param address - an IP address in any spelling, without brackets
 * @returns undefined for a public address; `special` for what is no address at all
 */
export function addressKind(address: string): AddressKind | undefined {
  const [bare = ''] = address.split('%', 1)
  const version = isIP(bare)
  if (version === 4) return blocks4.find(({ list }) => list.check(bare, 'ipv4'))?.kind
  if (version !== 6) return 'special'
  const named = blocks6.find(({ list }) => list.check(bare, 'ipv6'))?.kind
  return named ?? (globalUnicast.check(bare, 'ipv6') ? undefined : 'special')
}

/** The kind of an address in a sentence: `a loopback address`. */
export function articled(kind: AddressKind): string {
  return kind === 'special' ? 'an address that is not a public one' : `a ${kind} address`
}

/** One network as something that addresses can be looked up in; `address` decides the family. */
export function network(address: string, bits: number): BlockList {
  const list = new BlockList()
  // Not by `isIP`, whose pattern for IPv6 takes some milliseconds to compile: this runs at every start.
  list.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4')
  return list
}
