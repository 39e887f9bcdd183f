import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDeeperThan, isObject } from '../../src/core/json.ts'

describe('isObject', () => {
  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [null, false],
    [undefined, false],
    [[], false],
    ['text', false],
    [0, false],
    [false, false],
  ])('%j: %s', (value, expected) => {
    expect(isObject(value)).toBe(expected)
  })
})

describe('isDeeperThan', () => {
  it.each<[string, unknown, number]>([
    ['a scalar has no depth', 1, 0],
    ['null has no depth', null, 0],
    ['a flat object has depth 1', { a: 1, b: null }, 1],
    ['an empty list has depth 1', [], 1],
    ['the deepest branch counts', { a: [1], b: { c: [[]] } }, 4],
  ])('%s', (_, value, depth) => {
    expect(isDeeperThan(value, depth)).toBe(false)
    if (depth > 0) expect(isDeeperThan(value, depth - 1)).toBe(true)
  })

  it('does not overflow the stack where JSON.stringify would', () => {
    const value: unknown = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000))
    expect(isDeeperThan(value, 64)).toBe(true)
    expect(isDeeperThan(value, 200_000)).toBe(false)
  })

  it('agrees with a recursive measure', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map(child => depthOf(child)))
        : 0
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(6), (value, limit) => {
        expect(isDeeperThan(value, limit)).toBe(depthOf(value) > limit)
      }),
    )
  })
})
