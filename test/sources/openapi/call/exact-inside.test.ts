import { describe, expect, it } from 'vitest'
import { createArgumentCheck } from '../../../../src/sources/openapi/call/check-arguments.ts'
import { readExactInside, withNumbers } from '../../../../src/sources/openapi/call/exact-inside.ts'
import { buildRequest } from '../../../../src/sources/openapi/call/request.ts'
import { documentOf, onlyCall } from '../helpers.ts'

const big = '9007199254740993'
const rounded = JSON.parse(big)
const root = { $defs: { Id: { type: 'integer' }, Tree: { properties: { kids: { items: { $ref: '#/$defs/Tree' } } } } } }
const id = { $ref: '#/$defs/Id' }

describe('whole numbers inside a value', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['in a list', [big, '5', 7], { items: id }, [BigInt(big), '5', 7]],
    ['in a property', { a: { b: big } }, { properties: { a: { properties: { b: id } } } }, { a: { b: BigInt(big) } }],
    ['in a part', { b: big }, { allOf: [{}, { properties: { b: id } }] }, { b: BigInt(big) }],
    ['in a branch', [big], { anyOf: [{ items: id }, { type: 'null' }] }, [BigInt(big)]],
    ['in any property', { b: big }, { additionalProperties: { type: ['integer', 'null'] } }, { b: BigInt(big) }],
    ['at its place', ['x', big], { prefixItems: [{ type: 'string' }, id] }, ['x', BigInt(big)]],
    ['but not where text may be meant', [big], { items: { type: ['integer', 'string'] } }, [big]],
    ['but not where nothing is said', { a: [big] }, {}, { a: [big] }],
    ['but not where it is too long for any number', ['1'.repeat(41)], { items: id }, ['1'.repeat(41)]],
  ])('are read from digits %s', (_, value, schema, expected) => {
    expect(readExactInside(value, schema, root)).toEqual({ value: expected, inexact: false })
  })

  it.each<[string, unknown, unknown, boolean]>([
    ['in a list of integers', [rounded], { items: id }, true],
    ['in a list of texts', [rounded], { items: { type: 'string' } }, true],
    ['in a list of numbers', [rounded], { items: { type: 'number' } }, false],
    ['where nothing is said', [rounded], {}, false],
    ['in a circle', { kids: [{ kids: [rounded] }] }, { $ref: '#/$defs/Tree' }, false],
  ])('that JSON has rounded are told %s', (_, value, schema, inexact) => {
    expect(readExactInside(value, schema, root).inexact).toBe(inexact)
  })

  it('gives the very same value where nothing changes', () => {
    const value = { a: [1, { b: 'x' }] }
    expect(readExactInside(value, { properties: { a: { items: id } } }, root).value).toBe(value)
  })

  it('become numbers for whoever knows no others', () => {
    expect(withNumbers({ a: [1n, { b: 2n, c: null }] })).toEqual({ a: [1, { b: 2, c: null }] })
  })
})

describe('a call with whole numbers inside its arguments', () => {
  const body = { properties: { ids: { type: 'array', items: { type: 'integer' } } } }
  const operation = {
    parameters: [
      { name: 'near', in: 'query', style: 'deepObject', schema: { properties: { id: { type: 'integer' } } } },
    ],
    requestBody: { content: { 'application/json': { schema: { type: 'object', ...body } } } },
  }
  const call = onlyCall(documentOf({ '/a': { post: operation } }))

  it('sends every digit of those that came as text', () => {
    const checked = createArgumentCheck()(call, { ids: [big, 1], near: { id: big } })
    if (!checked.ok) throw new Error(checked.problem)
    const sent = buildRequest(call, new URL('https://api.example'), checked.args, {})
    expect([sent.body, sent.url.search]).toEqual([`{"ids":[${big},1]}`, `?near%5Bid%5D=${big}`])
  })

  it('refuses those that JSON has rounded', () => {
    expect(createArgumentCheck()(call, { ids: [rounded] })).toEqual({
      ok: false,
      problem:
        'Argument "ids" has a whole number that is past 2^53, so it may have been rounded on its way here. Give it as text.',
    })
  })
})
