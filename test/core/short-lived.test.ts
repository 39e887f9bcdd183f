import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shortLived } from '../../src/core/short-lived.ts'

const key = fc.oneof(
  fc.constantFrom<string | number>(1, '1', 's1', -1, '-1', 1.5, '1.5', 'sNaN', '__proto__', 'constructor', '', 2 ** 53),
  fc.string({ maxLength: 2 }),
  fc.nat(3),
)
const step = fc.tuple(fc.constantFrom('set', 'delete'), key)

describe('a short-lived map', () => {
  it.each([
    ['few entries', 0],
    ['many', 64],
    ['very many', 200],
  ])('holds what a Map would hold with %s', (_, before) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const map = new Map<string | number, number>(Array.from({ length: before }, (_, at) => [at % 9, at]))
        for (let at = 0; at < before; at += 1) map.set(`own ${at}`, at)
        const own = shortLived<number>()
        for (const [key, value] of map) own.set(key, value)
        for (const [index, [what, key]] of steps.entries()) {
          if (what === 'delete') expect(own.delete(key)).toBe(map.delete(key))
          else {
            own.set(key, index)
            map.set(key, index)
          }
          expect([own.get(key), own.has(key), own.size()]).toEqual([map.get(key), map.has(key), map.size])
        }
        expect(own.values().sort()).toEqual([...map.values()].sort())
      }),
    )
  })

  it('has nothing that was not put into it', () => {
    const own = shortLived()
    for (const key of ['__proto__', 'constructor', 'toString', 0])
      expect([own.has(key), own.get(key)]).toEqual([false, undefined])
  })
})
