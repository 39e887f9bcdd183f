import { describe, expect, it, onTestFinished } from 'vitest'
import { keepListAge } from '../../../src/sources/mcp/list-age.ts'
import type { Session } from '../../../src/sources/mcp/session.ts'
import { answerOldEra, httpStub } from '../../fakes/http-stub.ts'
import { featuresOf, listNames, open, remoteConfig, stdioConfig } from './helpers.ts'

const session = (modern: boolean, capabilities: object): Session => ({ modern, capabilities }) as unknown as Session
const tells = { tools: { listChanged: true }, resources: { listChanged: true } }
const tellsOfTools = { tools: { listChanged: true }, prompts: {} }

describe('how long a list is taken to be as it was', () => {
  it.each<[string, boolean, object, boolean, number | undefined]>([
    ['a program that tells of changes', false, tells, false, undefined],
    ['a program that tells of changes of some lists only', false, tellsOfTools, false, 60_000],
    ['a program that tells of none', false, { tools: {} }, false, 60_000],
    ['an old server at a URL, which may have no stream to tell on', false, tells, true, 60_000],
    ['a modern server that tells of changes', true, tells, true, undefined],
    ['a modern server that tells of none', true, { tools: {} }, true, 60_000],
  ])('of %s', (_, modern, capabilities, overHttp, ms) => {
    expect(keepListAge(60_000, overHttp).staleAfterMs(session(modern, capabilities))).toBe(ms)
  })

  it.each([
    [[5_000], 5_000],
    [[30_000, 5_000], 5_000],
    [[0], 1_000],
    [[3_600_000], 60_000],
  ])('is what a modern server says of its pages, %j, within bounds', (times, ms) => {
    const age = keepListAge(60_000, true)
    const modern = session(true, { tools: {} })
    age.note(modern, 'tools/list', { ttlMs: 1 }, true)
    for (const [at, ttlMs] of times.entries()) age.note(modern, 'tools/list', { ttlMs }, at === 0)
    expect(age.staleAfterMs(modern)).toBe(ms)
    expect(age.hints('tools/list').ttlMs).toBe(Math.min(...times))
  })

  it('says nothing of what an old server, or nonsense, says', () => {
    const age = keepListAge(60_000, true)
    age.note(session(false, {}), 'tools/list', { ttlMs: 5, cacheScope: 'private' }, true)
    age.note(session(true, {}), 'prompts/list', { ttlMs: 'long', cacheScope: 7 }, true)
    age.note(session(true, {}), 'resources/list', { ttlMs: 5, cacheScope: 'private' }, true)
    expect(['tools/list', 'prompts/list', 'resources/list'].map(age.hints)).toEqual([
      {},
      {},
      { ttlMs: 5, isPrivate: true },
    ])
  })

  it('is told by a source, of servers of either kind, and not while it is away', async () => {
    const stub = await httpStub((request, response) => answerOldEra(request, response))
    onTestFinished(() => stub.close())
    const [remote, program] = [open(remoteConfig(stub.url)), open(stdioConfig('ok'))]
    expect(featuresOf(remote).staleAfterMs()).toBeUndefined()
    await Promise.all([listNames(remote), listNames(program)])
    expect([featuresOf(remote).staleAfterMs(), featuresOf(program).staleAfterMs()]).toEqual([60_000, undefined])
    // A program that may rest is not looked at in between.
    const resting = open({ ...stdioConfig('mute'), idleTimeoutMs: 60_000 })
    const mute = open(stdioConfig('mute'))
    await Promise.all([listNames(resting), listNames(mute)])
    expect([featuresOf(resting).staleAfterMs(), featuresOf(mute).staleAfterMs()]).toEqual([undefined, 60_000])
  })
})
