import { describe, expect, it } from 'vitest'
import { findLeftOut } from '../../../../src/sources/openapi/schema/left-out.ts'
import { documentOf, onlySchema } from '../helpers.ts'

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const text = { type: 'string' }
const schemas = {
  Read: { ...text, readOnly: true },
  Alias: ref('Read'),
  Marked: { ...ref('Text'), readOnly: true },
  Chained: ref('Marked'),
  Text: text,
  Loop: { allOf: [ref('Loop'), ref('Text')] },
  MarkedLoop: { allOf: [ref('MarkedLoop'), ref('Read')] },
  Base: { type: 'object', required: ['id'], properties: { id: ref('Read'), name: text } },
  Needs: { required: ['id'], properties: { id: text } },
  NeedsToo: ref('Needs'),
  NeedsDeep: { allOf: [ref('NeedsToo'), { properties: { name: text } }] },
  NeedsItself: { required: ['id'], properties: { next: ref('NeedsItself') } },
}
const ref2020 = (name: string) => ({ $ref: `#/$defs/${name}` })
const inputOf = (schema: object) =>
  onlySchema(
    documentOf(
      { '/a': { post: { requestBody: { required: true, content: { 'application/json': { schema } } } } } },
      { components: { schemas } },
    ),
    { schemaMode: 'refs' },
  )

describe('a property that only answers carry', () => {
  it.each<[string, object, boolean]>([
    ['marked itself', schemas.Read, true],
    ['behind a reference', ref('Read'), true],
    ['behind two', ref('Alias'), true],
    ['beside a reference', schemas.Marked, true],
    ['beside a reference, behind another', ref('Chained'), true],
    ['in an allOf', { allOf: [text, { readOnly: true }] }, true],
    ['in an allOf, behind a reference', { allOf: [ref('Read')], nullable: true }, true],
    ['in an allOf in an allOf', { allOf: [text, { allOf: [ref('Alias')] }] }, true],
    ['in a circle that is marked', ref('MarkedLoop'), true],
    ['in a circle that is not', ref('Loop'), false],
    ['not at all', ref('Text'), false],
    ['nowhere, as its reference leads there', ref('Missing'), false],
    ['in one branch of a union', { anyOf: [ref('Read'), { type: 'integer' }] }, false],
  ])('is known when it is marked %s', (_, raw, expected) => {
    const { isMarked } = findLeftOut({ components: { schemas } }, 'readOnly')
    expect([isMarked(raw), isMarked(raw)]).toEqual([expected, expected])
  })

  it('is no argument, and is not required', () => {
    const properties = { a: { allOf: [ref('Read')] }, b: ref('Read'), c: text }
    expect(inputOf({ type: 'object', required: ['a', 'c'], properties })).toEqual({
      type: 'object',
      properties: { c: text },
      required: ['c'],
    })
  })

  it.each<[string, object]>([
    ['beside an allOf', { allOf: [ref('Base')], required: ['id', 'name'] }],
    ['beside a reference', { ...ref('Base'), required: ['id', 'name'] }],
    ['in another part of an allOf', { allOf: [ref('Base'), { required: ['id', 'name'] }] }],
  ])('is not required %s, at any level', (_, schema) => {
    expect(inputOf(schema)).toEqual({ type: 'object', properties: { name: text }, required: ['name'] })
    const below = JSON.stringify(inputOf({ type: 'object', properties: { below: schema } }))
    expect(below).toContain('"required":["name"]')
    expect(below).not.toContain('"id"')
  })

  it('may be given, but need not, where another part describes it too', () => {
    expect(inputOf({ allOf: [ref('Base'), ref('Needs')] })).toEqual({
      type: 'object',
      properties: { name: text, id: text },
    })
  })

  it.each<[string, object]>([
    ['by a reference in an allOf', { allOf: [ref('Base'), ref('Needs')] }],
    ['beside a reference', { ...ref('Needs'), properties: { id: ref('Read') } }],
    ['by a reference behind a reference', { allOf: [ref('Base'), ref('NeedsToo')] }],
    ['by a reference in an allOf of a reference', { allOf: [ref('NeedsDeep'), { properties: { id: ref('Read') } }] }],
    ['by one branch', { ...schemas.Base, anyOf: [ref('Needs'), { required: ['name', 'id'] }] }],
  ])('is not required below the arguments %s', (_, schema) => {
    const text = JSON.stringify(inputOf({ type: 'object', properties: { below: schema } }))
    expect(text).not.toMatch(/"required":\[[^\]]*"id"/)
    expect(text).toContain('"below"')
  })

  it('is still required of others by the definition that requires it', () => {
    const input = inputOf({
      type: 'object',
      properties: { below: { allOf: [ref('Base'), ref('Needs')] }, other: ref('Needs') },
    })
    expect(input).toMatchObject({
      properties: { below: { allOf: [ref2020('Base'), ref2020('Needs')] }, other: ref2020('Needs_2') },
      $defs: { Needs: { properties: { id: text } }, Needs_2: { required: ['id'], properties: { id: text } } },
    })
    expect(input).not.toHaveProperty('$defs.Needs.required')
  })

  it('is still required below, by a definition that refers to itself', () => {
    const { $defs } = inputOf({ type: 'object', properties: { below: { allOf: [ref('Base'), ref('NeedsItself')] } } })
    const next = { next: ref2020('NeedsItself_2') }
    expect($defs).toMatchObject({
      NeedsItself: { properties: next },
      NeedsItself_2: { required: ['id'], properties: next },
    })
    expect($defs).not.toHaveProperty('NeedsItself.required')
  })

  it('is forgotten in bounded time where definitions double at every level', () => {
    const levels: Record<string, object> = { L0: { required: ['id'] } }
    for (let level = 1; level <= 40; level += 1)
      levels[`L${level}`] = { allOf: [ref(`L${level - 1}`), ref(`L${level - 1}`)] }
    const schema = { allOf: [{ properties: { id: { readOnly: true } } }, ref('L40')] }
    const content = { 'application/json': { schema: { properties: { below: schema } } } }
    const document = documentOf({ '/a': { post: { requestBody: { content } } } }, { components: { schemas: levels } })
    expect(JSON.stringify(onlySchema(document, { schemaMode: 'refs' }))).not.toContain('"required":["id"]')
  })

  it('is found once in an allOf that doubles at every level', () => {
    const levels: Record<string, object> = { L0: { properties: { id: { readOnly: true } } } }
    for (let level = 1; level <= 40; level += 1)
      levels[`L${level}`] = { allOf: [ref(`L${level - 1}`), ref(`L${level - 1}`)] }
    const { isMarked, namesOf } = findLeftOut({ components: { schemas: levels } }, 'readOnly')
    expect([isMarked(ref('L40')), [...namesOf(ref('L40'))]]).toEqual([false, ['id']])
  })
})
