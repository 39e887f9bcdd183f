import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDeeperThan, isObject } from '../../../../src/core/json.ts'
import { skimJson } from '../../../../src/sources/openapi/load/skim-json.ts'

const skim = (text: string, maxDepth = 100) => skimJson(Buffer.from(text), maxDepth)

/** What the parser makes of a text; undefined where it is no object. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** As text, so that the order of keys counts too; a member that is made late is made by this. */
const written = (value: unknown) => JSON.stringify(value)

const long = fc.string({ minLength: 500, maxLength: 700, unit: 'grapheme' })
const names = fc.oneof(fc.constantFrom('paths', '/a', 'get', '__proto__', '7', 'a"b', 'ä', ''), fc.string())
const { value: values } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.oneof(long, fc.string({ unit: 'grapheme' }), fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(names, tie('value')), { maxLength: 5 }).map(entries => {
    const made: Record<string, unknown> = {}
    for (const [key, value] of entries)
      Object.defineProperty(made, key, { value, enumerable: true, writable: true, configurable: true })
    return made
  }),
}))
const documents = fc.dictionary(names, values, { maxKeys: 4 })

describe('a document that is skimmed', () => {
  it('is what the parser makes of it', () => {
    fc.assert(
      fc.property(documents, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space)
        expect(written(skim(text))).toBe(written(JSON.parse(text)))
      }),
    )
  })

  it('is refused wherever the parser refuses it, and nowhere else', () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.constantFrom(...'{}[]",:\\u0e-.1tn \n\u0001ä'))
    fc.assert(
      fc.property(documents, fc.array(change, { minLength: 1, maxLength: 3 }), (value, changes) => {
        let text = JSON.stringify(value)
        for (const [where, length, put] of changes) {
          const at = where % text.length
          text = text.slice(0, at) + put + text.slice(at + length)
        }
        // Half of a pair is no UTF-8.
        const whole = text.toWellFormed()
        expect(written(skim(whole))).toBe(written(parse(whole)))
      }),
      { numRuns: 300 },
    )
  })

  it('is refused from the depth on that it is refused from elsewhere', () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 8 }), (value, maxDepth) => {
        const text = JSON.stringify(value)
        expect(skim(text, maxDepth) === undefined).toBe(isDeeperThan(JSON.parse(text), maxDepth))
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['an array', '[]'],
    ['one that is cut off', '{"a":{"b":'],
    ['more behind it', '{} {}'],
    ['an error deep in what nobody looks at', `{"x-webhooks":{"a":{"post":{"filler":"${'x'.repeat(600)}","bad":01}}}}`],
    ['a line break in a string', '{"a":"\n"}'],
    ['a comma too many', '{"a":[1,]}'],
    ['another white space', '{\u00a0}'],
  ])('is refused: %s', (_, text) => {
    expect(skim(text)).toBeUndefined()
  })

  it.each([
    ['a small one after a large one', `{"a":{"b":{"c":{"x":"${'x'.repeat(600)}"},"c":null}}}`],
    ['a large one after a small one', `{"a":{"b":{"c":null,"c":{"x":"${'x'.repeat(600)}"}}}}`],
    ['two large ones', `{"a":{"b":{"c":["${'x'.repeat(600)}"],"c":{"x":"${'x'.repeat(600)}"}}}}`],
  ])('has the last of two members of one name: %s', (_, text) => {
    expect(written(skim(text))).toBe(written(JSON.parse(text)))
  })

  it('makes large members when they are looked at, and then for good', () => {
    const operation = { tags: ['a'], responses: { 200: { description: 'x'.repeat(600) } } }
    const schema = { title: 'x'.repeat(600) }
    const read = skim(JSON.stringify({ paths: { '/a': { get: operation } }, components: { schemas: { A: schema } } }))
    const { paths, components } = read as Record<string, Record<string, Record<string, object>>>
    const get = paths?.['/a']?.get ?? {}
    const schemas = components?.schemas ?? {}
    for (const [owner, name, value] of [
      [get, 'responses', operation.responses],
      [schemas, 'A', schema],
    ] as const) {
      expect(Object.getOwnPropertyDescriptor(owner, name)?.get).toBeTypeOf('function')
      const made = Reflect.get(owner, name)
      expect(made).toEqual(value)
      expect(Reflect.get(owner, name)).toBe(made)
    }
    expect(Object.getOwnPropertyDescriptor(get, 'tags')?.value).toEqual(['a'])
  })
})
