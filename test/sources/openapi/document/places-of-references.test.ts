import { describe, expect, it } from 'vitest'
import { documentOf, onlyCall, onlySchema, read } from '../helpers.ts'

const here = { $ref: '#/x-here' }
const post = (operation: object, rest: object = {}) => documentOf({ '/a': { post: operation } }, rest)
const sent = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } } })

// No version of OpenAPI allows it, and documents of many files are full of it.
describe('a reference in place of a list or a map', () => {
  const parameters = [{ name: 'q', in: 'query', required: true, schema: { type: 'string' } }]
  const asked = { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] }

  it('stands for the parameters of an operation or a path', () => {
    expect(onlySchema(post({ parameters: here }, { 'x-here': parameters }))).toEqual(asked)
    const paths = { '/a': { parameters: here, post: {} } }
    expect(onlySchema(documentOf(paths, { 'x-here': parameters }))).toEqual(asked)
  })

  it.each([
    ['properties', { properties: here, required: ['q'] }],
    ['the same in a part of it', { allOf: [{ properties: here, required: ['q'] }] }],
  ])('stands for %s of a body', (_, schema) => {
    const document = post(sent({ type: 'object', ...schema }), {
      'x-here': { q: { type: 'string' }, id: { readOnly: true } },
    })
    const { properties } = onlySchema(document)
    expect(properties).toEqual({ q: { type: 'string' } })
  })

  it('stands for the content of a body, and for the fields of a form', () => {
    const file = { type: 'string', format: 'binary' }
    const content = { 'multipart/form-data': { schema: { type: 'object', properties: { $ref: '#/x-fields' } } } }
    const document = post({ requestBody: { content: here } }, { 'x-here': content, 'x-fields': { f: file } })
    const { body, slots } = onlyCall(document)
    expect(body?.kind).toBe('multipart')
    expect(slots.get('f')).toMatchObject({ place: 'field', encoding: { file: { always: true } } })
  })

  it('stands for servers, of the document and of an operation', () => {
    const at = (url: string) => ({ 'x-here': [{ url }] })
    expect(read(post({}, { servers: here, ...at('https://a.example/v1') })).servers).toEqual(['https://a.example/v1'])
    const { baseUrls } = onlyCall(post({ servers: here }, at('https://b.example/')))
    expect(baseUrls.usable[0]?.href).toBe('https://b.example/')
  })

  it('stands for security schemes, and for what asks for them', () => {
    const key = { type: 'apiKey', in: 'header', name: 'X-Key' }
    const components = { securitySchemes: { $ref: '#/x-schemes' } }
    const rest = { components, 'x-schemes': { key }, 'x-here': [{ key: [] }] }
    const config = { credentials: { key: { kind: 'value', value: 'secret' } } } as const
    for (const document of [post({ security: here }, rest), post({}, { ...rest, security: here })]) {
      expect(read(document, config).securitySchemes).toMatchObject([{ name: 'key', satisfied: true }])
      expect(onlyCall(document, config).security.alternatives).toEqual([new Map([['key', []]])])
    }
  })

  it.each([
    ['parameters', { parameters: { $ref: 'lists.yaml#/all' } }],
    ['a body of unknown properties', sent({ type: 'object', properties: { $ref: 'lists.yaml#/all' } })],
    ['security', { security: { $ref: 'lists.yaml#/all' } }],
  ])('costs the operation where it leads nowhere that is read: %s', (_, operation) => {
    expect(read(post(operation))).toMatchObject({ tools: [], skipped: [{ code: 'REF_REMOTE', path: '/a' }] })
  })

  it('is told of where the document itself needs it', () => {
    const lost = { $ref: '#/nowhere' }
    const { warnings, servers } = read(
      post({}, { servers: lost, security: lost, components: { securitySchemes: lost } }),
    )
    expect(servers).toEqual([])
    expect(warnings.map(({ code }) => code).sort()).toEqual([
      ...['SCHEME_INVALID', 'SCHEME_INVALID', 'SERVER_UNUSABLE', 'SERVER_UNUSABLE'],
    ])
  })
})
