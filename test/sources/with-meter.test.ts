import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/core/errors.ts'
import { withMeter } from '../../src/sources/with-meter.ts'
import { fakeSource } from '../fakes/sources.ts'

const signal = new AbortController().signal

describe('a source with a meter', () => {
  it.each([
    ['a result', async () => ({ content: [] }), 'ok'],
    ["the tool's own failure", async () => ({ content: [], isError: true }), 'tool_error'],
    ['no result', () => Promise.reject(new GatewayError('SOURCE_TIMEOUT', 'late')), 'failed'],
    ['a fault', () => Promise.reject(new Error('bug')), 'failed'],
    ['a cancelled call', () => Promise.reject(new GatewayError('CANCELLED', 'gone')), 'cancelled'],
  ])('counts %s, and passes it on', async (_, outcome, counted) => {
    const seen: unknown[] = []
    const source = fakeSource('up', [{ name: 'a' }])
    source.onCall = outcome
    let now = 0
    const meter = { called: (...call: unknown[]) => void seen.push(call), answered: () => {} }
    const metered = withMeter(source, meter, () => (now += 7))
    const expected = await outcome().catch((error: unknown) => error)
    expect(await metered.call('a', {}, { signal }).catch((error: unknown) => error)).toEqual(expected)
    expect(seen).toEqual([['up', counted, 7]])
  })
})
