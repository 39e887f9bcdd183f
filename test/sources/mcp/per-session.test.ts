import { describe, expect, it, onTestFinished } from 'vitest'
import type { ClientLink } from '../../../src/core/client-link.ts'
import type { Limits } from '../../../src/core/limits.ts'
import type { ToolSource } from '../../../src/core/tool-source.ts'
import { perSessionSource } from '../../../src/sources/mcp/per-session.ts'
import { describeToolSource } from '../../contract/tool-source.ts'
import { fakeClient } from '../../fakes/client-link.ts'
import { httpUpstream } from '../../fakes/sdk-servers.ts'
import {
  featureConfig,
  featuresOf,
  isAlive,
  never,
  optionsFor,
  remoteConfig,
  stdioConfig,
  textOf,
  until,
} from './helpers.ts'

function openEach(config: Parameters<typeof perSessionSource>[0], limits: Partial<Limits> = {}): ToolSource {
  const source = perSessionSource(config, optionsFor(limits).options)
  onTestFinished(() => source.close())
  return source
}

async function pidOf(source: ToolSource, client?: ClientLink): Promise<number> {
  return Number(textOf(await source.call('pid', {}, { signal: never, ...(client && { client }) })))
}

const late = { method: 'notifications/message', params: { level: 'info', data: 'by itself' } }
const [one, two, three] = [fakeClient('one'), fakeClient('two'), fakeClient('three')]

describeToolSource('a program of which each client has its own', async () => {
  const { options, logged } = optionsFor()
  const source = perSessionSource(stdioConfig('ok'), options)
  onTestFinished(() => source.close())
  const running = () => until(() => logged.debug.length > 0)
  return { source, works: { key: 'echo', args: { a: 1 } }, hangs: { key: 'wait', args: {}, running } }
})

describe('a program of which each client has its own', () => {
  it('runs once for each, and once for all who are no client', async () => {
    const source = openEach(stdioConfig('ok'))
    await source.list({ signal: never })
    const pids = await Promise.all([
      pidOf(source),
      pidOf(source),
      pidOf(source, one),
      pidOf(source, one),
      pidOf(source, two),
    ])
    expect([pids[0] === pids[1], pids[2] === pids[3], new Set(pids).size]).toEqual([true, true, 3])
    expect(source.health()).toMatchObject({ state: 'ready', details: { sessions: 2 } })
    await source.close()
    await until(() => !pids.some(isAlive))
  })

  it('may ask its client while others use it too', async () => {
    const source = openEach(featureConfig('old'))
    source.call('wait', {}, { signal: never, client: two }).catch(() => {})
    const asking = { method: 'elicitation/create', params: { message: 'Well?' } }
    const { structuredContent } = await source.call('ask', asking, { signal: never, client: one })
    expect(structuredContent).toEqual({ answers: [{ action: 'accept', by: 'one' }] })
  })

  it('is closed for a client that has not used it for a while', async () => {
    const source = openEach(stdioConfig('ok'), { sessionIdleMs: 200 })
    const shared = await pidOf(source)
    const pid = await pidOf(source, one)
    await until(() => !isAlive(pid))
    expect([isAlive(shared), source.health().details?.sessions]).toEqual([true, 0])
    expect(await pidOf(source, one)).not.toBe(pid)
  })

  it('is closed when its client leaves, once its last call has been answered', async () => {
    const source = openEach(featureConfig('old'))
    let leave = () => {}
    const leaving = fakeClient('leaving', {
      onLeave: listener => {
        leave = listener
      },
    })
    const [pid, other] = [await pidOf(source, leaving), await pidOf(source, one)]
    const slow = source.call('slow', { ms: 200 }, { signal: never, client: leaving })
    leave()
    expect((await slow).structuredContent).toEqual({})
    await until(() => !isAlive(pid))
    expect([isAlive(other), source.health().details?.sessions]).toEqual([true, 1])
  })

  it('is closed after its call when its client has left before it began', async () => {
    const source = openEach(stdioConfig('ok'))
    const pid = await pidOf(source, fakeClient('gone', { onLeave: listener => listener() }))
    await until(() => !isAlive(pid))
    expect(source.health().details?.sessions).toBe(0)
  })

  it('tells its own client what it tells outside of calls, and nobody else', async () => {
    const source = openEach(featureConfig('old'))
    const told: Record<string, unknown[]> = { one: [], two: [] }
    const [first, second] = ['one', 'two'].map(id =>
      fakeClient(id, { tell: (method, params) => void told[id]?.push([method, params.data]) }),
    )
    const followed: unknown[] = []
    featuresOf(source).onLog(params => void followed.push(params))
    for (const client of [first, second]) await pidOf(source, client)
    const later = (method: string, params: object) =>
      source.call('emit_later', { method, params, ms: 0 }, { signal: never, ...(first && { client: first }) })
    await later('notifications/prompts/list_changed', {})
    await until(() => told.one?.length === 1)
    expect(told).toEqual({ one: [['notifications/prompts/list_changed', undefined]], two: [] })
    // What comes right behind a call is still of that call.
    await source.call('emit_later', { ...late, ms: 5_200 }, { signal: never, ...(first && { client: first }) })
    await until(() => told.one?.length === 2)
    expect([told.one?.[1], told.two]).toEqual([['notifications/message', 'by itself'], []])
    expect([followed, first?.logs, second?.logs]).toEqual([[], [], []])
  })

  it('tells its client of the resources that it follows, also those from before it began', async () => {
    const source = openEach(featureConfig('old'), { sessionIdleMs: 60_000 })
    await source.list({ signal: never })
    const { subscribe, subscribed } = featuresOf(source)
    const updates: string[] = []
    const stops = ['test://a', 'test://b'].map((uri, at) =>
      subscribe(uri, () => void updates.push(uri), ['one', 'two'][at]),
    )
    await subscribed('test://a', 'one')
    await pidOf(source, one)
    const asked = async (client?: ClientLink) => {
      const { structuredContent } = await source.call('received', {}, { signal: never, ...(client && { client }) })
      const { received } = structuredContent as { received: { method?: string; params?: { uri?: string } }[] }
      return received.flatMap(({ method, params }) =>
        /subscribe$/.test(String(method)) ? `${method} ${params?.uri}` : [],
      )
    }
    await until(async () => (await asked(one)).length === 1)
    expect(await asked(one)).toEqual(['resources/subscribe test://a'])
    const updated = { method: 'notifications/resources/updated', params: { uri: 'test://a' } }
    await source.call('emit', updated, { signal: never, client: two })
    await source.call('emit', updated, { signal: never, client: one })
    expect(updates).toEqual(['test://a'])
    await until(async () => (await asked()).includes('resources/unsubscribe test://a'))
    for (const stop of stops) stop()
    await until(async () => (await asked(one)).length === 2)
  })

  it('is bounded: the one unused for longest gives way, and when all are in use the call fails', async () => {
    const source = openEach(stdioConfig('ok'), { maxSessionsPerSource: 2 })
    const first = await pidOf(source, one)
    const second = await pidOf(source, two)
    expect(await pidOf(source, one)).toBe(first)
    await pidOf(source, three)
    await until(() => !isAlive(second))
    expect(isAlive(first)).toBe(true)
    for (const client of [one, three]) source.call('wait', {}, { signal: never, client }).catch(() => {})
    await expect(pidOf(source, two)).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
      message: expect.stringContaining('limits.maxSessionsPerSource'),
    })
    expect(Number.isInteger(await pidOf(source))).toBe(true)
  })

  it('has its resources read in the session of the client', async () => {
    const source = openEach(featureConfig('old'))
    const reading = { signal: never, client: one }
    expect(await featuresOf(source).request('resources/read', { uri: 'test://a' }, reading)).toMatchObject({
      contents: [{ text: 'hi' }],
    })
    expect(await featuresOf(source).list('resources', { signal: never })).toHaveLength(1)
    expect(source.health().details?.sessions).toBe(1)
  })
})

describe('a server at a URL of which each client has a session', () => {
  it('is greeted once for each, in the way that the first one found out', async () => {
    const upstream = await httpUpstream()
    onTestFinished(() => upstream.close())
    const source = openEach(remoteConfig(upstream.url))
    await source.list({ signal: never })
    for (const client of [one, two, one]) await source.call('echo', {}, { signal: never, client })
    const calls = upstream.requests.filter(({ rpc }) => rpc === 'tools/call')
    const ids = calls.map(({ headers }) => headers['mcp-session-id'])
    expect([ids[0] === ids[2], new Set(ids).size]).toEqual([true, 2])
    expect(upstream.requests.filter(({ rpc }) => rpc === 'server/discover')).toHaveLength(1)
  })
})
