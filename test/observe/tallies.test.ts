import { describe, expect, it } from 'vitest'
import { bucketsMs, openTallies } from '../../src/observe/tallies.ts'

describe('tallies', () => {
  it('count a call in the first bucket that it fits into, and in none past the last', () => {
    const tallies = openTallies()
    for (const ms of [0, 5, 5.1, 60_000, 60_001]) tallies.called('up', 'ok', ms)
    const { buckets, count, sumMs } = tallies.calls.get('up') ?? { buckets: [] }
    expect([buckets[0], buckets[1], buckets[bucketsMs.length - 1], count, sumMs]).toEqual([2, 1, 1, 5, 120_011.1])
  })

  it('sum what models take, and count the turns whose cost nobody knows', () => {
    const tallies = openTallies()
    tallies.spent('m', { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 }, 0.5)
    tallies.spent('m', { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 }, undefined)
    expect(Object.fromEntries(tallies.models)).toEqual({
      m: { tokens: { input: 2, output: 4, cacheRead: 6, cacheWrite: 8 }, cost: 0.5, unpriced: 1 },
    })
  })

  it('count answers by the class of their status', () => {
    const tallies = openTallies()
    for (const status of [200, 202, 404, 503]) tallies.answered('mcp', status)
    expect([...(tallies.doors.get('mcp') ?? [])]).toEqual([
      [2, 2],
      [4, 1],
      [5, 1],
    ])
  })
})
