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
