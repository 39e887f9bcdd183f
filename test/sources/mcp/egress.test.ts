import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { McpEgress } from '../../../src/sources/mcp/http-agent.ts'
import type { Stub } from '../../fakes/http-stub.ts'
import { answerOldEra, httpStub } from '../../fakes/http-stub.ts'
import { sseUpstream } from '../../fakes/sdk-servers.ts'
import { listNames, never, open, remoteConfig } from './helpers.ts'

let stub: Stub
let port = ''
beforeAll(async () => {
  stub = await httpStub((request, response) => answerOldEra(request, response, ['echo']))
  port = new URL(stub.url).port
})
afterAll(() => stub.close())

/** Every name resolves to these, the next ones at each question, the last for ever. */
function resolving(...turns: string[][]): LookupFunction {
  let asked = 0
  return (_, __, callback) => {
    const addresses = turns[Math.min(asked, turns.length - 1)] ?? []
    asked += 1
    callback(
      null,
      addresses.map(address => ({ address, family: isIP(address) })),
    )
  }
}

const loopback: McpEgress = { allowHosts: [{ kind: 'network', address: '127.0.0.0', bits: 8 }] }
const list = (url: string, egress: McpEgress, transport: 'auto' | 'sse' = 'auto') =>
  open(remoteConfig(url, { transport }), {}, { egress }).list({ signal: never })

describe('a server that somebody else has named', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '0',
    '0.0.0.0',
    '%31%32%37.0.0.1',
    '１２７.0.0.1',
    '①②⑦.0.0.1',
    '127。0。0。1',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '100.100.100.200',
    '168.63.129.16',
  ])('is not reached at %s', async host => {
    const before = stub.requests.length
    for (const transport of ['auto', 'sse'] as const) {
      await expect(list(`http://${host}:${port}/mcp`, {}, transport)).rejects.toMatchObject({ code: 'EGRESS_DENIED' })
    }
    expect(stub.requests.length).toBe(before)
  })

  it('is not reached by a name that resolves to such an address', async () => {
    const before = stub.requests.length
    for (const address of ['127.0.0.1', '::1', '169.254.169.254', '10.0.0.1', '::ffff:127.0.0.1']) {
      const failure = expect.objectContaining({
        code: 'EGRESS_DENIED',
        message: expect.stringMatching(/"fake" may not be at tools\.example:\d+, which resolves to a/),
      })
      await expect(list(`http://tools.example:${port}/mcp`, { lookup: resolving([address]) })).rejects.toEqual(failure)
    }
    expect(stub.requests.length).toBe(before)
  })

  it('is not reached by a name that resolves otherwise the second time', async () => {
    const before = stub.requests.length
    const lookup = resolving(['169.254.169.254'], ['127.0.0.1'])
    await expect(list(`http://tools.example:${port}/mcp`, { lookup })).rejects.toMatchObject({ code: 'EGRESS_DENIED' })
    expect(stub.requests.length).toBe(before)
  })

  it('is reached where the operator allows its address', async () => {
    const lookup = resolving(['127.0.0.1'])
    const source = open(remoteConfig(`http://tools.example:${port}/mcp`), {}, { egress: { ...loopback, lookup } })
    expect(await listNames(source)).toEqual(['echo'])
  })

  it('is reached over HTTP+SSE too', async () => {
    const upstream = await sseUpstream()
    onTestFinished(() => upstream.close())
    const source = open(remoteConfig(upstream.url), {}, { egress: loopback })
    expect(await listNames(source)).toContain('echo')
  })

  it.each(['http', 'sse'] as const)('is not followed to where it redirects, over %s', async transport => {
    const before = stub.requests.length
    for (const status of [301, 302, 303, 307, 308]) {
      const redirecting = await httpStub((_, response) => response.writeHead(status, { location: stub.url }).end())
      onTestFinished(() => redirecting.close())
      const source = open(remoteConfig(redirecting.url, { transport }), {}, { egress: loopback })
      await expect(source.list({ signal: never })).rejects.toThrow(`"fake" answered HTTP ${status}.`)
    }
    expect(stub.requests.length).toBe(before)
  })
})
