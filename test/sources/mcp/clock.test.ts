import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startClock } from '../../../src/sources/mcp/clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

type Act = 'touch' | 'hold' | 'release' | 'stop'

/** Runs a clock of 100 ms idle and 250 ms in all. @returns when it ran out, and which time that was */
function run(acts: Readonly<Record<number, Act>>, [idleMs, hardMs] = [100, 250]): unknown[] {
  const out: unknown[] = []
  const started = performance.now()
  const clock = startClock(idleMs, hardMs, ms => out.push([Math.round(performance.now() - started), ms]))
  for (const [at, act] of Object.entries(acts)) {
    vi.advanceTimersByTime(Number(at) - (performance.now() - started))
    clock[act]()
  }
  vi.advanceTimersByTime(2_000)
  return out.slice(0, 1)
}

describe('the time of a request', () => {
  it.each<[string, Record<number, Act>, unknown[]]>([
    ['runs out when nothing is heard', {}, [[100, 100]]],
    ['begins anew with each sign of life', { 60: 'touch', 120: 'touch' }, [[220, 100]]],
    ['ends at the hard limit all the same', { 60: 'touch', 120: 'touch', 180: 'touch', 240: 'touch' }, [[250, 250]]],
    ['stands still while it is held', { 50: 'hold', 140: 'release' }, [[240, 100]]],
    ['is held until everyone has let go', { 50: 'hold', 60: 'hold', 100: 'release', 130: 'release' }, [[230, 100]]],
    ['is never held past the hard limit', { 50: 'hold' }, [[250, 250]]],
    ['never runs out once it is stopped', { 50: 'hold', 60: 'stop', 70: 'release' }, []],
  ])('%s', (_, acts, expected) => {
    expect(run(acts)).toEqual(expected)
  })

  it.each([
    ['the hard limit is the shorter one', [500, 200], [[200, 200]]],
    ['there is none', [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], []],
  ])('%s', (_, times, expected) => {
    expect(run({}, times as [number, number])).toEqual(expected)
  })
})
