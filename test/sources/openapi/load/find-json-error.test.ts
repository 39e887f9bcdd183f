import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findJsonError } from '../../../../src/sources/openapi/load/find-json-error.ts'

describe('findJsonError', () => {
  it.each([
    ['nothing', '', 0, 'it ends where a value should follow'],
    ['an end inside a string', '{"a": "b', 8, 'it ends inside a string'],
    ['an end after a comma', '[1,', 3, 'it ends where a value should follow'],
    ['a comma too many in a list', '[1,]', 3, 'a value should stand here'],
    ['a comma too many in an object', '{"a":1,}', 7, 'a property name in double quotes should stand here'],
    ['a comma that is missing', '{"a":1 "b":2}', 7, 'a comma or "}" should stand here'],
    ['a closing bracket of the other kind', '{"a":[1}', 7, 'a comma or "]" should stand here'],
    ['single quotes', "{'a':1}", 1, 'a property name in double quotes, or "}", should stand here'],
    ['NaN', '{"a":NaN}', 5, 'a value should stand here'],
    ['a number with a leading zero', '[01]', 2, 'a comma or "]" should stand here'],
    ['an unknown escape', '["\\x"]', 2, 'a string holds an unknown escape'],
    ['a line break in a string', '["a\nb"]', 3, 'a string holds a control character'],
    ['a second value', '{} {}', 3, 'nothing more should stand here'],
  ])('finds %s', (_, text, offset, problem) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(findJsonError(text)).toEqual({ offset, problem })
  })

  it('agrees with JSON.parse on every text', () => {
    const damaged = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([text, at, change]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + change + text.slice(place + 1)
    })
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged, fc.string()), text => {
        expect(findJsonError(text) === undefined).toBe(isJson(text))
      }),
      { numRuns: 3_000 },
    )
  })

  it('takes depth and length as they come', () => {
    expect(findJsonError(`${'['.repeat(200_000)}x`)?.offset).toBe(200_000)
    expect(findJsonError(`["${'a'.repeat(5_000_000)}`)?.offset).toBe(5_000_002)
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
