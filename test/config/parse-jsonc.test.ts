import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { locate, parseJsonc } from '../../src/config/parse-jsonc.ts'

const parse = (text: string): unknown => parseJsonc(text, 'servers.json').value

describe('parseJsonc', () => {
  it.each<[string, string, unknown]>([
    ['plain JSON', '{"a": [1, -2.5e3, true, false, null, "x"]}', { a: [1, -2500, true, false, null, 'x'] }],
    ['line comments', '{ // one\n "a": 1 // two\n}// three', { a: 1 }],
    ['block comments', '/* a */{"a"/* b */:/* c\n */1/**/}/***/', { a: 1 }],
    ['commas after the last item', '{"a": [1, 2,], "b": 3,}', { a: [1, 2], b: 3 }],
    ['comment marks inside strings', '{"a": "http://x/*no*/", "b": "//\\"//"}', { a: 'http://x/*no*/', b: '//"//' }],
    ['commas and brackets inside strings', '{"a": ",]", "b": ",}"}', { a: ',]', b: ',}' }],
    ['a byte order mark', '\uFEFF{}', {}],
    ['escapes', '"\\u00e9\\n\\\\"', 'é\n\\'],
    ['keys of every object', '{"constructor": 1, "toString": 2}', { constructor: 1, toString: 2 }],
  ])('reads %s', (_, text, value) => {
    expect(parse(text)).toEqual(value)
  })

  it.each<[string, string, string]>([
    ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', '3:3: Not valid JSON: a comma or "}" is missing before this.'],
    ['a missing value', '{"a": }', '1:7: Not valid JSON: "}" stands where a value belongs.'],
    ['a missing colon', '{"a" 1}', '1:6: Not valid JSON: a colon is missing here.'],
    ['a key without quotes', '{a: 1}', '1:2: Not valid JSON: this is no string, number, true, false or null.'],
    ['single quotes', "{'a': 1}", '1:2: Not valid JSON: strings need double quotes.'],
    ['an open string', '{"a": "x}', '1:7: Not valid JSON: a string is not closed.'],
    ['a line break in a string', '{"a": "x\n"}', '1:7: Not valid JSON: a string is not closed, or holds a line break'],
    ['an open object', '{"a": 1', '1:8: Not valid JSON: it ends before a closing "}".'],
    ['an open comment', '{} /* x', '1:4: Not valid JSON: a comment is not closed.'],
    ['an empty file', ' \n', '2:1: Not valid JSON: it ends too early.'],
    ['two commas', '[1,,2]', '1:4: Not valid JSON: "," stands where a value belongs.'],
    ['only a comma', '[,]', '1:2: Not valid JSON: "," stands where a value belongs.'],
    ['text behind the end', '{}\r\n{}', '2:1: Not valid JSON: something stands behind the end of the document.'],
    ['a bad number', '[01]', '1:2: Not valid JSON: this is no string, number, true, false or null.'],
    ['a key given twice', '{"a": 1,\n "a": 2}', '2:2: Not valid JSON: this key stands twice in one object.'],
    ['a key that is a trap', '{"__proto__": 1}', '1:2: Not valid JSON: the key "__proto__" is not allowed.'],
    ['too much nesting', '['.repeat(100_000), '1:502: Not valid JSON: it nests deeper than 500 levels.'],
  ])('tells the place of %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(`servers.json:${message}`)
  })

  it('reads what JSON.parse reads, and remembers every place', () => {
    const json = fc.jsonValue().filter(value => !JSON.stringify(value).includes('__proto__'))
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(parse(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses what JSON.parse refuses, without comments and commas at the end', () => {
    const text = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', '"', ':', '1', '-', '.', 'e', '\\', 't', 'null', ' '),
    })
    fc.assert(
      fc.property(text, candidate => {
        const outcome = (read: (text: string) => unknown): unknown => {
          try {
            return { value: read(candidate) }
          } catch {
            return 'refused'
          }
        }
        const expected = outcome(JSON.parse)
        const got = outcome(parse)
        // A key given twice is the one thing we are stricter about.
        if (got !== 'refused' || !candidate.includes(':')) expect(got).toEqual(expected)
      }),
    )
  })
})

describe('locate', () => {
  it('finds keys and list items, and the nearest thing around what is missing', () => {
    const document = parseJsonc('{\n  "a": {\n    "b": [1,\n 2]}}', 'x')
    expect(locate(document, ['a', 'b'])).toMatchObject({ line: 3, column: 5 })
    expect(locate(document, ['a', 'b', 1])).toMatchObject({ line: 4, column: 2 })
    expect(locate(document, ['a', 'missing', 'c'])).toMatchObject({ line: 2, column: 3 })
    expect(locate(document, [])).toMatchObject({ line: 1, column: 1 })
  })
})
