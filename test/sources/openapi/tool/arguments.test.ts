import { describe, expect, it } from 'vitest'
import type { Wish } from '../../../../src/sources/openapi/tool/argument-names.ts'
import { nameArguments } from '../../../../src/sources/openapi/tool/argument-names.ts'
import { documentOf, onlyCall, onlySchema } from '../helpers.ts'

const wish = (name: string, place: Wish['place'] = 'query'): Wish => ({ name, place })

describe('nameArguments', () => {
  it.each([
    ['legal names are kept', [wish('a'), wish('b.c-d_E')], ['a', 'b.c-d_E']],
    ['the body keeps a shared name', [wish('id', 'path'), wish('id', 'body')], ['id__path', 'id']],
    ['parameters that share a name all change', [wish('id', 'path'), wish('id')], ['id__path', 'id__query']],
    ['brackets become dots', [wish('filter[name]'), wish('include[]')], ['filter.name', 'include']],
    ['comparisons become words', [wish('T'), wish('T<'), wish('T>=')], ['T', 'T_lt', 'T_gte']],
    ['a leading $ is dropped', [wish('$filter')], ['filter']],
    ['altered names step around the others', [wish('ids[]'), wish('ids')], ['ids_2', 'ids']],
    [
      'also around those made by a clash',
      [wish('a', 'path'), wish('a'), wish('a__path')],
      ['a__path_2', 'a__query', 'a__path'],
    ],
    ['no name is dangerous', [wish('__proto__')], ['proto']],
  ])('%s', (_, wishes, names) => {
    expect(nameArguments(wishes)).toEqual(names)
  })

  it('makes every name legal, short and distinct, whatever the order', () => {
    const wishes = ['\u{1f600}', '///', 'x'.repeat(200), `${'x'.repeat(200)}y`, 'a b', 'a_b', 'a/b'].map(name =>
      wish(name),
    )
    const names = nameArguments(wishes)
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/)
    expect(new Set(names).size).toBe(wishes.length)
    expect(nameArguments(wishes.toReversed()).toReversed()).toEqual(names)
  })
})

describe('the arguments of an operation', () => {
  const loop = { $ref: '#/components/schemas/Loop' }
  const post = (schema: unknown, rest: object = { required: true }, parameters: readonly object[] = []) =>
    documentOf({
      '/a': { post: { parameters, requestBody: { ...rest, content: { 'application/json': { schema } } } } },
    })

  it('are one flat object, each going to its own place', () => {
    const all = ['query', 'header', 'cookie'].map(place => ({ name: 'id', in: place, schema: { type: 'string' } }))
    const schema = { type: 'object', properties: { id: { type: 'integer' }, tag: {} } }
    const { slots } = onlyCall(post(schema, {}, all))
    expect([...slots].map(([name, slot]) => [name, slot.place])).toEqual([
      ['id__query', 'query'],
      ['id__header', 'header'],
      ['id__cookie', 'cookie'],
      ['id', 'field'],
      ['tag', 'field'],
    ])
  })

  it.each([
    ['a list', { type: 'array', items: { type: 'string' } }],
    ['a scalar', { type: 'string' }],
    ['a union', { oneOf: [{ type: 'object', properties: { a: {} } }, { type: 'string' }] }],
    ['an object with alternatives', { type: 'object', properties: { a: {} }, anyOf: [{ required: ['a'] }] }],
    ['a free map', { type: 'object', additionalProperties: { type: 'string' } }],
    ['anything', {}],
  ])('hold %s as one "body"', (_, schema) => {
    const { properties, required } = onlySchema(post(schema))
    expect(Object.keys(properties as object)).toEqual(['body'])
    expect(required).toEqual(['body'])
  })

  it('take an object apart through references and allOf', () => {
    const schemas = {
      Base: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
      Pet: {
        allOf: [
          { $ref: '#/components/schemas/Base' },
          { required: ['name'], properties: { name: { type: 'string' } } },
        ],
      },
    }
    const document = { ...post({ $ref: '#/components/schemas/Pet' }), components: { schemas } }
    expect(onlySchema(document)).toEqual({
      type: 'object',
      properties: { id: { type: 'integer' }, name: { type: 'string' } },
      required: ['id', 'name'],
    })
  })

  it.each<[string, string, object]>([
    [
      'that two parts describe',
      'application/json',
      { allOf: [{ properties: { x: loop } }, { properties: { x: { description: 'X' } } }] },
    ],
    [
      'that may be a file',
      'multipart/form-data',
      { properties: { x: { oneOf: [{ type: 'string', format: 'binary' }, loop] } } },
    ],
  ])('bring along the definitions of a field %s', (_, mediaType, schema) => {
    const requestBody = { content: { [mediaType]: { schema } } }
    const Loop = { type: 'object', properties: { next: loop } }
    const document = documentOf({ '/a': { post: { requestBody } } }, { components: { schemas: { Loop } } })
    expect(Object.keys(onlySchema(document).$defs as object)).toEqual(['Loop'])
  })

  it.each([
    ['the body is required', { required: true }, ['a']],
    ['not when the body itself is optional', {}, undefined],
  ])('are required as the body says: %s', (_, rest, required) => {
    const schema = { type: 'object', required: ['a', 'b'], properties: { a: {}, b: { default: 1 } } }
    expect(onlySchema(post(schema, rest)).required).toEqual(required)
  })

  it('leave the body its name when a parameter is called "body" too', () => {
    const parameter = { name: 'body', in: 'query', schema: { type: 'string' } }
    const { slots } = onlyCall(post({ type: 'array' }, {}, [parameter]))
    expect([...slots].map(([name, { place }]) => [name, place])).toEqual([
      ['body__query', 'query'],
      ['body', 'body'],
    ])
  })

  it.each<[string, object, object, boolean]>([
    ['whose schema others extend', {}, { discriminator: { propertyName: 'kind' } }, true],
    ['whose schema others extend (2.0)', {}, { discriminator: 'kind' }, true],
    ['of one kind', {}, {}, false],
    ['that lists all there is', {}, { discriminator: { propertyName: 'kind' }, additionalProperties: false }, false],
    [
      'of one of them',
      { allOf: [{ $ref: '#/components/schemas/Pet' }] },
      { discriminator: { propertyName: 'k' } },
      false,
    ],
  ])('takes more than is listed in a body %s', (_, own, more, isOpen) => {
    const Pet = { type: 'object', properties: { kind: { type: 'string' } }, ...more }
    const schema = Object.keys(own).length === 0 ? { $ref: '#/components/schemas/Pet' } : own
    const requestBody = { content: { 'application/json': { schema } } }
    const call = onlyCall(documentOf({ '/x': { post: { requestBody } } }, { components: { schemas: { Pet } } }))
    expect(call.openBody).toBe(isOpen)
    expect(call.inputSchema.additionalProperties).toBe(isOpen ? true : undefined)
  })

  it('may be more than are listed, where the document says so', () => {
    const schema = { type: 'object', properties: { a: {} }, additionalProperties: { type: 'string' } }
    const call = onlyCall(post(schema, {}, [{ name: 'q', in: 'query' }]))
    expect([...call.slots.keys(), call.openBody]).toEqual(['q', 'a', true])
    expect(call.inputSchema.additionalProperties).toEqual({ type: 'string' })
  })

  it('say what a rewritten name is sent as', () => {
    const parameter = { name: 'page[size]', in: 'query', description: 'How many.', schema: { type: 'integer' } }
    expect(onlySchema(documentOf({ '/a': { get: { parameters: [parameter] } } })).properties).toEqual({
      'page.size': { type: 'integer', description: 'How many. Sent as `page[size]`.' },
    })
  })

  it('prefer JSON to other bodies, and forms to text', () => {
    const content = { 'text/plain': {}, 'application/xml': {}, 'application/x-www-form-urlencoded': {} }
    const body = (more: object) =>
      onlyCall(documentOf({ '/a': { post: { requestBody: { content: { ...content, ...more } } } } })).body
    expect(body({})).toMatchObject({ kind: 'form' })
    expect(body({ 'application/vnd.api+json': {} })).toMatchObject({
      kind: 'json',
      mediaType: 'application/vnd.api+json',
    })
    expect(body({ 'a/b\r\nX: 1': {}, 'application/json; charset=utf-8': {} })).toMatchObject({
      mediaType: 'application/json; charset=utf-8',
    })
  })
})
