import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AllowedHost } from '../../../../src/core/allowed-host.ts'
import { createGate } from '../../../../src/egress/gate.ts'
import type { EgressOptions } from '../../../../src/sources/openapi/egress/egress.ts'
import { createEgress } from '../../../../src/sources/openapi/egress/egress.ts'
import { rulesOf } from '../../../../src/sources/openapi/egress/rules.ts'
import type { TestServer } from '../helpers.ts'
import { serve } from '../helpers.ts'

let reached = 0
let server: TestServer
let port = ''
beforeAll(async () => {
  server = await serve((_, response) => {
    reached += 1
    response.end('hello')
  })
  port = new URL(server.url).port
})
afterAll(() => server.close())

/** Answers with these addresses in turn, the last one for ever. */
function answering(...turns: string[][]): LookupFunction & { asked: () => number } {
  let asked = 0
  const lookup: LookupFunction = (_, __, callback) => {
    const addresses = turns[Math.min(asked, turns.length - 1)] ?? []
    asked += 1
    const found: LookupAddress[] = addresses.map(address => ({ address, family: isIP(address) }))
    callback(null, found)
  }
  return Object.assign(lookup, { asked: () => asked })
}

async function get(url: string, options: EgressOptions = {}): Promise<string> {
  const egress = createEgress('"pets"', options)
  const bounds = { signal: new AbortController().signal, timeoutMs: 5_000, maxBytes: () => 1_000 }
  try {
    return (await egress.send({ method: 'GET', url: new URL(url), headers: {} }, bounds)).body.toString()
  } finally {
    await egress.close()
  }
}

const host = (name: string, at?: number): AllowedHost => ({ kind: 'host', host: name, ...(at && { port: at }) })
const loopbackNetwork: AllowedHost = { kind: 'network', address: '127.0.0.0', bits: 8 }

describe('without an allowance', () => {
  it.each([
    ...['127.0.0.1', '127.1', '127.0.1', '0177.0.0.1', '0x7f000001', '0x7f.1', '2130706433', '017700000001'],
    ...['127.000.000.001', '127.0.0.1.', '①②⑦.0.0.1', '127。0。0。1', '127%2e0%2e0%2e1', '0', '0.0.0.0', '127.8.9.10'],
    ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::127.0.0.1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ...['[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001::7f00:1]', '[fe80::1]', '[fec0::1]'],
    ...['[fd00::1]', '[ff02::1]', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.169.254'],
    ...['0xa9fea9fe', '2852039166', '168.63.129.16', '224.0.0.1', '255.255.255.255', '[fd00:ec2::254]'],
    ...['localhost', 'LOCALHOST'],
  ])('%s is refused before a connection, with its remedy', async spelling => {
    const before = reached
    const failure = await get(`http://${spelling}:${port}/`).catch(thrown => thrown)
    expect(failure).toMatchObject({ code: 'EGRESS_DENIED' })
    const { hostname } = new URL(`http://${spelling}`)
    expect(failure.message).toContain(`"pets" may not be reached at ${hostname}:${port}, `)
    expect(failure.message).toContain('as "baseUrl", or in "allowHosts"')
    expect(reached).toBe(before)
  })

  it.each([
    ['loopback', ['127.0.0.1']],
    ['loopback', ['::1']],
    ['link-local', ['169.254.169.254']],
    ['private', ['10.0.0.5', '192.168.0.5']],
    ['an address that is not a public one', ['::ffff:127.0.0.1']],
  ])('a name that resolves to %s is refused, and the address kept to ourselves', async (kind, addresses) => {
    const before = reached
    const asked = get(`http://internal.example:${port}/`, { lookup: answering(addresses) })
    const failure = await asked.catch(thrown => thrown)
    expect(failure).toMatchObject({ code: 'EGRESS_DENIED', message: expect.stringContaining(kind) })
    expect(failure.message).toContain(`internal.example:${port}, which resolves to `)
    for (const address of addresses) expect(failure.message).not.toContain(address)
    expect(reached).toBe(before)
  })

  it.each(['http://user:s3cret@example.com/', 'http://user@example.com/', 'ftp://example.com/', 'file:///etc/passwd'])(
    '%s is not a URL to send to',
    async url => {
      const failure = await get(url).catch(thrown => thrown)
      expect(failure).toMatchObject({ code: 'EGRESS_DENIED' })
      expect(failure.message).not.toContain('s3cret')
    },
  )
})

describe('a name whose answer changes', () => {
  it('is resolved once for a connection, and only what was checked is dialled', async () => {
    // 127.0.0.2 plays the public address: it alone is allowed, and 127.0.0.1 is what must not be reached.
    const open = createServer((_, response) => response.end('public')).listen(0, '127.0.0.2')
    await new Promise(resolve => open.once('listening', resolve))
    const at = (open.address() as AddressInfo).port
    const closed = createServer(() => {
      throw new Error('The private server was reached.')
    }).listen(at, '127.0.0.1')
    await new Promise(resolve => closed.once('listening', resolve))
    const allowHosts: AllowedHost[] = [{ kind: 'network', address: '127.0.0.2', bits: 32 }]

    const rebinding = answering(['127.0.0.2'], ['127.0.0.1'])
    expect(await get(`http://rebind.example:${at}/`, { allowHosts, lookup: rebinding })).toBe('public')
    expect(rebinding.asked()).toBe(1)
    await expect(get(`http://rebind.example:${at}/`, { allowHosts, lookup: rebinding })).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    })
    // One private address among public ones is left out, whatever its place.
    const mixed = answering(['127.0.0.1', '127.0.0.2'])
    expect(await get(`http://rebind.example:${at}/`, { allowHosts, lookup: mixed })).toBe('public')
    open.close()
    closed.close()
  })
})

describe('what the operator allows', () => {
  it.each<[string, string, EgressOptions]>([
    ['a host', '127.0.0.1', { allowHosts: [host('127.0.0.1')] }],
    ['a network', '127.0.0.1', { allowHosts: [loopbackNetwork] }],
    ['a name in an allowed network', 'pets.internal', { allowHosts: [loopbackNetwork] }],
    ['a name', 'pets.internal', { allowHosts: [host('pets.internal')] }],
    ['a name written with a dot at the end', 'pets.internal.', { allowHosts: [host('pets.internal')] }],
    ['a name below a domain', 'a.pets.internal', { allowHosts: [{ kind: 'domain', suffix: '.internal' }] }],
    ['loopback', '127.0.0.1', { loopback: true }],
    ['a name of loopback', 'localhost', { loopback: true }],
  ])('is reached: %s', async (_, name, options) => {
    expect(await get(`http://${name}:${port}/`, { lookup: answering(['127.0.0.1']), ...options })).toBe('hello')
  })

  it.each<[string, string, EgressOptions]>([
    ['another port', '127.0.0.1', { allowHosts: [host('127.0.0.1', 1)] }],
    ['another host', '127.0.0.1', { allowHosts: [host('127.0.0.2'), host('localhost')] }],
    ['another network', '127.0.0.1', { allowHosts: [{ kind: 'network', address: '10.0.0.0', bits: 8 }] }],
    ['the domain itself', 'internal', { allowHosts: [{ kind: 'domain', suffix: '.internal' }] }],
    ['a name that only ends alike', 'evilinternal', { allowHosts: [{ kind: 'domain', suffix: '.internal' }] }],
    ['a name for an allowed address', 'evil.example', { allowHosts: [host('127.0.0.1')] }],
    ['link-local where loopback is allowed', '169.254.169.254', { loopback: true }],
    ['a private one where loopback is allowed', '10.0.0.1', { loopback: true }],
    ['mapped loopback', '[::ffff:127.0.0.1]', { loopback: true }],
  ])('does not reach to %s', async (_, name, options) => {
    const lookup = answering(['127.0.0.1'])
    await expect(get(`http://${name}:${port}/`, { lookup, ...options })).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    })
  })
})

describe('rulesOf', () => {
  it('names the hosts of the URLs that the entry holds, each at its port', () => {
    const config = { baseUrl: 'http://0x7f000001:8080/v1', allowHosts: [host('x.internal')] }
    const { names } = createGate(rulesOf(config, ['https://Docs.Internal/api.json', '/etc/api.json', undefined]))
    const named = (url: string) => {
      const { hostname, port: at } = new URL(url)
      return names(hostname, Number(at || 80))
    }
    expect(named('http://127.0.0.1:8080')).toBe(true)
    expect(named('http://127.0.0.1:8081')).toBe(false)
    expect(named('http://docs.internal')).toBe(true)
    expect(named('http://docs.internal:443')).toBe(true)
    expect(named('http://docs.internal:8443')).toBe(false)
    expect(named('http://x.internal:5')).toBe(true)
    expect(named('http://y.internal')).toBe(false)
  })
})
