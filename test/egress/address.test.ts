import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressKind } from '../../src/egress/address.ts'

describe('addressKind', () => {
  it.each<[string, string]>([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.100.100.200', 'private'],
    ['fd00:ec2::254', 'private'],
    ['fc00::1', 'private'],
    ['fec0::1', 'private'],
    ['0.0.0.0', 'special'],
    ['0.1.2.3', 'special'],
    ['192.0.0.192', 'special'],
    ['198.18.0.1', 'special'],
    ['224.0.0.1', 'special'],
    ['255.255.255.255', 'special'],
    ['168.63.129.16', 'special'],
    ['::', 'special'],
    ['::127.0.0.1', 'special'],
    ['::ffff:127.0.0.1', 'special'],
    ['::ffff:8.8.8.8', 'special'],
    ['64:ff9b::7f00:1', 'special'],
    ['64:ff9b:1::a00:1', 'special'],
    ['2002:7f00:1::', 'special'],
    ['2001:0:4136:e378::1', 'special'],
    ['2001:db8::1', 'special'],
    ['ff02::1', 'special'],
    ['100::1', 'special'],
    ['5f00::1', 'special'],
    ['', 'special'],
    ['localhost', 'special'],
  ])('calls %s %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind)
  })

  it.each(['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.1', '100.128.0.1', '223.255.255.255', '168.63.129.17'])(
    'lets the public %s be',
    address => {
      expect(addressKind(address)).toBeUndefined()
    },
  )

  it.each(['2606:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888'])('lets the public %s be', address => {
    expect(addressKind(address)).toBeUndefined()
  })

  it('finds no public address that hides an IPv4 address in the ways that are known', () => {
    fc.assert(
      fc.property(fc.ipV4(), address => {
        const hex = address
          .split('.')
          .map(part => Number(part).toString(16).padStart(2, '0'))
          .join('')
        const words = `${hex.slice(0, 4)}:${hex.slice(4)}`
        for (const carrier of [`::${address}`, `::ffff:${address}`, `64:ff9b::${words}`, `2002:${words}::1`]) {
          expect(isIP(carrier)).toBe(6)
          expect(addressKind(carrier)).toBeDefined()
        }
      }),
    )
  })
})
