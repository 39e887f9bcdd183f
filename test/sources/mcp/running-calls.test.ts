import { describe, expect, it } from 'vitest'
import { startClock } from '../../../src/sources/mcp/clock.ts'
import { StartedCall, whoseIs } from '../../../src/sources/mcp/running-calls.ts'
import { fakeClient } from '../../fakes/client-link.ts'

const clock = startClock(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, () => {})

/** Running calls, by the ids of their clients; `-` for a caller who has none. */
function calls(ids: string) {
  return [...ids].map(id => new StartedCall(id === '-' ? {} : { client: fakeClient(id) }, clock))
}

describe('a message that names no call belongs', () => {
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
    const running = calls(ids)
    expect(whoseIs(running)).toBe(typeof expected === 'number' ? running[expected] : expected)
  })
})

describe('the end of a call', () => {
  it('is seen by whoever looked before it, and by whoever looks after it', () => {
    const [early, late] = calls('ab')
    const before = early?.ended
    expect(before?.aborted).toBe(false)
    early?.finish()
    late?.finish()
    expect([before?.aborted, late?.ended.aborted]).toEqual([true, true])
  })
})
