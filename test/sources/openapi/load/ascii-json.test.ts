import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asciiJson } from '../../../../src/sources/openapi/load/ascii-json.ts'

const inAscii = (text: string): string | undefined => asciiJson(Buffer.from(text))

describe('a JSON text in ASCII', () => {
  it('means the same', () => {
    const value = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(value, fc.nat(40_000), (value, padding) => {
        const text = JSON.stringify({ pad: 'x'.repeat(padding), ...value, last: '…' })
        // What stands right behind a backslash is left to a parser that sees it as it is.
        fc.pre(!/\\\P{ASCII}/u.test(text))
        const ascii = inAscii(text)
        expect(ascii).toMatch(/^\p{ASCII}*$/u)
        expect(JSON.parse(ascii ?? '')).toEqual(JSON.parse(text))
      }),
    )
  })

  it('is made across the places where it is looked at in steps', () => {
    for (let before = 16_380; before < 16_388; before += 1) {
      const text = JSON.stringify(`${'x'.repeat(before)}é😀`)
      expect(JSON.parse(inAscii(text) ?? '')).toBe(JSON.parse(text))
    }
  })

  it.each([
    ['an escape that JSON does not know stays one', '"a\\é"'],
    ['a text with much of it is not worth it', `"${'é x'.repeat(10_001)}"`],
  ])('%s', (_, text) => {
    expect(inAscii(text)).toBeUndefined()
  })
})
