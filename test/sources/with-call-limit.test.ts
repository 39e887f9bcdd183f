import { describe, expect, it } from 'vitest'
import type { ClientLink } from '../../src/core/client-link.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { textResult } from '../../src/core/tool.ts'
import { withCallLimit } from '../../src/sources/with-call-limit.ts'
import { fakeFeatures } from '../fakes/features.ts'
import { fakeSource } from '../fakes/sources.ts'

const never = new AbortController().signal

function limited(maxConcurrentCalls: number, maxQueuedCalls: number, maxWaitMs = 60_000) {
  const ends: (() => void)[] = []
  const inner = fakeSource('up')
  inner.onCall = key => new Promise(resolve => ends.push(() => resolve(textResult(key))))
  const source = withCallLimit(inner, { maxConcurrentCalls, maxQueuedCalls, maxWaitMs })
  const call = (key: string, signal = never) => source.call(key, {}, { signal })
  return { inner, source, call, ends, tick: () => new Promise(setImmediate) }
}

describe('a source with a limit on its calls', () => {
  it('runs so many at once, and the others after them, in the order they came', async () => {
    const { inner, call, ends, tick } = limited(2, 10)
    const calls = ['a', 'b', 'c', 'd'].map(key => call(key))
    await tick()
    const keys = () => inner.calls.map(({ key }) => key)
    expect(keys()).toEqual(['a', 'b'])
    ends[1]?.()
    await calls[1]
    await tick()
    expect(keys()).toEqual(['a', 'b', 'c'])
    ends[0]?.()
    ends[2]?.()
    await tick()
    ends[3]?.()
    expect((await Promise.all(calls)).map(({ content }) => content[0]?.text)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('tells when its last call has ended, one that waits or asks its client counting too', async () => {
    const { source, call, ends, tick } = limited(1, 10)
    await source.unused()
    const calls = [call('a'), call('b')]
    await tick()
    let unused = false
    const told = source.unused().then(() => {
      unused = true
    })
    ends[0]?.()
    await calls[0]
    await tick()
    expect(unused).toBe(false)
    ends[1]?.()
    await told
  })

  it('fails at once when the queue is full, and says which limits those are', async () => {
    const { call, tick, ends } = limited(1, 1)
    const calls = [call('a'), call('b')]
    await tick()
    await expect(call('c')).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
      message: expect.stringMatching(
        /^"up" has 1 call running \(maxConcurrentCalls\) and 1 waiting \(limits\.maxQueued/,
      ),
    })
    ends[0]?.()
    await tick()
    ends[1]?.()
    await Promise.all(calls)
    const later = call('d')
    await tick()
    ends[2]?.()
    await later
  })

  it('lets callers have turns, and none of them more than half of the places to wait', async () => {
    const { inner, source, ends, tick } = limited(1, 4)
    const call = (callerId: string, key: string) => source.call(key, {}, { signal: never, callerId })
    const calls = [call('a', 'a1'), call('a', 'a2'), call('a', 'a3'), call('b', 'b1')]
    await expect(call('a', 'a4')).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
      message: expect.stringContaining('3 waiting (limits.maxQueuedCalls), 2 of them of this key, which may have half'),
    })
    calls.push(call('b', 'b2'))
    for (let turn = 0; turn < calls.length; turn += 1) {
      await tick()
      ends[turn]?.()
    }
    await Promise.all(calls)
    expect(inner.calls.map(({ key }) => key)).toEqual(['a1', 'a2', 'b1', 'a3', 'b2'])
  })

  it('forgets a caller who goes away while waiting, and one whose call fails', async () => {
    const { inner, call, tick, ends } = limited(1, 1)
    const first = call('a')
    await expect(call('b', AbortSignal.timeout(10))).rejects.toMatchObject({ code: 'CANCELLED' })
    inner.onCall = () => Promise.reject(new Error('no'))
    const failing = call('c')
    await tick()
    ends[0]?.()
    await first
    await expect(failing).rejects.toThrow('no')
    await expect(call('d')).rejects.toThrow('no')
    expect(inner.calls.map(({ key }) => key)).toEqual(['a', 'c', 'd'])
  })

  it('counts relayed requests, and leaves lists alone', async () => {
    const requests: string[] = []
    const inner = Object.assign(fakeSource('up'), {
      features: { request: async (method: string) => void requests.push(method) } as never,
    })
    const source = withCallLimit(inner, { maxConcurrentCalls: 1, maxQueuedCalls: 1, maxWaitMs: 60_000 })
    inner.onCall = () => new Promise(() => {})
    void source.call('a', {}, { signal: never })
    const read = source.features?.request('resources/read', {}, { signal: AbortSignal.timeout(20) })
    expect(await source.list({ signal: never })).toHaveLength(1)
    await expect(read).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(requests).toEqual([])
  })

  it('does not keep anyone waiting longer than a call may take', async () => {
    const { call, ends } = limited(1, 10, 50)
    const first = call('a')
    const refused = { code: 'LIMIT_REACHED', message: expect.stringMatching(/none ended within 50 ms/) }
    await expect(call('b')).rejects.toMatchObject(refused)
    ends[0]?.()
    await first
  })

  it('does not count a call that waits for a person', async () => {
    const { inner, ends, tick } = limited(1, 10)
    const person = Promise.withResolvers<JsonObject>()
    const asked: string[] = []
    const client: ClientLink = {
      id: 'c',
      capabilities: { elicitation: {} },
      ask: (method, params) => {
        asked.push(`${method} ${params.message}`)
        return person.promise
      },
      log: () => {},
      notify: () => {},
    }
    const withFeatures = Object.assign(inner, { features: fakeFeatures() })
    const limitedAgain = withCallLimit(withFeatures, { maxConcurrentCalls: 1, maxQueuedCalls: 10, maxWaitMs: 60_000 })
    const run = inner.onCall
    inner.onCall = async (key, args, context) => {
      if (key !== 'asking') return run(key, args, context)
      expect([context.client?.id, context.client?.capabilities]).toEqual(['c', { elicitation: {} }])
      const said = await context.client?.ask('elicitation/create', { message: 'sure?' }, { signal: never })
      return textResult(String(said?.action))
    }
    const asking = limitedAgain.call('asking', {}, { signal: never, client })
    await tick()
    const others = ['a', 'b'].map(key => limitedAgain.call(key, {}, { signal: never }))
    await tick()
    expect([asked, ends.length]).toEqual([['elicitation/create sure?'], 1])
    person.resolve({ action: 'accept' })
    expect((await asking).content[0]?.text).toBe('accept')
    // What it had is given back once.
    await tick()
    expect(ends).toHaveLength(1)
    ends[0]?.()
    await others[0]
    await tick()
    ends[1]?.()
    await others[1]
  })
})
