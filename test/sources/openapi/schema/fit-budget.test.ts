import { Ajv2020 } from 'ajv/dist/2020.js'
import { property, record, string, uniqueArray, assert as verify } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/core/json.ts'
import { fitToBudget } from '../../../../src/sources/openapi/schema/fit-budget.ts'

const text = (length: number) => 'x'.repeat(length)
const root = (properties: object, rest: object = {}): JsonObject => ({ type: 'object', properties, ...rest })
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

/** What each cut leaves of one schema, by the budget that asks for it. */
function shorten(schema: JsonObject, maxBytes: number): Readonly<{ schema: JsonObject; cuts: readonly string[] }> {
  const fitted = fitToBudget(schema, maxBytes)
  if (fitted === undefined) throw new Error('It must fit.')
  return fitted
}

describe('a schema over its budget', () => {
  it('is returned as it is when it fits', () => {
    const schema = root({ a: { type: 'string', description: 'short' } })
    expect(shorten(schema, 1_000)).toEqual({ schema, cuts: [] })
    expect(shorten(schema, 1_000).schema).toBe(schema)
  })

  it('loses defaults and titles first', () => {
    const schema = root({ a: { type: 'string', description: 'kept', default: text(300), title: text(300) } })
    expect(shorten(schema, 200)).toEqual({
      schema: root({ a: { type: 'string', description: 'kept' } }),
      cuts: ['defaults'],
    })
  })

  it('keeps a property that is called "default" or "title"', () => {
    const schema = root({ default: { type: 'string', default: text(300) }, title: { type: 'string' } })
    expect(Object.keys(shorten(schema, 200).schema.properties as object)).toEqual(['default', 'title'])
  })

  it('then loses descriptions far down, before those of the arguments', () => {
    const deep = { type: 'object', description: 'near', properties: { c: { description: text(400) } } }
    const schema = root({ a: { type: 'object', description: 'top', properties: { b: deep } } })
    const { schema: shorter, cuts } = shorten(schema, 300)
    expect(cuts).toEqual(['deep descriptions'])
    expect(JSON.stringify(shorter)).toContain('top')
    expect(JSON.stringify(shorter)).toContain('near')
  })

  it('then those of definitions', () => {
    const schema = root({ a: { $ref: '#/$defs/A' } }, { $defs: { A: { type: 'string', description: text(400) } } })
    expect(shorten(schema, 200)).toEqual({
      schema: root({ a: { $ref: '#/$defs/A' } }, { $defs: { A: { type: 'string' } } }),
      cuts: ['definition descriptions'],
    })
  })

  it('then whole schemas from the deepest level up, with their definitions', () => {
    const wide = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`property${at}`, { type: 'string' }]))
    const schema = root(
      { a: { type: 'object', properties: { b: { $ref: '#/$defs/Wide' } } }, c: { type: 'integer' } },
      { $defs: { Wide: { type: 'object', properties: wide } } },
    )
    expect(shorten(schema, 300)).toEqual({
      schema: root({
        a: { type: 'object', properties: { b: { description: 'Wide' } } },
        c: { type: 'integer' },
      }),
      cuts: ['deep schemas'],
    })
  })

  it('keeps as many levels as fit', () => {
    let nested: object = { type: 'string' }
    for (let level = 0; level < 20; level += 1) nested = { type: 'object', properties: { [`level${level}`]: nested } }
    const { schema } = shorten(root({ a: nested }), 400)
    const levels = JSON.stringify(schema).split('level').length - 1
    expect(levels).toBeGreaterThan(5)
    expect(levels).toBeLessThan(15)
  })

  it('in the end keeps names and types, the required ones first', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, at) => [`parameter${at}`, { type: 'string', enum: [text(20)] }]),
    )
    const { schema, cuts } = shorten(root(properties, { required: ['parameter4999'] }), 8_000)
    expect(cuts.at(-1)).toBe('all but the names')
    expect(schema.properties).toMatchObject({ parameter0: { type: 'string' }, parameter4999: { type: 'string' } })
    expect(schema.additionalProperties).toBe(true)
  })

  it('is given up when even the required names are too long', () => {
    const properties = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`parameter${at}`, {}]))
    expect(fitToBudget(root(properties, { required: Object.keys(properties) }), 2_000)).toBeUndefined()
  })

  it('stays valid where definitions go in circles', () => {
    const node = { type: 'object', properties: { next: { $ref: '#/$defs/Node' }, text: { enum: [text(900)] } } }
    const { schema } = shorten(root({ a: { $ref: '#/$defs/Node' } }, { $defs: { Node: node } }), 400)
    expect(bytes(schema)).toBeLessThanOrEqual(400)
    expect(new Ajv2020({ strict: false }).compile(schema)({ a: { next: { next: {} } } })).toBe(true)
  })

  it('never accepts less than before, and always fits', () => {
    const values = uniqueArray(string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }), {
      minLength: 1,
      maxLength: 20,
    })
    verify(
      property(record({ names: values }), ({ names }) => {
        const properties = Object.fromEntries(names.map(name => [`p${name}`, deepSchema(name)]))
        const schema = root(properties, { required: [`p${names[0]}`] })
        const fitted = fitToBudget(schema, 400)
        if (fitted === undefined) return
        expect(bytes(fitted.schema)).toBeLessThanOrEqual(400)
        const accepts = new Ajv2020({ strict: false }).compile(fitted.schema)
        const example = Object.fromEntries(names.map(name => [`p${name}`, { deep: [{ text: name }] }]))
        expect(accepts(example)).toBe(true)
      }),
    )
  })
})

function deepSchema(name: string): object {
  const item = { type: 'object', properties: { text: { const: name, description: text(50) } }, required: ['text'] }
  return { type: 'object', properties: { deep: { type: 'array', items: item } }, required: ['deep'] }
}
