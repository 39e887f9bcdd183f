import { describe, expect, it } from 'vitest'
import { textResult } from '../../src/core/tool.ts'
import { withCallLimit } from '../../src/sources/with-call-limit.ts'
import { fakeSource } from '../fakes/sources.ts'

const never = new AbortController().signal

function limited(maxConcurrentCalls: number, maxQueuedCalls: number) {
  const ends: (() => void)[] = []
  const inner = fakeSource('up')
  inner.onCall = key => new Promise(resolve => ends.push(() => resolve(textResult(key))))
  const source = withCallLimit(inner, { maxConcurrentCalls, maxQueuedCalls })
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

  it('fails at once when the queue is full, and says which limits those are', async () => {
    const { call, tick, ends } = limited(1, 1)
    const calls = [call('a'), call('b')]
    await tick()
    await expect(call('c')).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
      message: expect.stringMatching(
        /^"up" has 1 calls running \(maxConcurrentCalls\) and 1 waiting \(limits\.maxQueued/,
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
    const source = withCallLimit(inner, { maxConcurrentCalls: 1, maxQueuedCalls: 1 })
    inner.onCall = () => new Promise(() => {})
    void source.call('a', {}, { signal: never })
    const read = source.features?.request('resources/read', {}, { signal: AbortSignal.timeout(20) })
    expect(await source.list({ signal: never })).toHaveLength(1)
    await expect(read).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(requests).toEqual([])
  })
})
