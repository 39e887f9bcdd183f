import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { OpenApiConfig } from '../../../src/core/source-config.ts'
import { openApiSource } from '../../../src/sources/openapi/open-api-source.ts'
import { previewDocument } from '../../../src/sources/openapi/read-source.ts'
import type { Echo, TestServer } from './helpers.ts'
import { calmly, configOf, documentOf, serve, serveEcho } from './helpers.ts'

const document = documentOf({
  '/pets/{petId}': {
    parameters: [{ name: 'petId', in: 'path', required: true, schema: { type: 'integer' } }],
    get: {
      operationId: 'pets/get',
      parameters: [
        { name: 'verbose', in: 'query', schema: { type: 'boolean' } },
        { name: 'tags', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
        { name: 'X-Key', in: 'header', schema: { type: 'string' } },
      ],
    },
    put: {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
      },
    },
  },
})
document.components = {
  schemas: {
    Pet: { type: 'object', required: ['age'], properties: { age: { type: 'integer' }, name: { type: 'string' } } },
  },
}

let echo: TestServer
let folder: string
beforeAll(async () => {
  echo = await serveEcho()
  folder = await mkdtemp(join(tmpdir(), 'openapi-'))
})
afterAll(async () => {
  await echo.close()
  await rm(folder, { recursive: true })
})

const source = (given: unknown, rest: Partial<OpenApiConfig> = {}, limits = {}) =>
  openApiSource(configOf(given, rest), { limits: { ...defaultLimits, ...limits } })

async function callEcho(key: string, args: Record<string, unknown>, rest: Partial<OpenApiConfig> = {}): Promise<Echo> {
  const api = source(document, { baseUrl: `${echo.url}/v1/`, ...rest })
  const result = await api.call(key, args, calmly())
  await api.close()
  expect(result.isError).toBeUndefined()
  return result.structuredContent as Echo
}

describe('a source made from an OpenAPI document', () => {
  it('lists what the preview shows, by whichever way the document came', async () => {
    const text = JSON.stringify(document)
    await writeFile(join(folder, 'api.json'), text)
    const api = await serve((_, response) => response.end(text))
    const ways = [
      { inline: document },
      { inline: text },
      { at: join(folder, 'api.json') },
      { at: `${api.url}/api.json` },
    ]
    for (const way of ways) {
      const mine = { limits: defaultLimits, egress: { loopback: true } }
      const preview = await previewDocument({ document: way, headers: {} }, mine)
      const made = source(undefined, { document: way })
      expect(await made.list(calmly())).toEqual(preview.tools)
      expect(preview).toMatchObject({ title: 'Test', skipped: [] })
      expect(preview.tools.map(({ key, tool }) => [key, tool.name])).toEqual([
        ['get /pets/{petId}', 'pets/get'],
        ['put /pets/{petId}', 'put_pets_petId'],
      ])
      await made.close()
    }
    await api.close()
  })

  it('calls the API with each argument in its place, falsy ones too', async () => {
    const args = { petId: 0, verbose: false, tags: ['', 'b c'], 'X-Key': 'k' }
    const { method, url, headers } = await callEcho('get /pets/{petId}', args)
    expect([method, url]).toEqual(['GET', '/v1/pets/0?verbose=false&tags=&tags=b%20c'])
    expect(headers).toMatchObject({ 'x-key': 'k' })
  })

  it('sends the fields of a body that is a reference', async () => {
    const { method, headers, body } = await callEcho('put /pets/{petId}', { petId: '5', age: 0, name: '' })
    expect([method, headers['content-type'], body]).toEqual(['PUT', 'application/json', '{"age":0,"name":""}'])
  })

  it('sends the configured headers on every call, and does not ask for them', async () => {
    const headers = { 'x-key': 'from the configuration', Authorization: 'Bearer s3cret-token' }
    const seen = await callEcho('get /pets/{petId}', { petId: 1 }, { headers })
    expect(seen.headers).toMatchObject({ 'x-key': 'from the configuration', authorization: 'Bearer s3cret-token' })
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown argument', { petId: 1, colour: 'red' }, 'Unknown argument "colour"'],
    ['a missing one', {}, 'Missing required argument "petId"'],
    ['a wrong type', { petId: 'one' }, 'Argument "petId" must be integer'],
  ])('refuses %s before it calls anything', async (_, args, message) => {
    const api = source(document, { baseUrl: 'http://127.0.0.1:1' })
    const result = await api.call('get /pets/{petId}', args, calmly())
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(message) }] })
    await api.close()
  })

  it('gives an API that answers badly as a result, not as a failure, and hides what was configured', async () => {
    const api = await serve((request, response) => {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ detail: `none for ${request.headers.authorization}` }))
    })
    const pets = source(document, { baseUrl: api.url, headers: { authorization: 'Bearer s3cret-token' } })
    expect(await pets.call('get /pets/{petId}', { petId: 1 }, calmly())).toMatchObject({
      content: [{ type: 'text', text: 'HTTP 404 Not Found (GET /pets/{petId})\n{"detail":"none for [hidden]"}' }],
      isError: true,
    })
    expect(pets.health().state).toBe('ready')
    await pets.close()
    await api.close()
  })

  it('fails when the API cannot be reached, says so in its health, and recovers', async () => {
    const gone = await serve((_, response) => response.end('{}'))
    const pets = source(document, { baseUrl: gone.url })
    expect(pets.health()).toEqual({ state: 'connecting' })
    await pets.list(calmly())
    expect(pets.health()).toMatchObject({
      state: 'ready',
      details: { title: 'Test', tools: 2, baseUrl: `${gone.url}/` },
    })
    await gone.close()
    const failed = pets.call('get /pets/{petId}', { petId: 1 }, calmly())
    await expect(failed).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringContaining('"test"'),
    })
    expect(pets.health()).toMatchObject({ state: 'degraded', lastFailure: { stage: 'call' } })
    await pets.close()
    expect(pets.health().state).toBe('closed')
    await expect(pets.list(calmly())).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })

  it('fails when it has no base URL, and says what to set', async () => {
    const pets = source(document)
    await expect(pets.call('get /pets/{petId}', { petId: 1 }, calmly())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('set "baseUrl"'),
    })
    await pets.close()
  })

  it('knows only the keys it listed', async () => {
    const pets = source(document)
    for (const key of ['get /', 'constructor', '__proto__']) {
      await expect(pets.call(key, {}, calmly())).rejects.toMatchObject({ code: 'TOOL_NOT_FOUND' })
    }
    await pets.close()
  })

  it('loads once for all who ask at once, again after a failure, and tells when it came back', async () => {
    let asked = 0
    const api = await serve((_, response) => {
      asked += 1
      if (asked === 1) response.writeHead(503).end()
      else response.end(JSON.stringify(document))
    })
    const pets = source(undefined, { document: { at: `${api.url}/api.json?key=s3cret` } })
    let changes = 0
    const stop = pets.onChange(() => {
      changes += 1
    })
    const failures = await Promise.all([1, 2].map(() => pets.list(calmly()).catch(thrown => thrown)))
    for (const failure of failures) expect(failure).toMatchObject({ code: 'DOCUMENT_UNREACHABLE' })
    expect(failures[0].message).toMatch(/^"test": .*\/api\.json answered HTTP 503\.$/)
    expect(pets.health()).toMatchObject({ state: 'failed', lastFailure: { stage: 'start' } })
    await Promise.all([pets.list(calmly()), pets.list(calmly())])
    expect([asked, changes, pets.health().state]).toEqual([2, 1, 'ready'])
    stop()
    await pets.close()
    await api.close()
  })

  it('lets one who waits go away without stopping the load', async () => {
    const api = await serve((_, response) => setTimeout(() => response.end(JSON.stringify(document)), 100))
    const pets = source(undefined, { document: { at: api.url } })
    const impatient = pets.list({ signal: AbortSignal.timeout(10) })
    const patient = pets.list(calmly())
    await expect(impatient).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await patient).toHaveLength(2)
    await pets.close()
    await api.close()
  })

  it.each<[string, (url: string) => OpenApiConfig['document'], string, string]>([
    ['a file that is not there', () => ({ at: '/no/such/file.json' }), 'DOCUMENT_UNREACHABLE', 'does not exist'],
    ['a login page', url => ({ at: `${url}/html` }), 'DOCUMENT_INVALID', 'login page'],
    ['a redirect', url => ({ at: `${url}/moved` }), 'DOCUMENT_UNREACHABLE', 'Redirects are not followed'],
    ['a document that is too large', url => ({ at: `${url}/large` }), 'DOCUMENT_INVALID', 'larger than 10000 bytes'],
    ['a URL with a password', () => ({ at: 'http://u:s3cret@127.0.0.1/' }), 'DOCUMENT_INVALID', 'user or password'],
    ['an object inside itself', () => ({ inline: circle() }), 'DOCUMENT_INVALID', 'contains itself'],
  ])('has no list for %s', async (_, from, code, message) => {
    const api = await serve((request, response) => {
      if (request.url === '/moved') response.writeHead(301, { location: '/html' })
      response.end(request.url === '/large' ? 'x'.repeat(20_000) : '<html>')
    })
    const pets = source(undefined, { document: from(api.url) }, { maxDocumentBytes: 10_000 })
    const failure = await pets.list(calmly()).catch(thrown => thrown)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(failure.message).not.toContain('s3cret')
    await pets.close()
    await api.close()
  })
})

function circle(): unknown {
  const document: Record<string, unknown> = { openapi: '3.1.0' }
  document.self = document
  return document
}
