import { describe, expect, it } from 'vitest'
import { chooseMediaType } from '../../../../src/sources/openapi/document/choose-media-type.ts'
import { documentOf, onlyCall } from '../helpers.ts'

const file = { type: 'string', format: 'binary' }
const text = { type: 'string' }
const bomb = Object.fromEntries(
  [...Array(30).keys()].map(at => [`B${at}`, { anyOf: Array(30).fill({ $ref: `#/components/schemas/B${at + 1}` }) }]),
)
const document = documentOf(
  {},
  { components: { schemas: { ...bomb, B30: text, Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] } } } },
)

const object = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required })
const chosen = (
  form: object,
  other: object = object({ url: text }),
  type = 'application/json',
  encoding: object = {},
) => chooseMediaType(document, { [type]: { schema: other }, 'multipart/form-data': { schema: form, encoding } })?.kind

describe('a body that is offered as JSON and as a form', () => {
  it.each<[string, object, object | undefined, string]>([
    [
      'the form, where a file is required',
      object({ image: file, more: object({}) }, ['image']),
      undefined,
      'multipart',
    ],
    [
      'the form, where a file is required by a part of it',
      { allOf: [object({ image: file }), { required: ['image'] }] },
      undefined,
      'multipart',
    ],
    ['the form, where it takes the same and files', object({ url: text, f: file }), undefined, 'multipart'],
    [
      'the form, where it takes lists of values too',
      object({ url: text, f: { type: 'array', items: file }, tags: { type: 'array', items: text } }),
      undefined,
      'multipart',
    ],
    ['the form, where both list the same file', object({ f: file }), object({ f: file }), 'multipart'],
    ['JSON, where the form has no file', object({ url: text }), undefined, 'json'],
    ['JSON, where it takes more than the form', object({ f: file }), undefined, 'json'],
    [
      'JSON, where the form holds objects',
      object({ url: text, f: file, embed: object({ a: text }) }),
      undefined,
      'json',
    ],
    [
      'JSON, where the form holds lists of objects',
      object({ url: text, f: file, all: { type: 'array', items: object({}) } }),
      undefined,
      'json',
    ],
    [
      'JSON, where the form holds anything at all',
      object({ url: text, f: file, all: { $ref: '#/components/schemas/Loop' }, more: {} }),
      undefined,
      'json',
    ],
  ])('is sent as %s', (_, form, other, kind) => {
    expect(chosen(form, other)).toBe(kind)
  })

  it('is sent as the form where only the encoding says that a field is a file, or beside urlencoded', () => {
    const form = object({ f: {} }, ['f'])
    expect(chosen(form)).toBe('json')
    expect(chosen(form, undefined, 'application/json', { f: { contentType: 'image/png' } })).toBe('multipart')
    expect(chosen(object({ f: file }, ['f']), undefined, 'application/x-www-form-urlencoded')).toBe('multipart')
  })

  it('is chosen quickly, whatever the schemas refer to', () => {
    const endless = object({ url: text, f: file, more: { $ref: '#/components/schemas/B0' } })
    expect(chosen(endless)).toBe('multipart')
    expect(chosen({ allOf: [{ $ref: '#/components/schemas/Loop' }, { $ref: '#/components/schemas/B0' }] })).toBe('json')
  })
})

describe('a body that is offered as several patches', () => {
  const patches = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']
  const offer = (schema: unknown, types = patches) =>
    chooseMediaType(document, Object.fromEntries(types.map(type => [type, { schema }])))?.mediaType

  it.each<[string, unknown, string]>([
    ['no JSON Patch, where its schema is an object', object({}), 'application/merge-patch+json'],
    ['no JSON Patch, where its schema says nothing', {}, 'application/merge-patch+json'],
    ['no JSON Patch, where its schema goes in circles', { $ref: '#/components/schemas/Loop' }, patches[1] ?? ''],
    ['a JSON Patch, where its schema is a list', { type: 'array', items: object({}) }, 'application/json-patch+json'],
    ['a JSON Patch, where its schema may be a list', { oneOf: [object({}), { items: {} }] }, patches[0] ?? ''],
  ])('is %s', (_, schema, type) => {
    expect(offer(schema)).toBe(type)
  })

  it('is a JSON Patch, where there is no other JSON', () => {
    expect(offer(object({}), ['application/json-patch+json'])).toBe('application/json-patch+json')
    expect(offer(object({}), ['application/json-patch+json', 'text/plain'])).toBe('application/json-patch+json')
  })

  it('is no JSON Patch in 2.0 either', () => {
    const parameters = [{ name: 'b', in: 'body', schema: { $ref: '#/definitions/Patch' } }]
    const swagger = {
      swagger: '2.0',
      host: 'h.example',
      paths: { '/p': { patch: { consumes: patches, parameters } } },
      definitions: { Patch: { type: 'object' } },
    }
    expect(onlyCall(swagger).body?.mediaType).toBe('application/merge-patch+json')
  })
})
