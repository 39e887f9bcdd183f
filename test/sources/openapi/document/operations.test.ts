import { describe, expect, it } from 'vitest'
import { readOperations } from '../../../../src/sources/openapi/document/operations.ts'
import { documentOf, onlyCall, onlySchema, read, reasonsOf } from '../helpers.ts'

const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } }

describe('readOperations', () => {
  it('names each operation by method and path, in the order of the document and then of our methods', () => {
    const { tools } = read(documentOf({ '/b': { post: {}, get: {} }, '/a': { get: {} } }))
    expect(tools.map(({ key, rank }) => [key, rank])).toEqual([
      ['get /b', '/b\u00000'],
      ['post /b', '/b\u00002'],
      ['get /a', '/a\u00000'],
    ])
  })

  it.each([
    ['an operationId is kept as it is', 'pets/list', 'pets/list'],
    ['none falls back to method and path', undefined, 'get_pets_petId'],
    ['nor is a number a name', 7, 'get_pets_petId'],
    ['nor is one without a letter or digit', '///', 'get_pets_petId'],
  ])('%s', (_, operationId, name) => {
    const { tools } = read(documentOf({ '/pets/{petId}': { get: { operationId } } }))
    expect(tools[0]?.tool.name).toBe(name)
  })

  it('takes headers for the same whose names differ in their case alone', () => {
    const named = (name: string, place: string) => ({ name, in: place, schema: {} })
    const parameters = [named('X-A', 'header'), named('a', 'query'), named('A', 'query')]
    const item = { parameters, get: { parameters: [named('x-a', 'header')] } }
    expect(Object.keys(onlySchema(documentOf({ '/a': item })).properties as object)).toEqual(['x-a', 'a', 'A'])
  })

  it('takes a number for the name of a parameter, as YAML makes one of digits', () => {
    const parameters = [{ name: 5, in: 'query', schema: {}, type: 'string' }]
    for (const version of [{}, { openapi: undefined, swagger: '2.0' }]) {
      expect(onlySchema(documentOf({ '/a': { get: { parameters } } }, version)).properties).toHaveProperty('5')
    }
  })

  it('gives every method of a path its parameters, which an operation may replace', () => {
    const own = { name: 'id', in: 'path', required: true, description: 'Mine.', schema: { type: 'string' } }
    const { tools } = read(documentOf({ '/a/{id}': { parameters: [id], get: {}, delete: { parameters: [own] } } }))
    expect(tools.map(({ tool }) => tool.inputSchema.properties)).toEqual([
      { id: { type: 'integer' } },
      { id: { type: 'string', description: 'Mine.' } },
    ])
  })

  it('follows references to path items, parameters and request bodies', () => {
    const { tools, skipped } = read(
      documentOf(
        { '/a/{id}': { $ref: '#/components/pathItems/A' } },
        {
          components: {
            pathItems: {
              A: {
                put: {
                  parameters: [{ $ref: '#/components/parameters/id' }],
                  requestBody: { $ref: '#/components/requestBodies/B' },
                },
              },
            },
            parameters: { id },
            requestBodies: { B: { required: true, content: { 'application/json': { schema: { type: 'array' } } } } },
          },
        },
      ),
    )
    expect(skipped).toEqual([])
    expect(tools[0]?.tool.inputSchema).toMatchObject({
      properties: { id: { type: 'integer' }, body: { type: 'array', items: {} } },
      required: ['id', 'body'],
    })
  })

  it.each([
    ['loads without a body that has no type', {}, 1, undefined],
    ['but not where that body is required', { required: true }, 0, 'BODY_UNSUPPORTED'],
  ])('%s', (_, rest, count, code) => {
    const { calls, skipped } = read(documentOf({ '/a': { post: { requestBody: { content: {}, ...rest } } } }))
    expect([calls.size, skipped[0]?.code]).toEqual([count, code])
    for (const call of calls.values()) expect(call.body).toBeUndefined()
  })

  it('skips what it cannot use, says why, and loads the rest', () => {
    const remote = { name: 'x', in: 'query', schema: { $ref: 'http://127.0.0.1:9/schema.json' } }
    const multipart = { content: { 'multipart/mixed': { schema: { type: 'object' } } } }
    const { tools, skipped } = read(
      documentOf({
        '/ok': { get: {}, GET: {} },
        '/remote': { get: { operationId: 'r', parameters: [remote] } },
        '/elsewhere': { $ref: '../other.json#/paths/a' },
        '/upload': { post: { requestBody: multipart } },
        '/null': { get: null },
        'no-slash': { get: {} },
      }),
    )
    expect(tools.map(({ key }) => key)).toEqual(['get /ok'])
    expect(skipped.map(({ method, path, code }) => [method, path, code])).toEqual([
      ['GET', '/ok', 'METHOD_UNSUPPORTED'],
      ['*', '/elsewhere', 'REF_REMOTE'],
      ['post', '/upload', 'BODY_UNSUPPORTED'],
      ['get', '/null', 'OPERATION_INVALID'],
      ['*', 'no-slash', 'PATH_INVALID'],
      ['get', '/remote', 'REF_REMOTE'],
    ])
    expect(skipped.at(-1)).toMatchObject({ operationId: 'r', pointer: '#/paths/~1remote/get' })
  })

  it('leaves out headers that are not for a caller to set, and parameters that make no sense', () => {
    const header = (name: string) => ({ name, in: 'header', schema: { type: 'string' } })
    const parameters = [
      ...['Accept', 'authorization', 'Host', 'Mcp-Session-Id', 'X-Bad\r\nName', 'X-Good'].map(header),
      { in: 'query' },
    ]
    const given = read(documentOf({ '/a': { get: { parameters } } }))
    const { tools } = given
    expect(tools[0]?.tool.inputSchema.properties).toEqual({ 'X-Good': { type: 'string' } })
    expect(reasonsOf(given).filter(warning => warning.startsWith('get /a: '))).toHaveLength(6)
    const found = given.warnings.filter(({ code }) => code === 'PARAMETER_INVALID')
    expect(found.map(({ pointer }) => pointer)).toEqual(Array(6).fill('#/paths/~1a/get'))
  })

  it('declares a placeholder that the document forgot, and drops a path parameter without one', () => {
    const { tools } = read(documentOf({ '/a/{forgotten}': { get: { parameters: [id] } } }))
    expect(tools[0]?.tool.inputSchema).toEqual({
      type: 'object',
      properties: { forgotten: { type: 'string' } },
      required: ['forgotten'],
    })
  })

  it('does not show a header that the configuration sets on every call', () => {
    const parameters = [{ name: 'X-Api-Key', in: 'header', required: true, schema: { type: 'string' } }]
    const { tools } = read(documentOf({ '/a': { get: { parameters } } }), { headers: { 'x-api-key': 'secret' } })
    expect(tools[0]?.tool.inputSchema).toEqual({ type: 'object', properties: {} })
  })

  it('makes no tools of webhooks and callbacks, and says that there are none', () => {
    const { tools, warnings } = read({ openapi: '3.1.0', webhooks: { ping: { post: {} } } })
    expect(tools).toEqual([])
    const reason = 'The document has no operation that can be called.'
    expect(warnings).toContainEqual({ code: 'NO_OPERATIONS', reason, pointer: '#/paths' })
  })

  it('never reads what an object inherits', () => {
    const document = JSON.parse('{"openapi":"3.0.0","paths":{"/a":{"__proto__":{"get":{}},"post":{}}}}')
    expect(readOperations(document).operations.map(({ method }) => method)).toEqual(['post'])
  })

  it('reads the methods that only 3.2 has', () => {
    const paths = { '/a': { query: {}, additionalOperations: { LINK: {}, CONNECT: {} } } }
    expect(read({ openapi: '3.2.0', paths }).tools.map(({ key }) => key)).toEqual(['query /a', 'LINK /a'])
  })

  it('describes an operation by summary and description, and marks a deprecated one', () => {
    const operation = { summary: 'List pets', description: 'All \u001b[31mof\u202e them.', deprecated: true }
    const { tools } = read(documentOf({ '/pets': { get: operation, post: {} } }))
    expect(tools[0]?.tool).toMatchObject({
      title: 'List pets',
      description: 'List pets\n\nAll [31mof them. [deprecated]',
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
    })
    expect(tools[1]?.tool).toMatchObject({
      description: 'POST /pets',
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    })
  })
})

describe('a Swagger 2.0 document', () => {
  const swagger = (operation: object, rest: object = {}) => ({
    swagger: '2.0',
    paths: { '/a': { post: operation } },
    ...rest,
  })

  it('has its body parameter merged like any other body', () => {
    const pet = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } }
    const body = { name: 'pet', in: 'body', required: true, schema: { $ref: '#/definitions/Pet' } }
    const schema = onlySchema(swagger({ parameters: [body] }, { definitions: { Pet: pet } }))
    expect(schema).toEqual({ type: 'object', properties: { name: { type: 'string' } }, required: ['name'] })
  })

  it('has its form fields sent as a form', () => {
    const parameters = [
      { name: 'name', in: 'formData', type: 'string', required: true },
      { name: 'tags', in: 'formData', type: 'array', items: { type: 'string' } },
    ]
    const call = onlyCall(swagger({ parameters }))
    expect(call.body).toMatchObject({ kind: 'form', mediaType: 'application/x-www-form-urlencoded', required: true })
    expect(call.inputSchema.required).toEqual(['name'])
  })

  it.each([
    ['has a file', [{ name: 'f', in: 'formData', type: 'file' }], {}],
    ['says so', [{ name: 'f', in: 'formData', type: 'string' }], { consumes: ['multipart/form-data'] }],
  ])('has its form sent as multipart where it %s', (_, parameters, rest) => {
    expect(onlyCall(swagger({ parameters }, rest)).body).toMatchObject({
      kind: 'multipart',
      mediaType: 'multipart/form-data',
    })
  })

  it('joins lists by their collectionFormat', () => {
    const list = (format: string) => ({
      name: format,
      in: 'query',
      type: 'array',
      items: { type: 'string' },
      collectionFormat: format,
    })
    const { slots } = onlyCall(swagger({ parameters: ['csv', 'ssv', 'tsv', 'pipes', 'multi'].map(list) }))
    expect(Object.fromEntries([...slots].map(([name, slot]) => [name, 'encoding' in slot && slot.encoding]))).toEqual({
      csv: { style: 'form', explode: false },
      ssv: { style: 'spaceDelimited', explode: false },
      tsv: { style: 'tabDelimited', explode: false },
      pipes: { style: 'pipeDelimited', explode: false },
      multi: { style: 'form', explode: true },
    })
  })

  it.each([
    ['replace those of the document', ['https'], 'https://a.example/v1'],
    ['are those of the document in another order', ['http', 'https'], undefined],
    ['cannot be called', ['wss'], undefined],
  ])('has servers of an operation of its own where its schemes %s', (_, schemes, expected) => {
    const document = { host: 'a.example', basePath: '/v1', schemes: expected ? ['http'] : ['https', 'http'] }
    const [call] = read(swagger({ schemes }, document)).calls.values()
    const root = expected ? 'http://a.example/v1' : 'https://a.example/v1'
    expect(call?.baseUrls.usable[0]?.href).toBe(expected ?? root)
    expect(read(swagger({ schemes }, document)).servers[0]).toBe(root)
  })

  it.each([
    ['two bodies', ['a', 'b'].map(name => ({ name, in: 'body', schema: {} }))],
    ['a body and a form', ['body', 'formData'].map(place => ({ name: 'a', in: place, schema: {} }))],
  ])('is skipped with %s', (_, parameters) => {
    expect(read(swagger({ parameters })).skipped).toMatchObject([{ code: 'BODY_UNSUPPORTED' }])
  })
})
