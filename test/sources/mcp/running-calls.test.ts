import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startClock } from '../../../src/sources/mcp/clock.ts'
import type { RunningCall, Whose } from '../../../src/sources/mcp/running-call.ts'
import { keepRunningCalls } from '../../../src/sources/mcp/running-calls.ts'
import { fakeClient } from '../../fakes/client-link.ts'
import { never } from './helpers.ts'

/** Running calls, by the ids of their clients; `-` for a caller who has none. */
function open(ids: string, { maxWaiting = 10, ...more }: { maxWaiting?: number; taskId?: string } = {}) {
  const calls = keepRunningCalls({ askWaitMs: 10_000, lateAskMs: 2_000, maxWaiting })
  const timeouts: number[] = []
  let lastId = 0
  const begin = (id: string) => {
    lastId += 1
    const started = lastId
    const clock = startClock(1_000, 60_000, () => void timeouts.push(started))
    return calls.begin({ id: started, caller: id === '-' ? {} : { client: fakeClient(id) }, clock, ...more })
  }
  const running = [...ids].map(begin)
  const name = (whose: Whose): number | string => (typeof whose === 'string' ? whose : whose.id - 1)
  /** What a question is told, as soon as it is. */
  const ask = (taskId?: string, signal = never): { whose?: number | string } => {
    const answer: { whose?: number | string } = {}
    const found = calls.asker(taskId, signal)
    if (found instanceof Promise) void found.then(whose => (answer.whose = name(whose)))
    else answer.whose = name(found)
    return answer
  }
  return { calls, begin, running, name, ask, timeouts }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a notification that names no call belongs', () => {
  it.each([
    ['to nobody when none runs', '', 'idle'],
    ['to the only call', 'a', 0],
    ['to the last call of the only client', 'aaa', 2],
    ['to nobody when two clients have calls', 'ab', 'several'],
    ['to nobody when three calls are of two clients', 'aab', 'several'],
    ['to nobody when the only caller has no client', '-', 'clientless'],
    ['to nobody when a caller without a client is beside a client', 'a-', 'several'],
    ['to nobody when it is the other way round', '-a', 'several'],
    ['to nobody when two callers have no client', '--', 'several'],
  ])('%s', (_, ids, expected) => {
    const { calls, name } = open(ids)
    expect(name(calls.whose())).toBe(expected)
  })

  it.each([
    ['to the only client whose calls have just ended', 'aa', 1],
    ['to nobody when calls of two clients have', 'ab', 'several'],
    ['to nobody when they have in turn', 'aba', 'several'],
    ['to nobody when the one that has had no client', '-', 'clientless'],
  ])('%s, where none runs', (_, ids, expected) => {
    const { calls, running, name } = open(ids)
    for (const { finish } of running) finish(true)
    expect(name(calls.whose())).toBe(expected)
    vi.advanceTimersByTime(6_000)
    expect(calls.whose()).toBe('idle')
  })

  it('to the client of the call, whose link is not made for that where its id is known', () => {
    const { calls } = open('')
    const caller = (clientId: string) => ({
      clientId,
      get client(): never {
        throw new Error('it was made')
      },
    })
    const clock = startClock(1_000, 60_000, () => {})
    const [one, two, three] = ['a', 'a', 'b'].map((id, at) => calls.begin({ id: at, caller: caller(id), clock }))
    expect(calls.whose()).toBe('several')
    three?.finish(true)
    vi.advanceTimersByTime(6_000)
    expect(calls.whose()).toBe(two?.call)
    two?.finish(false)
    one?.finish(true)
    expect(calls.whose()).toBe(one?.call)
  })

  it('to the one client of late, when the other has long ended', () => {
    const { calls, running, name } = open('ab')
    running[0]?.finish(true)
    vi.advanceTimersByTime(6_000)
    running[1]?.finish(false)
    expect(name(calls.whose())).toBe(1)
  })
})

describe('a question that names no call belongs', () => {
  it.each([
    ['to nobody when none runs', '', 'idle'],
    ['to the only call', 'a', 0],
    ['to nobody when no caller has a client', '--', 'clientless'],
  ])('%s, at once', (_, ids, expected) => {
    expect(open(ids).ask().whose).toBe(expected)
  })

  it('to the call that is left when the others were answered, whoever came meanwhile', async () => {
    const { ask, running, begin } = open('abc')
    const asked = ask()
    begin('d')
    running[0]?.finish(true)
    await vi.advanceTimersByTimeAsync(100)
    expect(asked.whose).toBeUndefined()
    running[2]?.finish(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(asked.whose).toBe(1)
  })

  it('to nobody when the others were given up, since one of them may have asked', async () => {
    const { ask, running } = open('ab')
    const asked = ask()
    running[0]?.finish(false)
    await vi.advanceTimersByTimeAsync(9_900)
    expect(asked.whose).toBeUndefined()
    await vi.advanceTimersByTimeAsync(200)
    expect(asked.whose).toBe('several')
  })

  it('to the call that is left when another of its client was given up', async () => {
    const { ask, running } = open('aa')
    const asked = ask()
    running[0]?.finish(false)
    await vi.advanceTimersByTimeAsync(0)
    expect(asked.whose).toBe(1)
  })

  it.each([
    ['answered', true],
    ['given up', false],
  ])('to nobody just after the call of another client was %s, since a server may ask late', (_, answered) => {
    const { ask, running } = open('ab')
    running[0]?.finish(answered)
    vi.advanceTimersByTime(1_900)
    expect(ask().whose).toBe('several')
    vi.advanceTimersByTime(200)
    expect(ask().whose).toBe(1)
  })

  it.each([
    ['to the only call when the one that has just ended was of its client too', 'aa', [0], 1],
    ['to nobody when the one that has just ended had no client', '-a', [0], 'several'],
    ['to nobody when those that have just ended were of several clients', 'aba', [0, 1], 'several'],
    ['to nobody when neither of those that run is of the client whose call has just ended', 'abc', [0], 'several'],
    ['to nobody when all who may have asked have no client', '--', [0], 'clientless'],
  ])('%s', (_, ids, ended, expected) => {
    const { ask, running } = open(ids)
    for (const at of ended) running[at]?.finish(true)
    expect(ask().whose).toBe(expected)
  })

  it('to the call that is left when the one that ended before was of its client too', async () => {
    const { ask, running } = open('aab')
    running[0]?.finish(true)
    const asked = ask()
    expect(asked.whose).toBeUndefined()
    running[2]?.finish(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(asked.whose).toBe(1)
  })

  it('to nobody when the call that is left is not of the client whose call ended before', async () => {
    const { ask, running } = open('aab')
    running[0]?.finish(true)
    const asked = ask()
    running[1]?.finish(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(asked.whose).toBe('several')
  })

  it('to the only call, also of a server that has asked before any call', () => {
    const { ask, begin } = open('')
    expect(ask().whose).toBe('idle')
    begin('a').finish(true)
    vi.advanceTimersByTime(60_000)
    begin('b')
    expect(ask().whose).toBe(1)
  })

  it('to nobody but an only client, once the server has asked while none of its calls ran', () => {
    const { ask, begin, running } = open('a')
    running[0]?.finish(true)
    expect(ask().whose).toBe('idle')
    vi.advanceTimersByTime(60_000)
    const again = begin('a')
    expect(ask().whose).toBe(1)
    again.finish(true)
    vi.advanceTimersByTime(60_000)
    begin('b')
    expect(ask().whose).toBe('several')
  })

  it.each([
    ['to the last call when all are of one client', 'aaa', [], 2],
    ['to the last one whose client is not asked already', 'aaa', [2], 1],
    ['to the last one when the client is asked about all', 'aa', [0, 1], 1],
    ['to nobody when they are of several clients', 'aab', [], 'several'],
  ])('%s, after the longest wait', async (_, ids, busy, expected) => {
    const { ask, running } = open(ids)
    for (const at of busy) (running[at]?.call as RunningCall).asking = 1
    const asked = ask()
    await vi.advanceTimersByTimeAsync(9_900)
    expect(asked.whose).toBeUndefined()
    await vi.advanceTimersByTimeAsync(200)
    expect(asked.whose).toBe(expected)
  })

  it('to nobody when all who may have asked have ended, or it was cancelled', async () => {
    const { ask, running } = open('ab')
    const abort = new AbortController()
    const [ended, cancelled] = [ask(), ask(undefined, abort.signal)]
    abort.abort()
    await vi.advanceTimersByTimeAsync(0)
    expect([ended.whose, cancelled.whose]).toEqual([undefined, 'ended'])
    running[0]?.finish(false)
    running[1]?.finish(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(ended.whose).toBe('ended')
  })

  it('while it waits, the idle time of those who may have asked stands still', async () => {
    const { ask, timeouts, begin } = open('ab')
    ask()
    begin('c')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(timeouts).toEqual([3])
    await vi.advanceTimersByTimeAsync(7_000)
    expect(timeouts).toEqual([3, 1, 2])
  })

  it('to nobody at once when too many wait already', () => {
    const { ask } = open('ab', { maxWaiting: 1 })
    expect([ask().whose, ask().whose]).toEqual([undefined, 'several'])
  })

  it('to the call about the task that it names, and to no other', () => {
    const { calls, ask } = open('a', { taskId: 't' })
    calls.begin({ id: 9, caller: { client: fakeClient('b') }, clock: startClock(1, 1, () => {}) })
    expect([ask('t').whose, ask('u').whose]).toEqual([0, 'ended'])
  })
})

describe('the end of a call', () => {
  it('is seen by whoever looked before it, and by whoever looks after it', () => {
    const [early, late] = open('ab').running
    const before = early?.call.ended
    expect(before?.aborted).toBe(false)
    early?.finish(true)
    late?.finish(true)
    expect([before?.aborted, late?.call.ended.aborted]).toEqual([true, true])
  })
})
