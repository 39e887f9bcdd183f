import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { isObject } from '../../../src/core/json.ts'
import { toGeminiSchema } from '../../../src/providers/gemini/gemini-schema.ts'

const objectOf = (x: unknown): JsonObject => ({ type: 'object', properties: { x }, required: ['x'] })
const writeX = (x: unknown, root: object = {}): unknown =>
  (toGeminiSchema({ ...objectOf(x), ...root }).properties as JsonObject).x

describe('a schema for Gemini', () => {
  it.each<[string, unknown, unknown]>([
    ['types are written as Google names them', { type: 'string' }, { type: 'STRING' }],
    ['a list of types with null is nullable', { type: ['string', 'null'] }, { type: 'STRING', nullable: true }],
    [
      'a list of types is anyOf, which stands alone (Portkey#1203)',
      { type: ['string', 'integer'], description: 'Which.' },
      { anyOf: [{ type: 'STRING', description: 'Which.' }, { type: 'INTEGER' }] },
    ],
    [
      'a list of types with an object keeps properties in its branch (vercel/ai#19000)',
      { type: ['null', 'object'], properties: { a: { type: 'string' } }, required: ['a'] },
      { type: 'OBJECT', properties: { a: { type: 'STRING' } }, required: ['a'], nullable: true },
    ],
    [
      'anyOf with null is nullable',
      { anyOf: [{ type: 'number' }, { type: 'null' }] },
      { type: 'NUMBER', nullable: true },
    ],
    [
      'oneOf is anyOf, and what is said of all is told in the first branch',
      { description: 'Both.', oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
      {
        anyOf: [
          { type: 'STRING', description: 'Both.' },
          { type: 'ARRAY', items: { type: 'STRING' } },
        ],
      },
    ],
    ['anyOf beside a type is left out', { type: 'string', anyOf: [{ minLength: 1 }] }, { type: 'STRING' }],
    [
      'alternatives of an object become properties that may be there',
      {
        type: 'object',
        properties: { a: { type: 'string' } },
        oneOf: [{ properties: { b: { type: 'number' } }, required: ['b'] }, { required: ['a'] }],
      },
      { type: 'OBJECT', properties: { b: { type: 'NUMBER' }, a: { type: 'STRING' } } },
    ],
    [
      'allOf is merged',
      {
        allOf: [{ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }, { properties: { b: {} } }],
      },
      { type: 'OBJECT', properties: { b: expect.anything(), a: { type: 'STRING' } }, required: ['a'] },
    ],
    ['const is an enum of one', { const: 'a' }, { type: 'STRING', enum: ['a'] }],
    ['an enum of numbers is told', { enum: [1, 2] }, { type: 'NUMBER', description: 'One of: 1, 2.' }],
    ['an enum holds no empty text', { type: 'string', enum: ['', 'a', 'a'] }, { type: 'STRING', enum: ['a'] }],
    [
      'exclusive bounds of whole numbers are bounds',
      { type: 'integer', exclusiveMinimum: 0, maximum: 9 },
      { type: 'INTEGER', minimum: 1, maximum: 9 },
    ],
    [
      'exclusive bounds of other numbers are told',
      { type: 'number', exclusiveMinimum: 0 },
      { type: 'NUMBER', description: 'More than 0.' },
    ],
    [
      'formats that Google refuses are told',
      { type: 'string', format: 'uuid', description: 'Id.' },
      { type: 'STRING', description: 'Id. Format: uuid.' },
    ],
    ['a time stays one', { type: 'string', format: 'date-time' }, { type: 'STRING', format: 'date-time' }],
    [
      'patterns, lengths and defaults are told',
      { type: 'string', pattern: '^a+$', minLength: 1, maxLength: 9, default: 'a' },
      { type: 'STRING', description: 'Pattern: ^a+$ 1 to 9 characters. Default: "a".' },
    ],
    [
      'counts of items are told, since a sum of maxItems fails the request (python-genai#2170)',
      { type: 'array', items: { type: 'string' }, maxItems: 1_000 },
      { type: 'ARRAY', description: 'At most 1000 items.', items: { type: 'STRING' } },
    ],
    [
      'additionalProperties, propertyNames, $schema and strict are gone (Portkey#837)',
      { type: 'object', $schema: 'x', strict: true, propertyNames: {}, additionalProperties: { type: 'string' } },
      { type: 'OBJECT', description: 'Further keys hold string values.' },
    ],
    [
      'a property may be named like a keyword',
      {
        type: 'object',
        properties: { properties: { type: 'string' }, $ref: { type: 'string' }, type: { type: 'string' } },
      },
      {
        type: 'OBJECT',
        properties: { properties: { type: 'STRING' }, $ref: { type: 'STRING' }, type: { type: 'STRING' } },
      },
    ],
    [
      'required names only properties that are there',
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a', 'b', 'a'] },
      { type: 'OBJECT', properties: { a: { type: 'STRING' } }, required: ['a'] },
    ],
    [
      'a type is found where none is given',
      { properties: { a: { pattern: 'x' } } },
      { type: 'OBJECT', properties: { a: { type: 'STRING', description: 'Pattern: x' } } },
    ],
    ['properties on what is no object are left out', { type: 'string', properties: { a: {} } }, { type: 'STRING' }],
    ['only null is a text that may be null', { type: 'null' }, { type: 'STRING', nullable: true }],
  ])('%s', (_, schema, written) => {
    expect(writeX(schema)).toEqual(written)
  })

  it('lets a schema that allows anything be any type, since each must have one', () => {
    for (const any of [{}, true, { description: 'Any.' }, { not: {} }, { $ref: 'https://elsewhere/x' }]) {
      const types = (writeX(any) as { anyOf: { type: string }[] }).anyOf.map(({ type }) => type)
      expect(types).toEqual(['STRING', 'NUMBER', 'BOOLEAN', 'OBJECT', 'ARRAY'])
    }
    expect(writeX({ type: 'array' })).toMatchObject({ type: 'ARRAY', items: { anyOf: expect.any(Array) } })
  })

  it('puts references in place, and cuts those that lead back to themselves', () => {
    const $defs = {
      name: { type: 'string', description: 'A name.' },
      tree: {
        type: 'object',
        properties: { name: { $ref: '#/$defs/name' }, children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
      },
      loop: { $ref: '#/$defs/loop' },
      pair: { allOf: [{ $ref: '#/$defs/pair' }] },
    }
    expect(writeX({ $ref: '#/$defs/name' }, { $defs })).toEqual({ type: 'STRING', description: 'A name.' })
    expect(writeX({ $ref: '#/$defs/tree' }, { $defs })).toEqual({
      type: 'OBJECT',
      properties: {
        name: { type: 'STRING', description: 'A name.' },
        children: { type: 'ARRAY', items: { type: 'OBJECT' } },
      },
    })
    for (const name of ['loop', 'pair', 'none'])
      expect(() => writeX({ $ref: `#/$defs/${name}` }, { $defs })).not.toThrow()
  })

  it('keeps a function without parameters an object, which mode ANY wants (python-genai#981)', () => {
    for (const empty of [{}, { type: 'object' }, { type: 'object', properties: {} }, { type: 'null' }]) {
      expect(toGeminiSchema(empty)).toEqual({ type: 'OBJECT', properties: {} })
    }
  })

  it('flattens combinators at the root', () => {
    const branch = (key: string): object => ({
      type: 'object',
      properties: { [key]: { type: 'string' } },
      required: [key, 'c'],
    })
    expect(toGeminiSchema({ oneOf: [branch('a'), branch('b')], properties: { c: { type: 'string' } } })).toEqual({
      type: 'OBJECT',
      properties: { a: { type: 'STRING' }, b: { type: 'STRING' }, c: { type: 'STRING' } },
      required: ['c'],
    })
  })

  it('holds bounds on depth and size', () => {
    let deep: JsonObject = { type: 'string' }
    for (let level = 0; level < 200; level += 1) deep = { type: 'array', items: deep }
    expect(JSON.stringify(toGeminiSchema(objectOf(deep))).length).toBeLessThan(2_000)
    const twice = (name: string): JsonObject => ({
      type: 'object',
      properties: { l: { $ref: `#/$defs/${name}` }, r: { $ref: `#/$defs/${name}` } },
    })
    const $defs = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`d${at}`, twice(`d${at + 1}`)]))
    expect(JSON.stringify(toGeminiSchema({ ...twice('d0'), $defs })).length).toBeLessThan(200_000)
  })

  it('is total: allowed keywords only, whatever it is given; never changes what it is given; and is done after once', () => {
    fc.assert(
      fc.property(schemas, schema => {
        const before = JSON.stringify(schema)
        const written = toGeminiSchema(schema)
        expect(JSON.stringify(schema)).toBe(before)
        expectAllowed(written)
        expect(written.type).toBe('OBJECT')
        expect(written.properties).toBeTypeOf('object')
        const again = toGeminiSchema(JSON.parse(JSON.stringify(written)) as JsonObject)
        expect(isDeepStrictEqual(plain(again), plain(written)), JSON.stringify([written, again])).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it('is total for values that are no schema at all', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), value => expectAllowed(toGeminiSchema(value))))
  })
})

const keywords: Readonly<Record<string, (value: unknown) => boolean>> = {
  type: value => ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT'].includes(String(value)),
  description: value => typeof value === 'string' && value !== '',
  nullable: value => value === true,
  enum: value =>
    Array.isArray(value) && value.length > 0 && value.every(each => typeof each === 'string' && each !== ''),
  format: value => ['date-time', 'float', 'double', 'int32', 'int64'].includes(String(value)),
  minimum: Number.isFinite,
  maximum: Number.isFinite,
  items: isObject,
  properties: isObject,
  required: Array.isArray,
  anyOf: value => Array.isArray(value) && value.length > 1,
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function expectAllowed(node: JsonObject): void {
  for (const [key, value] of Object.entries(node)) {
    expect(Object.hasOwn(keywords, key) && keywords[key]?.(value), `${key}: ${JSON.stringify(value)}`).toBe(true)
  }
  if (node.anyOf !== undefined) expect(Object.keys(node)).toEqual(['anyOf'])
  else expect(node.type).toBeDefined()
  if (node.type === 'ARRAY') expect(node.items).toBeDefined()
  if (node.enum !== undefined) expect(node.type).toBe('STRING')
  if (node.properties !== undefined) expect(node.type).toBe('OBJECT')
  for (const key of (node.required ?? []) as string[]) expect(Object.hasOwn(node.properties as object, key)).toBe(true)
  const inner = [...Object.values((node.properties ?? {}) as object), ...((node.anyOf ?? []) as unknown[])]
  for (const child of [...inner, ...(node.items ? [node.items] : [])]) expectAllowed(child as JsonObject)
}

const { schema: anySchema } = fc.letrec<{ schema: JsonObject; child: unknown }>(tie => ({
  child: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(true, {}, { $ref: '#' }, { $ref: '#/$defs/a' }),
    tie('schema'),
  ),
  schema: fc.record(
    {
      type: fc.oneof(
        fc.constantFrom('string', 'number', 'integer', 'boolean', 'array', 'object', 'null', 'odd', 7),
        fc.subarray(['string', 'number', 'integer', 'array', 'object', 'null']),
      ),
      properties: fc.dictionary(fc.constantFrom('a', 'b', 'type', '__proto__', 'items'), tie('child'), { maxKeys: 3 }),
      required: fc.subarray(['a', 'b', 'constructor', 'x']),
      items: tie('child'),
      anyOf: fc.array(tie('child'), { maxLength: 3 }),
      oneOf: fc.array(tie('child'), { maxLength: 2 }),
      allOf: fc.array(tie('child'), { maxLength: 2 }),
      enum: fc.array(fc.constantFrom('', 'a', 'b', 1, null, true), { maxLength: 3 }),
      const: fc.constantFrom('a', 1, null),
      description: fc.constantFrom('', 'Said.', ' '),
      default: fc.jsonValue({ maxDepth: 1 }),
      format: fc.constantFrom('date-time', 'uuid', 'int64', 'float'),
      pattern: fc.constant('^x'),
      exclusiveMinimum: fc.constantFrom(0, true),
      minimum: fc.constantFrom(0, '0', Number.MAX_VALUE),
      maxItems: fc.nat(),
      additionalProperties: tie('child'),
      nullable: fc.boolean(),
      title: fc.constant('T'),
      $defs: fc.record({ a: tie('child') }),
      not: tie('child'),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonObject>,
}))
const schemas: fc.Arbitrary<JsonObject> = anySchema
