import { describe, expect, it } from 'vitest'
import { createArgumentCheck } from '../../../../src/sources/openapi/call/check-arguments.ts'
import { documentOf, onlyCall } from '../helpers.ts'

const query = (name: string, schema: object, rest: object = {}) => ({ name, in: 'query', schema, ...rest })
const body = {
  type: 'object',
  properties: {
    size: { type: 'integer', maximum: 5 },
    note: { type: ['string', 'null'] },
    name: { type: 'string' },
    any: {},
    shape: { properties: { w: {} } },
    shapes: { allOf: [{ description: 'A list.' }, { items: {} }] },
    tags: { type: 'array', items: { type: 'string' } },
    box: { $ref: '#/components/schemas/Box' },
  },
}
const document = documentOf(
  {
    '/a/{id}': {
      post: {
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^(a+)+$' } },
          query('limit', { type: 'integer' }),
          query('deep', { type: 'boolean' }),
          query('sort', { enum: ['up', 'down'] }),
        ],
        requestBody: { content: { 'application/json': { schema: body } } },
      },
    },
  },
  {
    components: {
      schemas: { Box: { type: 'object', properties: { w: { type: 'number' } }, additionalProperties: false } },
    },
  },
)
const call = onlyCall(document)
const check = createArgumentCheck()

describe('checking arguments', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a number for text', { id: 7 }, { id: '7' }],
    ['text for a number', { id: 'a', limit: '10' }, { id: 'a', limit: 10 }],
    ['text for a boolean', { id: 'a', deep: 'false' }, { id: 'a', deep: false }],
    ['JSON text for a list', { id: 'a', tags: '["x"]' }, { id: 'a', tags: ['x'] }],
    ['JSON text for an object', { id: 'a', box: '{"w":1}' }, { id: 'a', box: { w: 1 } }],
    ['JSON text for what is an object by its properties', { id: 'a', shape: '{"w":1}' }, { id: 'a', shape: { w: 1 } }],
    ['JSON text for what is a list by its items', { id: 'a', shapes: '[1]' }, { id: 'a', shapes: [1] }],
    [
      'null and other text in their place',
      { id: 'a', shape: null, shapes: '{' },
      { id: 'a', shape: null, shapes: '{' },
    ],
    ['text for anything as it is', { id: 'a', any: '{"w":1}' }, { id: 'a', any: '{"w":1}' }],
    ['null for a parameter, which means none', { id: 'a', limit: null }, { id: 'a' }],
    ['null in a body that allows it', { id: 'a', note: null, any: null }, { id: 'a', note: null, any: null }],
    ['null in a body that does not, which means none', { id: 'a', name: null }, { id: 'a' }],
    [
      'digits as text where a number could not hold them',
      { id: 'a', limit: '9007199254740993' },
      { id: 'a', limit: 9007199254740993n },
    ],
    ['falsy values', { id: '', limit: 0, deep: false }, { id: '', limit: 0, deep: false }],
  ])('accepts %s', (_, given, args) => {
    expect(check(call, given)).toEqual({ ok: true, args })
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['a missing argument', {}, 'Missing required argument "id".'],
    ['a required one that is null', { id: null }, 'Missing required argument "id".'],
    [
      'an id that JSON has rounded',
      JSON.parse('{"id": 1234567890123456789}'),
      'Argument "id" is past 2^53, so it may have been rounded',
    ],
    ['an integer that JSON has rounded', JSON.parse('{"id": "a", "limit": 9007199254740993}'), 'Give it as text.'],
    ['an unknown one', { id: 'a', limits: 1 }, 'Unknown argument "limits". It takes "id", "limit", "deep"'],
    ['what objects inherit', { id: 'a', constructor: 1 }, 'Unknown argument "constructor"'],
    ['a wrong type', { id: 'a', limit: 'many' }, 'Argument "limit" must be integer, and is a string.'],
    ['a fraction for an integer', { id: 'a', limit: '1.5' }, 'Argument "limit" must be integer'],
    ['a value that is not listed', { id: 'a', sort: 'left' }, 'Argument "sort" must be one of "up", "down".'],
    [
      'a wrong type inside a value',
      { id: 'a', tags: ['x', true] },
      'Argument "tags.1" must be string, and is a boolean.',
    ],
    ['too large a number', { id: 'a', size: 6 }, 'Argument "size" must be <= 5.'],
    ['a property too many', { id: 'a', box: { h: 1 } }, 'Argument "box" must not have "h".'],
  ])('refuses %s', (_, given, problem) => {
    expect(check(call, given)).toEqual({ ok: false, problem: expect.stringContaining(problem) })
  })

  it('never runs a pattern of the document', () => {
    const started = performance.now()
    expect(check(call, { id: `${'a'.repeat(40)}!` }).ok).toBe(true)
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('lets arguments pass when a schema never ends', () => {
    const schemas = { Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] } }
    const parameters = [query('x', { $ref: '#/components/schemas/Loop' })]
    const endless = onlyCall(documentOf({ '/a': { get: { parameters } } }, { components: { schemas } }))
    expect(check(endless, { x: 1 })).toEqual({ ok: true, args: { x: 1 } })
  })

  it('takes nothing that every object has for an argument', () => {
    const named = { constructor: { type: 'string' }, toString: { type: 'integer' }, valueOf: {} }
    const inner = { type: 'object', properties: named, required: ['valueOf'] }
    const schema = { type: 'object', properties: { ...named, inner }, required: ['valueOf'] }
    const requestBody = { required: true, content: { 'application/json': { schema } } }
    const one = onlyCall(documentOf({ '/a': { post: { requestBody } } }))
    const problemOf = (args: Record<string, unknown>) => {
      const checked = check(one, args)
      return checked.ok ? undefined : checked.problem
    }
    expect(problemOf({ valueOf: 1, inner: { valueOf: 1 } })).toBeUndefined()
    expect(problemOf({})).toBe('Missing required argument "valueOf".')
    expect(problemOf({ valueOf: 1, inner: {} })).toContain("must have required property 'valueOf'")
    expect(problemOf({ valueOf: 1, constructor: 1.5, toString: 'x' })).toContain('must be')
  })
})

describe('checking what lies inside arguments', () => {
  const address = {
    type: 'object',
    properties: { street: { type: 'string' }, floor: { type: 'integer' }, lift: { type: 'boolean' } },
  }
  const schema = {
    type: 'object',
    properties: {
      home: { $ref: '#/components/schemas/Address' },
      places: { type: 'array', items: { $ref: '#/components/schemas/Address' } },
      pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] },
      either: { type: 'object', properties: { id: { anyOf: [{ type: 'integer' }, { type: 'string' }] } } },
      maybe: { anyOf: [{ $ref: '#/components/schemas/Address' }, { type: 'null' }] },
      joined: { allOf: [{ $ref: '#/components/schemas/Address' }, { properties: { tags: { type: 'array' } } }] },
      prices: { type: 'object', additionalProperties: { type: 'number' } },
      tree: { $ref: '#/components/schemas/Tree' },
      open: { type: 'object' },
    },
  }
  const tree = {
    type: 'object',
    properties: {
      size: { type: 'integer' },
      children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
    },
  }
  const nested = onlyCall(
    documentOf(
      { '/a': { post: { requestBody: { content: { 'application/json': { schema } } } } } },
      { components: { schemas: { Address: address, Tree: tree } } },
    ),
  )

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['text for numbers and booleans', { home: { floor: '3', lift: 'true' } }, { home: { floor: 3, lift: true } }],
    ['a number for text', { home: { street: 7 } }, { home: { street: '7' } }],
    ['JSON text for an item', { places: ['{"floor":"3"}'] }, { places: [{ floor: 3 }] }],
    ['items by their place', { pair: [1, '2'] }, { pair: ['1', 2] }],
    ['what may be null', { maybe: { floor: '3' } }, { maybe: { floor: 3 } }],
    [
      'what several schemas say together',
      { joined: { floor: '3', tags: '["a"]' } },
      { joined: { floor: 3, tags: ['a'] } },
    ],
    ['values of a map', { prices: { a: '1.5', b: 2 } }, { prices: { a: 1.5, b: 2 } }],
    [
      'any depth',
      { tree: { children: ['{"children":[{"size":"1"}]}'] } },
      { tree: { children: [{ children: [{ size: 1 }] }] } },
    ],
    ['JSON text of text at the top', { home: '{"floor":"3"}' }, { home: { floor: 3 } }],
    [
      'digits that no number could hold',
      { home: { lift: 'true' }, tree: { size: '9007199254740993' } },
      { home: { lift: true }, tree: { size: 9007199254740993n } },
    ],
    [
      'nothing that is right as it is',
      { home: { floor: '3', street: '4' }, either: { id: '5' }, open: { x: '6' } },
      { home: { floor: 3, street: '4' }, either: { id: '5' }, open: { x: '6' } },
    ],
  ])('reads %s', (_, given, args) => {
    expect(check(nested, given)).toEqual({ ok: true, args })
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['what is no number', { home: { floor: 'third' } }, 'Argument "home.floor" must be integer, and is a string.'],
    [
      'what is wrong besides',
      { home: { floor: '3', lift: 'no' } },
      'Argument "home.lift" must be boolean, and is a string.',
    ],
    ['a number that JSON text has rounded', { places: ['{"floor":9007199254740993}'] }, 'Give it as text.'],
  ])('refuses %s', (_, given, problem) => {
    expect(check(nested, given)).toEqual({ ok: false, problem: expect.stringContaining(problem) })
  })

  it('gives arguments that are right back as they came', () => {
    const given = { places: [{ floor: 3 }], open: { a: ['1'] } }
    const checked = check(nested, given)
    expect(checked.ok && checked.args.places).toBe(given.places)
  })

  it.each(['home', 'tree'])('survives text of any depth: %s', key => {
    const deep = `${'[{"children":'.repeat(200_000)}`
    const text = `{"children":${'[{"children":'.repeat(100_000)}[]${'}]'.repeat(100_000)}}`
    for (const given of [deep, text]) expect(() => check(nested, { [key]: given, prices: { a: '1' } })).not.toThrow()
    expect(check(nested, { tree: { children: [text], size: '1' } }).ok).toBe(false)
  })
})
