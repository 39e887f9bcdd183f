import { Ajv2020 } from 'ajv/dist/2020.js'
import { array, assert, constantFrom, dictionary, jsonValue, letrec, oneof, property, record, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { restoreKeys } from '../../../../src/sources/openapi/call/original-keys.ts'
import { makeKeysLegal } from '../../../../src/sources/openapi/schema/legal-keys.ts'
import { documentOf, onlyCall } from '../helpers.ts'

type Json = Readonly<Record<string, unknown>>
const root = (properties: object, rest: object = {}): Json => ({ type: 'object', properties, ...rest })
const nested = (properties: object, rest: object = {}): Json => ({ type: 'object', properties, ...rest })

describe('makeKeysLegal', () => {
  it('gives back the very same schema when there is nothing to do', () => {
    const schema = root({ a: nested({ b: { type: 'string' } }) }, { $defs: { C: nested({ d: {} }) } })
    expect(makeKeysLegal(schema)).toEqual({ inputSchema: schema })
    expect(makeKeysLegal(schema).inputSchema).toBe(schema)
  })

  it('rewrites keys below the top, wherever a schema names them', () => {
    const filter = nested(
      { $eq: { type: 'string', description: 'Equal.' }, '@id': true, plain: {} },
      { required: ['$eq', 'plain'], dependentRequired: { $eq: ['@id'] } },
    )
    const { inputSchema, originalKeys } = makeKeysLegal(root({ filter }))
    expect(inputSchema.properties).toEqual({
      filter: {
        type: 'object',
        properties: {
          eq: { type: 'string', description: 'Equal. Sent as `$eq`.' },
          _id: { description: 'Sent as `@id`.' },
          plain: {},
        },
        required: ['eq', 'plain'],
        dependentRequired: { eq: ['_id'] },
      },
    })
    expect([...(originalKeys ?? [])]).toEqual([
      ['eq', '$eq'],
      ['_id', '@id'],
    ])
  })

  it('steps around every key that the schema has anywhere', () => {
    const { originalKeys } = makeKeysLegal(
      root({ a: nested({ $eq: {} }), b: { anyOf: [nested({ eq: {}, eq_2: {} })] } }),
    )
    expect([...(originalKeys ?? [])]).toEqual([['eq_3', '$eq']])
  })

  it('goes through definitions, lists and unions, however they recur', () => {
    const node = nested({ '@next': { $ref: '#/$defs/Node' }, all: { items: { anyOf: [{ $ref: '#/$defs/Node' }] } } })
    const { inputSchema, originalKeys = new Map() } = makeKeysLegal(
      root({ node: { $ref: '#/$defs/Node' } }, { $defs: { Node: node } }),
    )
    const given = { node: { _next: { all: [{ _next: {} }] } } }
    expect(restoreKeys(given, inputSchema, originalKeys)).toEqual({ node: { '@next': { all: [{ '@next': {} }] } } })
  })

  it('leaves the keys of a free map to the caller', () => {
    const { inputSchema, originalKeys = new Map() } = makeKeysLegal(
      root({ where: nested({ $eq: {} }), tags: { type: 'object', additionalProperties: { type: 'string' } } }),
    )
    const given = { where: { eq: 1 }, tags: { eq: 'mine' } }
    expect(restoreKeys(given, inputSchema, originalKeys)).toEqual({ where: { $eq: 1 }, tags: { eq: 'mine' } })
  })

  it('shows the values of a schema with the keys that are accepted', () => {
    const filter = nested(
      { $eq: {}, free: { type: 'object' } },
      {
        required: ['$eq'],
        additionalProperties: false,
        enum: [{ $eq: 1 }, { $eq: { $eq: 1 }, free: { $eq: 2 } }, null],
        default: { $eq: 1 },
      },
    )
    const by = { allOf: [{ $ref: '#/$defs/Filter' }], default: { $eq: 1 } }
    const properties = {
      by,
      all: { items: { $ref: '#/$defs/Filter' }, default: [{ $eq: 1 }] },
      one: { const: { $eq: 1 } },
    }
    const { inputSchema, originalKeys = new Map() } = makeKeysLegal(root(properties, { $defs: { Filter: filter } }))
    expect(inputSchema).toMatchObject({
      properties: { by: { default: { eq: 1 } }, all: { default: [{ eq: 1 }] }, one: { const: { $eq: 1 } } },
      $defs: { Filter: { enum: [{ eq: 1 }, { eq: { $eq: 1 }, free: { $eq: 2 } }, null], default: { eq: 1 } } },
    })
    const given = { by: { eq: 1 }, all: [{ eq: { $eq: 1 }, free: { $eq: 2 } }], one: { $eq: 1 } }
    expect(new Ajv2020().compile(inputSchema)(given)).toBe(true)
    expect(restoreKeys(given, inputSchema, originalKeys)).toEqual({
      by: { $eq: 1 },
      all: [{ $eq: { $eq: 1 }, free: { $eq: 2 } }],
      one: { $eq: 1 },
    })
  })

  it('steps around the keys of values, and leaves alone what only they have', () => {
    const schema = root({ a: nested({ b: {} }, { default: { '@id': 1 } }) })
    expect(makeKeysLegal(schema).inputSchema).toBe(schema)
    const { inputSchema } = makeKeysLegal(root({ a: nested({ $eq: {} }, { default: { $eq: 1, eq: 2 } }) }))
    expect(inputSchema.properties).toMatchObject({ a: { default: { eq_2: 1, eq: 2 } } })
  })

  it('leads back to what was meant, for any schema', () => {
    const key = oneof(
      constantFrom('a', 'eq', '$eq', '@id', '_id', 'x[y]', 'x.y', '#'),
      string({ minLength: 1, maxLength: 5 }),
    )
    const { schema } = letrec(tie => ({
      schema: oneof(
        { maxDepth: 4 },
        constantFrom({ type: 'string' }, {}),
        record({ items: tie('schema') }),
        record({ properties: dictionary(key, tie('schema'), { maxKeys: 4, noNullPrototype: true }) }),
        record({ anyOf: array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
      ),
    }))
    assert(
      property(schema, other => {
        const before = root({ arg: other })
        const { inputSchema, originalKeys = new Map() } = makeKeysLegal(before)
        const shown = sampleOf(inputSchema) as Json
        expect(keysOf(inputSchema).filter(each => !/^[a-zA-Z0-9_.-]{1,64}$/.test(each))).toEqual([])
        expect(restoreKeys(shown, inputSchema, originalKeys)).toEqual(sampleOf(before))
      }),
    )
  })

  it('changes no value that a schema says nothing of', () => {
    assert(
      property(jsonValue(), value => {
        const { inputSchema, originalKeys = new Map() } = makeKeysLegal(root({ a: nested({ $x: {} }), free: {} }))
        const given = { free: value }
        expect(restoreKeys(given, inputSchema, originalKeys)).toBe(given)
      }),
    )
  })
})

it('a call keeps the way back beside the schema that its model sees', () => {
  const schema = { type: 'object', properties: { filter: { type: 'object', properties: { $eq: {} } } } }
  const call = onlyCall(
    documentOf({ '/a': { post: { requestBody: { content: { 'application/json': { schema } } } } } }),
  )
  expect(call.inputSchema.properties).toMatchObject({ filter: { properties: { eq: {} } } })
  expect(call.originalKeys).toEqual(new Map([['eq', '$eq']]))
})

/** A value with every property of a schema, in the same order: of a union, the first branch. */
function sampleOf(schema: unknown): unknown {
  const { properties, items, anyOf } = schema as Readonly<{
    properties?: Json
    items?: unknown
    anyOf?: readonly unknown[]
  }>
  if (properties) return Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, sampleOf(each)]))
  if (anyOf) return sampleOf(anyOf[0])
  return items === undefined ? 'x' : [sampleOf(items)]
}

function keysOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {} } = schema as Readonly<{ properties?: Json }>
  return [...Object.keys(properties), ...Object.values({ ...schema, ...properties }).flatMap(keysOf)]
}
