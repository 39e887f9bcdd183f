import { describe, expect, it } from 'vitest'
import { createSchemas } from '../../../../src/sources/openapi/schema/json-schema.ts'
import { documentOf, onlySchema } from '../helpers.ts'

const convert = (raw: unknown, document = {}) => createSchemas(document, () => {}).convert(raw)

describe('a converted schema', () => {
  it.each([
    ['nullable becomes a type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['nullable: false is dropped alone', { type: 'string', nullable: false }, { type: 'string' }],
    ...(
      [
        ['string', [400, '404', true, null, 400], ['400', '404', 'true', null]],
        ['integer', ['1', 2, 'x'], [1, 2, 'x']],
        ['number', ['-1.5', '1e3'], [-1.5, '1e3']],
        ['boolean', ['true', 'false', 'x'], [true, false, 'x']],
        ['object', ['{}'], ['{}']],
        [
          ['integer', 'null'],
          ['1', null],
          [1, null],
        ],
        [
          ['integer', 'string'],
          ['1', 2],
          ['1', 2],
        ],
      ] as const
    ).map(([type, given, fitted]): [string, unknown, unknown] => [
      `values of another type than ${type} are read as it: ${JSON.stringify(given)}`,
      { type, enum: given },
      { type, enum: fitted },
    ]),
    ['null joins an enum', { enum: ['a'], nullable: true }, { enum: ['a', null] }],
    [
      'null becomes an alternative to a combination',
      { allOf: [{ type: 'object' }], nullable: true, description: 'D' },
      { description: 'D', anyOf: [{ allOf: [{ type: 'object' }] }, { type: 'null' }] },
    ],
    ['an exclusive limit is a number', { minimum: 1, exclusiveMinimum: true }, { exclusiveMinimum: 1 }],
    ['a limit that excludes nothing stays', { maximum: 9, exclusiveMaximum: false }, { maximum: 9 }],
    ['an array has items', { type: 'array' }, { type: 'array', items: {} }],
    ['a tuple is prefixItems', { type: 'array', items: [{}, {}] }, { type: 'array', prefixItems: [{}, {}], items: {} }],
    ['oneOf becomes anyOf', { oneOf: [{ type: 'string' }, {}] }, { anyOf: [{ type: 'string' }, {}] }],
    ['bytes are base64', { type: 'string', format: 'binary' }, { type: 'string', contentEncoding: 'base64' }],
    ['a file is base64', { type: 'file' }, { type: 'string', contentEncoding: 'base64' }],
    [
      'what is only read is not sent',
      { properties: { id: { readOnly: true }, a: {} }, required: ['id', 'a'] },
      { properties: { a: {} }, required: ['a'] },
    ],
    [
      'what JSON Schema does not know is dropped',
      { type: 'string', example: 'x', xml: {}, discriminator: {}, externalDocs: {}, 'x-a': 1, $id: 'u' },
      { type: 'string' },
    ],
    [
      'nonsense widens',
      { type: 'any', minimum: 'x', properties: 7, required: true, enum: [], items: null },
      { items: {} },
    ],
    ['an illegal pattern is dropped', { type: 'string', pattern: '[' }, { type: 'string' }],
    ['booleans are schemas', { properties: { a: true, b: false } }, { properties: { a: true, b: false } }],
    ['what is not a schema accepts anything', 'string', {}],
  ])('%s', (_, raw, expected) => {
    expect(convert(raw)).toEqual(expected)
  })

  it('names a few values of a long list instead of all', () => {
    const values = [...Array(10_000).keys()].map(String)
    expect(convert({ enum: values })).toEqual({ description: 'One of 10000 values, such as "0", "1", "2", "3", "4".' })
  })

  it('never changes the document', () => {
    const raw = { type: 'object', nullable: true, properties: { a: { oneOf: [{}], readOnly: true } }, required: ['a'] }
    const before = structuredClone(raw)
    convert(raw)
    expect(raw).toEqual(before)
  })

  it('widens below 64 levels', () => {
    let raw: object = { type: 'string' }
    for (let level = 0; level < 5_000; level += 1) raw = { items: raw }
    expect(JSON.stringify(convert(raw)).length).toBeLessThan(1_000)
  })
})

describe('references', () => {
  const tree = {
    type: 'object',
    properties: { name: {}, children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } },
  }
  const other = { type: 'string' }
  const post = (schema: object, schemas: object) =>
    documentOf(
      { '/a': { post: { requestBody: { required: true, content: { 'application/json': { schema } } } } } },
      { components: { schemas } },
    )

  it('keep recursion, as a definition of this operation', () => {
    const schema = onlySchema(post({ $ref: '#/components/schemas/Tree' }, { Tree: tree, Other: other }))
    expect(schema).toEqual({
      type: 'object',
      properties: { name: {}, children: { type: 'array', items: { $ref: '#/$defs/Tree' } } },
      $defs: {
        Tree: { ...tree, properties: { name: {}, children: { type: 'array', items: { $ref: '#/$defs/Tree' } } } },
      },
    })
  })

  it('bring along only what is needed, and what that needs', () => {
    const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
    const schemas = { A: { properties: { b: ref('B') } }, B: { properties: { c: ref('C') } }, C: other, D: other }
    const { $defs } = onlySchema(post({ properties: { a: ref('A') } }, schemas), { schemaMode: 'refs' })
    expect(Object.keys($defs as object)).toEqual(['A', 'B', 'C'])
  })

  it('may lead anywhere in the document', () => {
    const target = '#/paths/~1a/post/requestBody/content/application~1json/schema/properties/first'
    const document = post({ properties: { first: other, second: { $ref: target } } }, {})
    const { properties, $defs } = onlySchema(document, { schemaMode: 'refs' })
    const [name] = Object.keys($defs as object)
    expect(properties).toMatchObject({ second: { $ref: `#/$defs/${name}` } })
    expect($defs).toEqual({ [name ?? '']: other })
  })

  it.each([
    ['leads nowhere', '#/components/schemas/Missing'],
    ['is part of an empty circle', '#/components/schemas/A'],
    ['would lead to what objects inherit', '#/constructor'],
  ])('accept anything where one %s', (_, $ref) => {
    const circle = { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' } }
    expect(onlySchema(post({ properties: { x: { $ref } } }, circle))).toEqual({ type: 'object', properties: { x: {} } })
  })

  it('get distinct names where their last segments meet', () => {
    const document = { components: { schemas: { 'A B': other } }, definitions: { A_B: { type: 'number' } } }
    const schemas = createSchemas(document, () => {})
    const root = schemas.convert({ anyOf: [{ $ref: '#/components/schemas/A B' }, { $ref: '#/definitions/A_B' }] })
    expect(schemas.definitions([root])).toEqual({ A_B: other, A_B_2: { type: 'number' } })
  })

  it('cost nothing when an allOf doubles at every level', () => {
    const schemas: Record<string, object> = { L0: { type: 'object', properties: { a: other } } }
    for (let level = 1; level <= 40; level += 1) {
      const ref = { $ref: `#/components/schemas/L${level - 1}` }
      schemas[`L${level}`] = { allOf: [ref, ref] }
    }
    expect(onlySchema(post({ $ref: '#/components/schemas/L40' }, schemas)).properties).toEqual({ a: other })
  })
})
