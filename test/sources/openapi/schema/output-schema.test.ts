import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { documentOf, onlySchema, read } from '../helpers.ts'

const answers = (schema: object, schemas: object = {}, status = '200') =>
  documentOf(
    { '/a': { get: { responses: { [status]: { content: { 'application/json': { schema } } } } } } },
    { components: { schemas } },
  )
const outputOf = (document: Record<string, unknown>, asked = true) =>
  read(document, { outputSchemas: asked }).tools[0]?.tool.outputSchema

describe('the output schema of a tool', () => {
  it('is left out unless the entry asks for it', () => {
    expect(outputOf(answers({ type: 'object', properties: { a: {} } }), false)).toBeUndefined()
  })

  it('says what is there and requires nothing of it', () => {
    const schema = {
      type: 'object',
      required: ['id'],
      additionalProperties: false,
      properties: {
        id: { type: 'integer', minimum: 1 },
        state: { type: 'string', enum: ['on', 'off'] },
        secret: { type: 'string', writeOnly: true },
        seen: { type: 'string', readOnly: true },
      },
    }
    expect(outputOf(answers(schema))).toEqual({
      type: 'object',
      properties: {
        id: { type: ['integer', 'null'] },
        state: { type: ['string', 'null'] },
        seen: { type: ['string', 'null'] },
      },
    })
  })

  it.each([
    ['a list', { type: 'array', items: { type: 'string' } }],
    ['a union', { oneOf: [{ type: 'object', properties: { a: {} } }, { type: 'string' }] }],
    ['a scalar', { type: 'number' }],
  ])('leaves %s as it is, for the doors to wrap', (_, schema) => {
    const output = outputOf(answers(schema)) as Record<string, unknown>
    expect(output.type).not.toBe('object')
    expect(output.properties).toBeUndefined()
  })

  it('writes out definitions, and is left out where they go in circles', () => {
    const Pet = { type: 'object', properties: { owner: { $ref: '#/components/schemas/Owner' } } }
    const ref = { $ref: '#/components/schemas/Pet' }
    expect(JSON.stringify(outputOf(answers(ref, { Pet, Owner: { type: 'string' } })))).not.toContain('$ref')
    const Owner = { type: 'object', properties: { pet: ref } }
    expect(outputOf(answers(ref, { Pet, Owner }))).toBeUndefined()
  })

  it('is left out when it is too long', () => {
    const properties = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`property${at}`, { type: 'string' }]))
    expect(outputOf(answers({ type: 'object', properties }))).toBeUndefined()
  })

  it.each(['201', '2XX', 'default'])('is taken from the answer %s where there is no 200', status => {
    expect(outputOf(answers({ type: 'object', properties: { a: {} } }, {}, status))).toEqual({
      type: 'object',
      properties: { a: {} },
    })
  })

  it('accepts null, more and less than the document says', () => {
    const schema = { type: 'object', required: ['a', 'b'], properties: { a: { type: 'object' }, b: { type: 'array' } } }
    const accepts = new Ajv2020({ strict: false }).compile(outputOf(answers(schema)) as object)
    expect([accepts({}), accepts({ a: null, c: 1 }), accepts({ b: null })]).toEqual([true, true, true])
  })
})

describe('a discriminator', () => {
  const schemas = {
    Cat: { type: 'object', properties: { kind: { type: 'string' }, lives: { type: 'integer' } } },
    Dog: { type: 'object', properties: { kind: { type: 'string' } } },
  }
  const bodyOf = (mapping?: object) => {
    const pet = {
      oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
      discriminator: { propertyName: 'kind', ...(mapping && { mapping }) },
    }
    const body = { required: true, content: { 'application/json': { schema: pet } } }
    const document = documentOf({ '/a': { post: { requestBody: body } } }, { components: { schemas } })
    return (onlySchema(document).properties as { body: object }).body
  }

  it('with a mapping requires its value in each branch', () => {
    const accepts = new Ajv2020({ strict: false }).compile(
      bodyOf({ cat: '#/components/schemas/Cat', dog: 'Dog', hound: 'Dog' }),
    )
    expect(accepts({ kind: 'cat', lives: 9 })).toBe(true)
    expect(accepts({ kind: 'hound' })).toBe(true)
    expect(accepts({ kind: 'fish' })).toBe(false)
    expect(accepts({ lives: 9 })).toBe(false)
  })

  it('without a mapping changes nothing', () => {
    expect(new Ajv2020({ strict: false }).compile(bodyOf())({ lives: 9 })).toBe(true)
  })
})
