import { describe, expect, it } from 'vitest'
import { toParameters } from '../../src/core/tool-parameters.ts'

const a = { a: { type: 'string' } }
const b = { b: { type: 'number' } }

describe('toParameters', () => {
  it.each<[string, object, object]>([
    [
      'a plain schema stays',
      { type: 'object', properties: a, required: ['a'] },
      { type: 'object', properties: a, required: ['a'] },
    ],
    ['an empty one becomes an object', {}, { type: 'object', properties: {} }],
    [
      'properties are there',
      { type: 'object', description: 'd' },
      { type: 'object', description: 'd', properties: {} },
    ],
    ['$schema goes', { $schema: 'x', type: 'object', properties: a }, { type: 'object', properties: a }],
    [
      'alternatives at the root become one object; what all require is required',
      {
        oneOf: [
          { properties: { ...a, ...b }, required: ['a', 'b'] },
          { properties: a, required: ['a'] },
        ],
      },
      { type: 'object', properties: { ...a, ...b }, required: ['a'] },
    ],
    [
      'parts at the root become one object',
      {
        type: 'object',
        allOf: [{ properties: a, required: ['a'] }, { $ref: '#/$defs/B' }],
        $defs: { B: { properties: b, required: ['b'] } },
      },
      {
        type: 'object',
        properties: { ...a, ...b },
        required: ['a', 'b'],
        $defs: { B: { properties: b, required: ['b'] } },
      },
    ],
    [
      'a reference at the root is followed',
      { $ref: '#/$defs/A', $defs: { A: { type: 'object', properties: a } } },
      { type: 'object', properties: a, $defs: { A: { type: 'object', properties: a } } },
    ],
    ['a reference to itself ends', { $ref: '#' }, { type: 'object', properties: {} }],
    [
      'arrays get items, at any depth',
      {
        type: 'object',
        properties: {
          list: { type: 'array' },
          deep: { type: 'object', properties: { l: { type: ['array', 'null'] } } },
        },
      },
      {
        type: 'object',
        properties: {
          list: { type: 'array', items: {} },
          deep: { type: 'object', properties: { l: { type: ['array', 'null'], items: {} } } },
        },
      },
    ],
    [
      'data that looks like a schema is left alone',
      { type: 'object', properties: { x: { enum: [{ type: 'array' }], default: { type: 'array' } } } },
      { type: 'object', properties: { x: { enum: [{ type: 'array' }], default: { type: 'array' } } } },
    ],
  ])('%s', (_, schema, parameters) => {
    expect(toParameters(schema as Record<string, unknown>)).toEqual(parameters)
  })

  it('never writes to the schema, and works once for each', () => {
    const schema = Object.freeze({ allOf: Object.freeze([Object.freeze({ properties: Object.freeze(a) })]) })
    expect(toParameters(schema)).toBe(toParameters(schema))
  })
})
