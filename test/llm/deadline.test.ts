import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { doneInTime, inTime } from '../../src/llm/deadline.ts'

const asItIs = (next: IteratorResult<number>): IteratorResult<number> => next

async function* count(): AsyncGenerator<number> {
  yield 1
  yield 2
}

const ways: [string, (events: AsyncIterableIterator<number>) => Promise<unknown>][] = [
  [
    'is read to its end',
    async events => {
      for await (const event of events) expect(event).toBeGreaterThan(0)
    },
  ],
  ['is left early', async events => [await events.next(), await events.return?.()]],
]

describe('an answer in time', () => {
  it.each(ways)('that %s has nothing left that listens to its caller', async (_, read) => {
    const { signal } = new AbortController()
    const events = inTime(60_000, signal, () => ({ events: count(), pass: asItIs }))
    await read(events)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  it('fails as what its events are made into does, and stops what still runs for it', async () => {
    const { signal } = new AbortController()
    let own: AbortSignal | undefined
    const events = inTime<number, number>(60_000, signal, its => {
      own = its
      return {
        events: count(),
        pass() {
          throw new Error('this cannot be told')
        },
      }
    })
    await expect(events.next()).rejects.toThrow('this cannot be told')
    expect(own?.aborted).toBe(true)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  it('that is left before its first event never begins', async () => {
    let begun = 0
    const events = inTime(60_000, new AbortController().signal, () => {
      begun += 1
      return { events: count(), pass: asItIs }
    })
    await events.return?.()
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect(begun).toBe(0)
  })

  it('is stopped with its caller, and says so', async () => {
    const caller = new AbortController()
    const work = doneInTime(60_000, caller.signal, 'The work', signal => {
      const aborted = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => aborted.reject(new Error('stopped')))
      return aborted.promise
    })
    caller.abort()
    await expect(work).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
  })
})
