import { describe, expect, it } from 'vitest'
import { documentOf, onlyCall, onlySchema, read } from '../helpers.ts'

const binary = { type: 'string', format: 'binary' }
const upload = (property: unknown, rest: object = {}, document: object = {}) =>
  documentOf(
    {
      '/x': {
        post: {
          requestBody: {
            content: { 'multipart/form-data': { schema: { type: 'object', properties: { f: property } }, ...rest } },
          },
        },
      },
    },
    document,
  )
const fileOf = (...given: Parameters<typeof upload>) => onlyCall(upload(...given)).body?.encodings.get('f')?.file

describe('a field of a multipart form', () => {
  it.each<[string, unknown, object | undefined]>([
    ['binary (3.0)', binary, { always: true, many: false }],
    ['of a media type (3.1)', { type: 'string', contentMediaType: 'image/png' }, { always: true, many: false }],
    ['binary or null (FastAPI)', { anyOf: [binary, { type: 'null' }] }, { always: true, many: false }],
    ['a list of them', { type: 'array', items: binary }, { always: true, many: true }],
    ['behind a reference', { $ref: '#/components/schemas/File' }, { always: true, many: false }],
    ['a file or the id of one (Telegram)', { oneOf: [{ type: 'string' }, binary] }, { always: false, many: false }],
    [
      'one file or a list (OpenAI)',
      { anyOf: [binary, { type: 'array', items: binary }] },
      { always: true, many: 'also' },
    ],
    ['a file or an object', { oneOf: [binary, { type: 'object' }] }, { always: false, many: false, text: true }],
    ['a list of both', { items: { oneOf: [binary, { properties: {} }] } }, { always: false, many: true, text: true }],
    [
      'a file or a list of numbers',
      { oneOf: [binary, { items: { type: 'integer' } }] },
      { always: false, many: false, text: true },
    ],
    ['a file or a list of texts', { oneOf: [binary, { items: { type: 'string' } }] }, { always: false, many: false }],
    ['a file or anything', { oneOf: [binary, {}] }, { always: false, many: false }],
    [
      'a file or an object behind a reference',
      { oneOf: [binary, { $ref: '#/components/schemas/Object' }] },
      { always: false, many: false, text: true },
    ],
    ['base64 already', { type: 'string', format: 'byte' }, undefined],
    ['encoded already (3.1)', { type: 'string', contentEncoding: 'base64', contentMediaType: 'image/png' }, undefined],
    ['text of a media type', { type: 'string', contentMediaType: 'text/html' }, undefined],
    ['plain text', { type: 'string' }, undefined],
    ['an object that contains itself', { $ref: '#/components/schemas/Loop' }, undefined],
  ])('that is %s', (_, property, expected) => {
    const schemas = {
      File: binary,
      Object: { allOf: [{ type: 'object' }] },
      Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] },
    }
    expect(fileOf(property, {}, { components: { schemas } })).toEqual(expected)
  })

  it('is looked at once, however often its alternatives name it', () => {
    const Loop = { anyOf: Array(200).fill({ $ref: '#/components/schemas/Loop' }) }
    expect(fileOf({ $ref: '#/components/schemas/Loop' }, {}, { components: { schemas: { Loop } } })).toBeUndefined()
  })

  it('is a file when its encoding changes nothing, and none when it is base64', () => {
    expect(fileOf({ type: 'string', contentEncoding: 'binary' })).toEqual({ always: true, many: false })
    const inForm = { encoding: { f: { contentType: 'image/png' } } }
    for (const said of [{ format: 'byte' }, { format: 'base64' }, { contentEncoding: 'base64' }]) {
      expect(fileOf({ type: 'string', ...said }, inForm)).toBeUndefined()
    }
  })

  it('is a file when only its encoding says so', () => {
    expect(fileOf({}, { encoding: { f: { contentType: 'image/png, image/jpeg' } } })).toEqual({
      always: true,
      many: false,
    })
    expect(fileOf({ type: 'string' }, { encoding: { f: { contentType: 'application/json' } } })).toBeUndefined()
  })

  it.each<[string, string, unknown, boolean]>([
    ['a schema that says nothing (Telegram)', 'photo', { description: 'A photo, uploaded.', 'x-a': 1 }, true],
    ['a schema that says nothing at all, by its name', 'file', {}, true],
    ['a schema that says nothing, not even of a file', 'photo', { description: 'The photo.' }, false],
    ['an alternative that says nothing', 'photo', { anyOf: [{ description: 'A file.' }, { type: 'string' }] }, true],
    ['text that is called a file (Stripe)', 'file', { type: 'string', description: 'A file.' }, true],
    ['text that ends so', 'certificate_file', { type: 'string' }, true],
    ['text that ends so, in camel case', 'csvFile', { type: 'string' }, true],
    ['other text', 'profile', { type: 'string' }, false],
    ['one of a few texts', 'file', { type: 'string', enum: ['a'] }, false],
    ['text of a format', 'file', { type: 'string', format: 'uri' }, false],
    ['an object', 'file', { type: 'object' }, false],
  ])('may be a file where no field of its form says that it is: %s', (_, name, property, expected) => {
    const schema = { type: 'object', properties: { [name]: property, n: { type: 'integer' } } }
    const file = onlyCall(upload(undefined, { schema })).body?.encodings.get(name)?.file
    expect(file).toEqual(expected ? { always: false, many: false } : undefined)
    const withOther = { type: 'object', properties: { [name]: property, other: binary } }
    expect(onlyCall(upload(undefined, { schema: withOther })).body?.encodings.get(name)?.file).toBeUndefined()
  })

  it('is found in the alternatives of a form', () => {
    const schema = { oneOf: [{ properties: { f: binary } }, { properties: { url: {} } }] }
    expect(fileOf(undefined, { schema })).toEqual({ always: true, many: false })
  })

  it('asks the model for a file, and keeps what the document says of it', () => {
    const { properties } = onlySchema(upload({ ...binary, description: 'The photo.' })) as { properties: { f: object } }
    expect(properties.f).toMatchObject({
      description: 'The photo. A file: base64, a data: URI, or { data | text, filename?, contentType? }.',
      anyOf: [{ type: 'string', contentEncoding: 'base64' }, { type: 'object' }],
    })
  })

  it.each<[string, object, string]>([
    ['text is one', { oneOf: [binary, { type: 'object' }] }, 'A file: base64, a data: URI, or'],
    ['text may be meant', { oneOf: [binary, { type: 'string' }] }, 'A file: a data: URI, or'],
  ])('offers what is taken for a file where %s', (_, property, expected) => {
    const { properties } = onlySchema(upload(property)) as { properties: { f: { description: string } } }
    expect(properties.f.description).toContain(expected)
  })

  it('goes by its style alone where it has one', () => {
    const call = onlyCall(
      upload({}, { encoding: { f: { style: 'deepObject', explode: true, contentType: 'text/plain' } } }),
    )
    expect(call.body?.encodings.get('f')).toEqual({ encoding: { style: 'deepObject', explode: true } })
  })
})

describe('the media type of a body', () => {
  const chosen = (...types: readonly string[]) => {
    const content = Object.fromEntries(types.map(type => [type, {}]))
    const { calls, skipped } = read(documentOf({ '/x': { post: { requestBody: { content } } } }))
    const [call] = calls.values()
    return call === undefined ? skipped[0]?.code : `${call.body?.kind} ${call.body?.mediaType}`
  }

  const all = [
    '*/*',
    'image/png',
    'application/xml',
    'text/plain',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
  ]
  it.each<[string, readonly string[], string]>([
    ['JSON before all', [...all, 'application/merge-patch+json', 'application/json'], 'json application/json'],
    ['then +json, under its own name', [...all, 'application/merge-patch+json'], 'json application/merge-patch+json'],
    ['then a form', all, 'form application/x-www-form-urlencoded'],
    ['then multipart', all.slice(0, 5), 'multipart multipart/form-data'],
    ['then text', all.slice(0, 4), 'text text/plain'],
    ['then XML', all.slice(0, 3), 'text application/xml'],
    ['then bytes', all.slice(0, 2), 'bytes image/png'],
    ['and anything as JSON', all.slice(0, 1), 'json application/json'],
    ['YAML as text', ['application/apply-patch+yaml'], 'text application/apply-patch+yaml'],
    ['an unknown type as bytes', ['application/vnd.ms-excel'], 'bytes application/vnd.ms-excel'],
    ['any image as bytes', ['image/*'], 'bytes image/*'],
    ['any multipart as a form', ['multipart/*'], 'multipart multipart/form-data'],
    ['no other multipart', ['multipart/mixed'], 'BODY_UNSUPPORTED'],
    ['nothing that is no media type', ['examples'], 'BODY_UNSUPPORTED'],
  ])('is %s', (_, types, expected) => {
    expect(chosen(...types)).toBe(expected)
  })
})
