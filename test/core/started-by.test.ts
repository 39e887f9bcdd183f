import { describe, expect, it } from 'vitest'
import { startedBy } from '../../src/core/started-by.ts'

async function* count(): AsyncGenerator<number> {
  yield 1
  yield 2
}

describe('startedBy', () => {
  it('begins when the first event is asked for, and only once', async () => {
    let begun = 0
    const events = startedBy(async () => {
      begun += 1
      const all = count()
      return { events: all, first: await all.next() }
    })
    expect(begun).toBe(0)
    const seen: number[] = []
    for await (const event of events) seen.push(event)
    expect(seen).toEqual([1, 2])
    expect(begun).toBe(1)
  })

  it('that is left before it began never begins', async () => {
    let begun = 0
    const events = startedBy<number>(async () => {
      begun += 1
      return { events: count(), first: { done: true, value: undefined } }
    })
    await events.return?.()
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect(begun).toBe(0)
  })

  it('ends what it began when it is left', async () => {
    let isEnded = false
    const inner = (async function* () {
      try {
        yield 1
        yield 2
      } finally {
        isEnded = true
      }
    })()
    const events = startedBy(async () => ({ events: inner, first: await inner.next() }))
    for await (const event of events) {
      expect(event).toBe(1)
      break
    }
    expect(isEnded).toBe(true)
  })

  it('ends what has begun too late for who has left', async () => {
    const begun = Promise.withResolvers<void>()
    let isEnded = false
    const inner = (async function* () {
      try {
        yield 1
      } finally {
        isEnded = true
      }
    })()
    const events = startedBy(async () => {
      await begun.promise
      return { events: inner, first: await inner.next() }
    })
    const first = events.next()
    await events.return?.()
    begun.resolve()
    expect(await first).toEqual({ done: true, value: undefined })
    expect(isEnded).toBe(true)
  })

  it('that failed to begin does not begin again', async () => {
    let begun = 0
    const events = startedBy<number>(async () => {
      begun += 1
      throw new Error('it cannot begin')
    })
    await expect(events.next()).rejects.toThrow('it cannot begin')
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect(begun).toBe(1)
  })
})
