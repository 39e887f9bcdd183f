import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fromHeaderValue,
  headerMarkProblem,
  headerParams,
  toHeaderValue,
  toParamHeaders,
} from '../../src/core/header-params.ts'

const schema = (properties: object) => ({ type: 'object', properties })

describe('the marks of headers', () => {
  it.each([
    ['a text', { a: { type: 'string', 'x-mcp-header': 'Region' } }],
    [
      'a whole number and a truth value',
      { a: { type: 'integer', 'x-mcp-header': 'A' }, b: { type: 'boolean', 'x-mcp-header': 'B' } },
    ],
    ['what lies deeper', { a: schema({ b: { type: 'string', 'x-mcp-header': 'B' } }) }],
    ['none', { a: { type: 'number' } }],
  ])('are fine on %s', (_, properties) => {
    expect(headerMarkProblem(schema(properties))).toBeUndefined()
  })

  it.each([
    ['an empty name', { a: { type: 'string', 'x-mcp-header': '' } }],
    ['a name with a space', { a: { type: 'string', 'x-mcp-header': 'a b' } }],
    ['a name with a colon', { a: { type: 'string', 'x-mcp-header': 'a:b' } }],
    ['a name that is not ASCII', { a: { type: 'string', 'x-mcp-header': 'ä' } }],
    ['a name with a control character', { a: { type: 'string', 'x-mcp-header': 'a\tb' } }],
    ['no text as a name', { a: { type: 'string', 'x-mcp-header': 7 } }],
    ['an object', { a: { type: 'object', 'x-mcp-header': 'A' } }],
    ['a list', { a: { type: 'array', 'x-mcp-header': 'A' } }],
    ['a number', { a: { type: 'number', 'x-mcp-header': 'A' } }],
    ['null', { a: { type: 'null', 'x-mcp-header': 'A' } }],
    ['one name twice', { a: { type: 'string', 'x-mcp-header': 'A' }, b: { type: 'string', 'x-mcp-header': 'a' } }],
  ])('are refused for %s', (_, properties) => {
    expect(headerMarkProblem(schema(properties))).toMatch(/x-mcp-header/)
    expect(headerMarkProblem(schema({ deep: schema(properties) }))).toMatch(/x-mcp-header/)
  })

  it('never throw', () => {
    fc.assert(fc.property(fc.anything(), value => void headerMarkProblem(value)))
  })
})

it('an argument that is absent has no header, also under a name that every object has', () => {
  const marked = headerParams(schema({ constructor: { type: 'string', 'x-mcp-header': 'C' } }))
  expect(toParamHeaders(marked, {})).toEqual({})
  expect(toParamHeaders(marked, JSON.parse('{"constructor":"x"}'))).toEqual({ 'mcp-param-c': 'x' })
})

describe('a header value', () => {
  it('is read as what it was written from', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), text => fromHeaderValue(toHeaderValue(text)) === text))
  })

  it.each(['=?base64?SGVsbG8?=', '=?base64?SGVs bG8=?=', '=?base64?SGVsbG8==?=', '=?base64?SGVsbG9=?='])(
    'stands for itself where its Base64 is not whole: %s',
    value => {
      expect(fromHeaderValue(value)).toBe(value)
    },
  )
})
