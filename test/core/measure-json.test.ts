import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { passesBounds } from '../../src/core/measure-json.ts'

/** Long enough to be looked at. */
const long = (text: string): string => `${' '.repeat(70_000)}${text}`
const bounds = { maxDepth: 3, maxContainers: 5 }

describe('the bounds of a text', () => {
  it.each([
    ['[[[]]]', undefined],
    ['[[[[]]]]', 'maxDepth'],
    ['{"a":{"b":{"c":{}}}}', 'maxDepth'],
    ['[[],[],[],[]]', undefined],
    ['[[],[],[],[],[]]', 'maxContainers'],
    ['["[[[[", "{{{{", "\\"[[[[", "\\\\"]', undefined],
    ['["\\\\", [[[[]]]]]', 'maxDepth'],
    ['["\\\\\\"[[[[ "]', undefined],
    ['["no end [[[[', undefined],
    ['[[[[', 'maxDepth'],
    [']]]][[[]]]', undefined],
  ])('of %s are kept or not', (text, expected) => {
    expect(passesBounds(long(text), bounds)).toBe(expected)
  })

  it('are not looked at in a short text', () => {
    expect(passesBounds('[[[[]]]]', bounds)).toBeUndefined()
  })

  it('are those of the value, whatever stands in its strings', () => {
    const measure = (value: unknown): { depth: number; containers: number } => {
      if (typeof value !== 'object' || value === null) return { depth: 0, containers: 0 }
      const below = Object.values(value).map(measure)
      return {
        depth: 1 + Math.max(0, ...below.map(({ depth }) => depth)),
        containers: 1 + below.reduce((sum, { containers }) => sum + containers, 0),
      }
    }
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
        const { depth, containers } = measure(value)
        const text = long(JSON.stringify(value))
        expect(passesBounds(text, { maxDepth: depth, maxContainers: containers })).toBeUndefined()
        if (containers === 0) return
        expect(passesBounds(text, { maxDepth: depth - 1, maxContainers: containers })).toBe('maxDepth')
        expect(passesBounds(text, { maxDepth: depth, maxContainers: containers - 1 })).toBe('maxContainers')
      }),
    )
  })
})
