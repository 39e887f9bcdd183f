import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { createInliner } from '../../../../src/sources/openapi/schema/inline-definitions.ts'

const ref = (name: string, beside: object = {}) => ({ $ref: `#/$defs/${name}`, ...beside })
const root = (properties: object, $defs: object) => ({ type: 'object', properties, $defs })
/** A schema too long to be repeated. */
const long = { type: 'object', properties: { text: { type: 'string', description: 'x'.repeat(600) } } }
const small = { type: 'string', maxLength: 3 }

describe('definitions in the mode auto', () => {
  const inline = createInliner('auto')

  it.each([
    [
      'a small one is written in place wherever it is used',
      root({ a: ref('S'), b: ref('S') }, { S: small }),
      { type: 'object', properties: { a: small, b: small } },
    ],
    [
      'a long one that is used once is written in place',
      root({ a: ref('L') }, { L: long }),
      { type: 'object', properties: { a: long } },
    ],
    [
      'a long one that is used twice stays',
      root({ a: ref('L'), b: ref('L') }, { L: long }),
      root({ a: ref('L'), b: ref('L') }, { L: long }),
    ],
    [
      'one that contains itself stays',
      root({ a: ref('T') }, { T: { properties: { next: ref('T') } } }),
      root({ a: ref('T') }, { T: { properties: { next: ref('T') } } }),
    ],
    [
      'so do those that contain each other, and what is small inside them is written in place',
      root({ a: ref('A') }, { A: { items: ref('B') }, B: { anyOf: [ref('A'), ref('S')] }, S: small }),
      root({ a: ref('A') }, { A: { items: ref('B') }, B: { anyOf: [ref('A'), small] } }),
    ],
    [
      'a text beside the reference wins over that of the definition',
      root({ a: ref('S', { description: 'here' }) }, { S: { ...small, description: 'there' } }),
      { type: 'object', properties: { a: { ...small, description: 'here' } } },
    ],
    [
      'anything else beside the reference holds as well',
      root({ a: ref('S', { maxLength: 2 }) }, { S: small }),
      { type: 'object', properties: { a: { allOf: [small, { maxLength: 2 }] } } },
    ],
    [
      'a schema that allows nothing goes on allowing nothing',
      root({ a: ref('N'), b: ref('Y') }, { N: false, Y: true }),
      { type: 'object', properties: { a: { not: {} }, b: {} } },
    ],
  ])('%s', (_, schema, expected) => {
    expect(inline(schema)).toEqual(expected)
  })

  it('returns a schema without definitions as it is', () => {
    const plain = { type: 'object', properties: { a: small } }
    expect(inline(plain)).toBe(plain)
  })

  it('keeps what nothing changed in one object for every tool', () => {
    const inliner = createInliner('auto')
    const shared = { L: long }
    const first = inliner(root({ a: ref('L'), b: ref('L') }, shared)) as unknown as { $defs: { L: object } }
    const second = inliner(root({ c: ref('L'), d: ref('L') }, shared)) as unknown as { $defs: { L: object } }
    expect(first.$defs.L).toBe(long)
    expect(second.$defs.L).toBe(long)
  })

  it('does not grow where each definition uses the next one twice', () => {
    const $defs: Record<string, object> = { L0: small }
    for (let level = 1; level <= 60; level += 1) {
      $defs[`L${level}`] = { properties: { a: ref(`L${level - 1}`), b: ref(`L${level - 1}`) } }
    }
    const text = JSON.stringify(createInliner('auto')(root({ x: ref('L60') }, $defs)))
    expect(text.length).toBeLessThan(20_000)
  })

  it('looks into no chain of thousands', () => {
    const $defs: Record<string, object> = {}
    for (let link = 0; link < 20_000; link += 1) $defs[`L${link}`] = { items: ref(`L${link + 1}`) }
    $defs.L20000 = small
    const chain = root({ x: ref('L0') }, $defs)
    expect(createInliner('auto')(chain)).toEqual(chain)
  })
})

describe('definitions in other modes', () => {
  const tree = root(
    { a: ref('T') },
    { T: { type: 'object', properties: { next: ref('T'), value: ref('S') } }, S: small },
  )

  it('refs keeps all of them', () => {
    expect(createInliner('refs')(tree)).toBe(tree)
  })

  it('inline writes out all of them, and a circle three times', () => {
    const written = createInliner('inline')(tree)
    const text = JSON.stringify(written)
    expect(text).not.toContain('$ref')
    expect(text.split('"next"').length - 1).toBe(3)
    const accepts = new Ajv2020({ strict: false }).compile(written)
    expect(accepts({ a: { value: 'abc', next: { next: { next: { next: 1 } } } } })).toBe(true)
    expect(accepts({ a: { next: { value: 'abcd' } } })).toBe(false)
  })

  it('inline falls back to definitions where everything would be too long', () => {
    const $defs: Record<string, object> = { L0: long }
    for (let level = 1; level <= 30; level += 1) {
      $defs[`L${level}`] = { properties: { a: ref(`L${level - 1}`), b: ref(`L${level - 1}`) } }
    }
    const written = JSON.stringify(createInliner('inline')(root({ x: ref('L30') }, $defs)))
    expect(written).toContain('$ref')
    expect(written.length).toBeLessThan(50_000)
  })
})
