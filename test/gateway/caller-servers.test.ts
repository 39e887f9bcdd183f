import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Caller } from '../../src/core/caller.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import { parseUrlPattern } from '../../src/core/url-pattern.ts'
import type { CallerServers, NamedServer } from '../../src/gateway/caller-servers.ts'
import { keepCallerServers } from '../../src/gateway/caller-servers.ts'
import type { FakeSource } from '../fakes/sources.ts'
import { fakeSource, neverListed } from '../fakes/sources.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const { signal } = new AbortController()
const someone: Caller = { id: 'a', access: {} }
const named = (url = 'https://mcp.example.com/mcp', more: Partial<NamedServer> = {}): NamedServer => ({
  label: 'wiki',
  url: new URL(url),
  headers: {},
  ...more,
})

type House = Readonly<{
  servers: CallerServers
  made: (FakeSource & { closed: boolean })[]
  rules: { allow: string[] }
}>

/** Sources that are made as they are needed, each as `prepare` leaves it. */
function house(prepare: (source: FakeSource, at: number) => void = () => {}, limits = {}): House {
  const made: (FakeSource & { closed: boolean })[] = []
  const rules = { allow: ['https://mcp.example.com/*'] }
  const servers = keepCallerServers({
    rules: () => ({ allow: rules.allow.flatMap(text => parseUrlPattern(text) ?? []), allowHosts: [] }),
    make({ label }) {
      const source = Object.assign(fakeSource(label, ['search', 'read page']), { closed: false })
      source.close = async () => {
        source.closed = true
      }
      prepare(source, made.length)
      made.push(source)
      return source
    },
    limits: { ...defaultLimits, ...limits },
  })
  return { servers, made, rules }
}

describe('a server that a caller names', () => {
  it('is listed under its own names, made legal, and called by its keys', async () => {
    const { servers, made } = house()
    const { view, call } = await servers.open(named(), someone, signal)
    expect(view.tools.map(({ name }) => name)).toEqual(['search', 'read_page'])
    expect(await call('read_page', { a: 1 }, { signal })).toMatchObject({
      content: [{ text: 'wiki read page {"a":1}' }],
    })
    await expect(call('read page', {}, { signal })).rejects.toMatchObject({ code: 'TOOL_NOT_FOUND' })
    expect(made).toHaveLength(1)
  })

  it('stays connected and listed for the next request of the same caller', async () => {
    const { servers, made } = house()
    const first = await servers.open(named(), someone, signal)
    const again = await servers.open(named('https://mcp.example.com/mcp'), { ...someone }, signal)
    expect([made.length, made[0]?.lists, again.id === first.id]).toEqual([1, 1, true])
  })

  it.each<[string, NamedServer, Caller]>([
    ['another caller', named(), { id: 'b', access: {} }],
    ['another path', named('https://mcp.example.com/mcp/2'), someone],
    ['another query', named('https://mcp.example.com/mcp?key=2'), someone],
    ['another token', named(undefined, { headers: { authorization: 'Bearer 2' } }), someone],
    ['another label', named(undefined, { label: 'wiki2' }), someone],
  ])('is connected to anew for %s', async (_, server, caller) => {
    const { servers, made } = house()
    const first = await servers.open(named(), someone, signal)
    const second = await servers.open(server, caller, signal)
    expect([made.length, first.id === second.id]).toEqual([2, false])
    expect(`${first.id}${second.id}`).toMatch(/^[0-9a-f]{128}$/)
  })

  it('is listed once for requests that come together', async () => {
    const { servers, made } = house()
    await Promise.all([1, 2, 3].map(() => servers.open(named(), someone, signal)))
    expect([made.length, made[0]?.lists]).toEqual([1, 1])
  })

  it('is closed when nobody has used it for a while, and opened again for a call that comes later', async () => {
    const { servers, made } = house()
    const { call } = await servers.open(named(), someone, signal)
    await vi.advanceTimersByTimeAsync(defaultLimits.callerServerIdleMs)
    expect(made.map(({ closed }) => closed)).toEqual([true])
    expect(await call('search', {}, { signal })).toMatchObject({ content: [{ text: 'wiki search {}' }] })
    expect(made.map(({ closed, lists }) => [closed, lists])).toEqual([
      [true, 1],
      [false, 1],
    ])
  })

  it('is listed anew when it says that its list has changed, and after a while of use', async () => {
    const { servers, made } = house()
    const names = async () => (await servers.open(named(), someone, signal)).view.tools.map(({ name }) => name)
    await names()
    const [source] = made
    if (source === undefined) throw new Error('no source')
    source.tools = ['other']
    expect(await names()).toEqual(['search', 'read_page'])
    source.change()
    expect(await names()).toEqual(['other'])
    source.tools = ['third']
    await vi.advanceTimersByTimeAsync(defaultLimits.callerServerIdleMs / 2)
    expect(await names()).toEqual(['other'])
    await vi.advanceTimersByTimeAsync(defaultLimits.callerServerIdleMs / 2)
    expect(await names()).toEqual(['third'])
  })

  it('is not kept when it cannot be listed', async () => {
    const { servers, made } = house((source, at) => {
      if (at === 0) source.tools = new GatewayError('SOURCE_UNAUTHORIZED', '"wiki" answered HTTP 401.')
    })
    await expect(servers.open(named(), someone, signal)).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    await vi.advanceTimersByTimeAsync(0)
    expect(made.map(({ closed }) => closed)).toEqual([true])
    expect((await servers.open(named(), someone, signal)).view.tools).toHaveLength(2)
  })

  it('that hangs holds nobody who goes away, and is closed then', async () => {
    const { servers, made } = house(source => {
      source.tools = neverListed
    })
    const gone = new AbortController()
    const opening = servers.open(named(), someone, gone.signal)
    gone.abort()
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' })
    await vi.advanceTimersByTimeAsync(defaultLimits.callerServerIdleMs)
    expect(made.map(({ closed }) => closed)).toEqual([true])
  })

  it('fails a call as a value when it is away', async () => {
    const { servers } = house(source => {
      source.onCall = () => Promise.reject(new GatewayError('SOURCE_UNAVAILABLE', '"wiki" is away.'))
    })
    const { call } = await servers.open(named(), someone, signal)
    expect(await call('search', {}, { signal })).toMatchObject({
      isError: true,
      content: [{ text: '"wiki" is away.' }],
    })
  })

  it('is refused with too many tools', async () => {
    const { servers, made } = house(undefined, { maxCallerServerTools: 1 })
    const message = '"wiki" lists more than 1 tool (limits.maxCallerServerTools).'
    await expect(servers.open(named(), someone, signal)).rejects.toThrow(message)
    await vi.advanceTimersByTimeAsync(0)
    expect(made.map(({ closed }) => closed)).toEqual([true])
  })

  it('gives way to another of its caller at half of the places', async () => {
    const { servers, made } = house(undefined, { maxCallerServers: 4 })
    for (const path of ['a', 'b', 'c']) await servers.open(named(`https://mcp.example.com/${path}`), someone, signal)
    expect(made.map(({ closed }) => closed)).toEqual([true, false, false])
  })

  it('is closed with the gateway', async () => {
    const { servers, made } = house()
    await servers.open(named(), someone, signal)
    await servers.close()
    expect(made.map(({ closed }) => closed)).toEqual([true])
    await expect(servers.open(named(), someone, signal)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })
})

describe('a server that may not be named', () => {
  it.each<[string, string, Caller['access'], string, string]>([
    [
      'at another host',
      'https://evil.example/mcp',
      {},
      'EGRESS_DENIED',
      'server_url "https://evil.example" is not one',
    ],
    ['over plain http', 'http://mcp.example.com/mcp', {}, 'EGRESS_DENIED', 'egress.callerServers.allow'],
    ['at another port', 'https://mcp.example.com:1/mcp', {}, 'EGRESS_DENIED', 'egress.callerServers.allow'],
    ['with a password', 'https://u:s3cret@mcp.example.com/', {}, 'REQUEST_INVALID', 'user name or password'],
    ['with a user name', 'https://s3cret@mcp.example.com/', {}, 'REQUEST_INVALID', 'user name or password'],
    [
      'of too many characters',
      `https://mcp.example.com/${'x'.repeat(2_048)}`,
      {},
      'REQUEST_INVALID',
      'longer than 2048',
    ],
    ['by a key for some servers', 'https://mcp.example.com/s3cret', { sources: [] }, 'FORBIDDEN', 'This key may not'],
    ['by a key that must not', 'https://mcp.example.com/s3cret', { callerServers: false }, 'FORBIDDEN', 'This key may'],
  ])('is refused %s', async (_, url, access, code, message) => {
    const { servers, made } = house()
    const error = await servers.open(named(url), { id: 'a', access }, signal).catch(thrown => thrown)
    expect(error).toMatchObject({ code, message: expect.stringContaining(message), data: { param: 'tools' } })
    expect(error.message).not.toContain('s3cret')
    expect(error.message.length).toBeLessThan(250)
    expect(made).toEqual([])
  })

  it('is refused as soon as the rules say so', async () => {
    const { servers, rules } = house()
    await servers.open(named(), someone, signal)
    rules.allow = []
    await expect(servers.open(named(), someone, signal)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('"https://mcp.example.com" is not of this gateway'),
    })
  })
})
