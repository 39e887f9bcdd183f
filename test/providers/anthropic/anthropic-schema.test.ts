import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { anthropicDialect } from '../../../src/providers/anthropic/anthropic-dialect.ts'
import { toAnthropicSchema } from '../../../src/providers/anthropic/anthropic-schema.ts'

const ajv = new Ajv2020({ strict: false, validateFormats: false })
const text = { type: 'string' }
const number = { type: 'number' }

describe('the root of a schema', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      'an object is left as it is',
      { type: 'object', properties: { a: text }, required: ['a'], additionalProperties: false },
      { type: 'object', properties: { a: text }, required: ['a'], additionalProperties: false },
    ],
    ['nothing is an object without properties', {}, { type: 'object', properties: {} }],
    [
      'a list of types is an object',
      { type: ['object', 'null'], properties: { a: text } },
      { type: 'object', properties: { a: text } },
    ],
    [
      'what is no object is an open one',
      { type: 'string', description: 'd' },
      { type: 'object', properties: {}, description: 'd' },
    ],
    [
      'allOf is merged, and all is required',
      {
        allOf: [
          { properties: { a: text }, required: ['a'] },
          { properties: { b: number }, required: ['b'] },
        ],
      },
      { type: 'object', properties: { a: text, b: number }, required: ['a', 'b'] },
    ],
    [
      'oneOf offers what every branch has, requires what all of them require, and tells the groups',
      {
        type: 'object',
        description: 'd',
        properties: { x: text },
        oneOf: [
          { properties: { a: text }, required: ['a', 'x'] },
          { properties: { b: number }, required: ['b', 'x'] },
        ],
      },
      {
        type: 'object',
        description: 'd\nGive the properties of one of these groups: a, x; or b, x.',
        properties: { x: text, a: text, b: number },
        required: ['x'],
      },
    ],
    [
      'a key that differs between branches may be either',
      { anyOf: [{ properties: { a: text } }, { properties: { a: number } }] },
      { type: 'object', properties: { a: { anyOf: [text, number] } } },
    ],
    [
      'branches that are closed leave it closed',
      {
        anyOf: [
          { properties: { a: text }, additionalProperties: false },
          { properties: { b: text }, additionalProperties: false },
        ],
      },
      { type: 'object', properties: { a: text, b: text }, additionalProperties: false },
    ],
    [
      'a closed root is opened for its branches',
      { additionalProperties: false, anyOf: [{ properties: { a: text } }] },
      { type: 'object', properties: { a: text } },
    ],
    [
      'a branch that is no object is never taken',
      { anyOf: [{ type: 'object', properties: { a: text }, required: ['a'] }, { type: 'null' }] },
      { type: 'object', properties: { a: text }, required: ['a'] },
    ],
    [
      'a reference is followed',
      { $ref: '#/$defs/A', $defs: { A: { type: 'object', properties: { a: text } } } },
      { type: 'object', properties: { a: text }, $defs: { A: { type: 'object', properties: { a: text } } } },
    ],
    ['a reference that leads nowhere allows anything', { $ref: '#/$defs/B' }, { type: 'object', properties: {} }],
    [
      'a reference to itself ends',
      { $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/A' } } },
      { type: 'object', properties: {}, $defs: { A: { $ref: '#/$defs/A' } } },
    ],
  ])('%s', (_, schema, expected) => {
    const before = JSON.stringify(schema)
    expect(toAnthropicSchema(schema)).toEqual(expected)
    expect(JSON.stringify(schema)).toBe(before)
  })

  it('is merged within bounds, however often it branches into itself', () => {
    const branch = { $ref: '#/$defs/A' }
    const both = { anyOf: Array.from({ length: 40 }, () => ({ allOf: [branch, { $ref: '#/$defs/B' }] })) }
    const schema = { ...both, $defs: { A: both, B: both } }
    expect(toAnthropicSchema(schema).type).toBe('object')
  })
})

describe('older drafts', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['a tuple', { items: [text, number], additionalItems: false }, { prefixItems: [text, number], items: false }],
    [
      'a boolean bound',
      { minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
      { exclusiveMinimum: 1, maximum: 9 },
    ],
    ['required of draft 3', { type: 'string', required: true }, { type: 'string' }],
    ['an unknown type', { type: 'any' }, {}],
    ['an unknown type among others', { type: ['string', 'any'] }, { type: ['string'] }],
    ['a $schema', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string' }, { type: 'string' }],
    ['an empty list of branches', { anyOf: [], type: 'string' }, { type: 'string' }],
  ])('%s becomes 2020-12', (_, inner, expected) => {
    const schema = toAnthropicSchema({ type: 'object', properties: { a: inner } })
    expect(schema.properties).toEqual({ a: expected })
    expect(ajv.validateSchema(schema)).toBe(true)
  })
})

describe('any schema', () => {
  const leaf = fc.constantFrom<unknown>(
    text,
    number,
    true,
    { type: 'any' },
    { $ref: '#/$defs/A' },
    { items: [text] },
    'nonsense',
    null,
  )
  const { schema } = fc.letrec<{ schema: unknown }>(tie => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.record(
        {
          type: fc.constantFrom('object', 'string', ['object', 'null'], 7),
          properties: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'id'), tie('schema')),
          required: fc.constantFrom<unknown>(['a'], true, ['a', 'a']),
          allOf: fc.array(tie('schema'), { maxLength: 2 }),
          anyOf: fc.array(tie('schema'), { maxLength: 2 }),
          oneOf: fc.array(tie('schema'), { maxLength: 2 }),
          $ref: fc.constantFrom('#/$defs/A', '#', '#/properties/a', 'other.json'),
          $defs: fc.record({ A: tie('schema') }),
          exclusiveMinimum: fc.constantFrom<unknown>(true, 3),
          minLength: fc.constantFrom<unknown>(-1, 'x', 2),
        },
        { requiredKeys: [] },
      ),
    ),
  }))

  it('is valid 2020-12, an object, and combines nothing at its root', () => {
    fc.assert(
      fc.property(schema, given => {
        const made = anthropicDialect.toSchema(given as JsonObject, { strict: false })
        expect(made.type).toBe('object')
        expect(['oneOf', 'anyOf', 'allOf', '$ref'].filter(word => word in made)).toEqual([])
        expect(ajv.validateSchema(made), JSON.stringify(ajv.errors)).toBe(true)
        expect(toAnthropicSchema(made)).toEqual(made)
      }),
      { numRuns: 500 },
    )
  })
})

it('renames tools in messages of this wire, and nothing else', () => {
  const hosted = { type: 'server_tool_use', id: 's', name: 'old', input: {} }
  const reference = { type: 'tool_reference', tool_name: 'old' }
  const message = {
    role: 'assistant',
    content: [
      { type: 'text', text: 'old' },
      { type: 'tool_use', id: 't', name: 'old', input: { name: 'old' } },
      hosted,
      { type: 'tool_search_tool_result', content: { type: 'x', tool_references: [reference] } },
      { type: 'tool_result', tool_use_id: 't', content: [reference] },
    ],
  }
  const before = JSON.stringify(message)
  expect(anthropicDialect.renameNative?.(message, name => name.replace('old', 'new'))).toEqual({
    role: 'assistant',
    content: [
      { type: 'text', text: 'old' },
      { type: 'tool_use', id: 't', name: 'new', input: { name: 'old' } },
      hosted,
      {
        type: 'tool_search_tool_result',
        content: { type: 'x', tool_references: [{ ...reference, tool_name: 'new' }] },
      },
      { type: 'tool_result', tool_use_id: 't', content: [{ ...reference, tool_name: 'new' }] },
    ],
  })
  expect(JSON.stringify(message)).toBe(before)
})
