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
})
