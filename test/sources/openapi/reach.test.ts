import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AllowedHost } from '../../../src/core/allowed-host.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { OpenApiConfig } from '../../../src/core/source-config.ts'
import { createGateway } from '../../../src/gateway/gateway.ts'
import { openApiSource } from '../../../src/sources/openapi/open-api-source.ts'
import { previewDocument } from '../../../src/sources/openapi/read-source.ts'
import type { Echo, TestServer } from './helpers.ts'
import { calmly, configOf, documentOf, read, reasonsOf, serve, serveEcho } from './helpers.ts'

let echo: TestServer
let port = 0
let folder: string
beforeAll(async () => {
  echo = await serveEcho()
  port = Number(new URL(echo.url).port)
  folder = await mkdtemp(join(tmpdir(), 'reach-'))
})
afterAll(async () => {
  await echo.close()
  await rm(folder, { recursive: true })
})

const get = { '/ok': { get: { operationId: 'ok' } } }
const withServers = (...urls: string[]) => documentOf(get, { servers: urls.map(url => ({ url })) })
const listOf = (document: unknown, rest: Partial<OpenApiConfig> = {}) =>
  openApiSource(configOf(document, rest), { limits: defaultLimits })
const loopbackNetwork: AllowedHost = { kind: 'network', address: '127.0.0.0', bits: 8 }
const own = (host: string, at?: number): AllowedHost => ({ kind: 'host', host, ...(at && { port: at }) })

describe('a server that only the document names', () => {
  it.each<[string, Record<string, unknown>]>([
    ['metadata', withServers('http://169.254.169.254')],
    ['loopback in hexadecimal', withServers('http://0x7f000001:9999')],
    ['IPv6 loopback', withServers('http://[::1]:9999')],
    ['localhost', withServers('http://localhost:9999')],
    ['an address in unusual digits', withServers('http://169。254。169。254/')],
    [
      'a 2.0 host',
      { swagger: '2.0', host: '169.254.169.254', basePath: '/../', schemes: ['file', 'http'], paths: get },
    ],
  ])('is listed but never called: %s', async (_, document) => {
    const path = join(folder, 'api.json')
    await writeFile(path, JSON.stringify(document))
    const api = listOf(undefined, { document: { at: path } })
    expect(await api.list(calmly())).toHaveLength(1)
    const failure = await api.call('get /ok', {}, calmly()).catch(thrown => thrown)
    expect(failure).toMatchObject({ code: 'EGRESS_DENIED' })
    expect(failure.message).toMatch(/^"test" may not be reached at \S+:\d+, .*"baseUrl", or in "allowHosts"/)
    // The API did nothing wrong: other operations may work.
    expect(api.health().state).toBe('ready')
    await api.close()
  })

  it('is a failure that the model can read', async () => {
    const gateway = createGateway(defaultLimits, () => {})
    const api = listOf(withServers(echo.url))
    gateway.replace([{ source: api }], {})
    const scope = { caller: { id: 'local', access: {} }, endpoint: { kind: 'all' } } as const
    const [tool] = (await gateway.list(scope)).tools
    expect(await gateway.call(scope, tool?.name ?? '', {}, calmly())).toMatchObject({
      isError: true,
      _meta: { 'patchbay/code': 'EGRESS_DENIED' },
    })
    gateway.close()
    await api.close()
  })

  it.each<[string, () => Partial<OpenApiConfig>]>([
    ['as "baseUrl"', () => ({ baseUrl: echo.url })],
    ['by host', () => ({ allowHosts: [own('127.0.0.1')] })],
    ['by host and port', () => ({ allowHosts: [own('127.0.0.1', port)] })],
    ['by network', () => ({ allowHosts: [loopbackNetwork] })],
  ])('is called where the operator names it too, %s', async (_, config) => {
    const api = listOf(withServers(echo.url), config())
    expect((await api.call('get /ok', {}, calmly())).isError).toBeUndefined()
    await api.close()
  })

  it('is called on the host that the document itself came from, and on no other port of it', async () => {
    const other = await serveEcho()
    const documents = await serve((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://x')
      if (pathname === '/own.json') response.end(JSON.stringify(documentOf(get)))
      else if (pathname === '/other.json') response.end(JSON.stringify(withServers(other.url)))
      else response.end('"called"')
    })
    const same = listOf(undefined, { document: { at: `${documents.url}/own.json` } })
    expect((await same.call('get /ok', {}, calmly())).isError).toBeUndefined()
    const elsewhere = listOf(undefined, { document: { at: `${documents.url}/other.json` } })
    await expect(elsewhere.call('get /ok', {}, calmly())).rejects.toMatchObject({ code: 'EGRESS_DENIED' })
    await Promise.all([same.close(), elsewhere.close(), documents.close(), other.close()])
  })

  it('is warned of before anyone calls it', () => {
    expect(reasonsOf(read(withServers('http://127.0.0.1:9000')))).toEqual([
      expect.stringMatching(
        /^Calls to http:\/\/127\.0\.0\.1:9000 are refused: it is a loopback address.*"allowHosts"\.$/,
      ),
    ])
    expect(reasonsOf(read(withServers('http://127.0.0.1:9000'), { allowHosts: [loopbackNetwork] }))).toEqual([])
    expect(reasonsOf(read(withServers('https://api.example.com')))).toEqual([])
  })
})

describe('the configured headers', () => {
  const headers = { authorization: 'Bearer s3cret-token' }
  /** The API at 127.0.0.1, one operation of it at a name of the same machine. */
  const document = () =>
    documentOf(
      {
        ...get,
        '/op': { get: { operationId: 'op', servers: [{ url: `http://localhost:${port}` }] } },
        '/path': { servers: [{ url: `http://localhost:${port}` }], get: { operationId: 'path' } },
      },
      { servers: [{ url: `http://127.0.0.1:${port}` }] },
    )

  it.each<[string, string, AllowedHost[], string | undefined]>([
    ['are sent to the API', 'get /ok', [loopbackNetwork], 'Bearer s3cret-token'],
    ["are not sent to an operation's own server", 'get /op', [loopbackNetwork], undefined],
    ["are not sent to a path's own server", 'get /path', [loopbackNetwork], undefined],
    ['are sent there when the host is allowed', 'get /op', [loopbackNetwork, own('localhost')], 'Bearer s3cret-token'],
  ])('%s', async (_, key, allowHosts, expected) => {
    const api = listOf(document(), { headers, allowHosts })
    const result = await api.call(key, {}, calmly())
    expect((result.structuredContent as Echo).headers.authorization).toBe(expected)
    await api.close()
  })

  it('are missed with a warning', () => {
    const elsewhere = documentOf(
      { '/op': { get: { servers: [{ url: 'https://files.example.com' }] } } },
      { servers: [{ url: 'https://api.example.com' }] },
    )
    expect(reasonsOf(read(elsewhere, { headers }))).toEqual([
      'Calls to https://files.example.com go without the configured headers, since it is another server. Add the host to "allowHosts" if it may have them.',
    ])
    expect(reasonsOf(read(elsewhere))).toEqual([])
    expect(reasonsOf(read(elsewhere, { tls: { cert: 'c', key: 'k' }, allowHosts: [own('api.example.com')] }))).toEqual([
      'Calls to https://files.example.com go without "tls.cert", since only the document names it. Add the host to "allowHosts" if it may have it.',
    ])
  })

  it.each([
    ['the origin of the API', 'https://api.example.com/v2', [], true],
    ['another port of it', 'https://api.example.com:8443', [], false],
    ['a name below it', 'https://x.api.example.com', [], false],
    ['another host', 'https://evil.example', [], false],
    ['an allowed host', 'https://files.example.com', [own('files.example.com')], true],
    ['an allowed host over plain http', 'http://files.example.com', [own('files.example.com')], false],
    ['the API over plain http', 'http://api.example.com', [], false],
  ] as const)('may go to %s: %s', (_, url, allowHosts, expected) => {
    const paths = { '/op': { get: { servers: [{ url }] } } }
    const from = documentOf(paths, { servers: [{ url: 'https://api.example.com/v1' }] })
    expect(read(from, { headers, allowHosts }).calls.get('get /op')?.isTrusted).toBe(expected)
  })
})

describe('a preview', () => {
  const document = { at: '' }
  const show = (at: string, egress?: Parameters<typeof previewDocument>[1]['egress']) =>
    previewDocument(
      { document: { ...document, at }, headers: {} },
      { limits: defaultLimits, ...(egress && { egress }) },
    )

  it('fetches no document from a private host, though its own request names it', async () => {
    const documents = await serve((_, response) => response.end(JSON.stringify(documentOf(get))))
    await expect(show(`${documents.url}/api.json`)).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
      message: expect.stringMatching(
        /^The OpenAPI document may not be reached at 127\.0\.0\.1:\d+, a loopback address\./,
      ),
    })
    expect((await show(documents.url, { loopback: true })).tools).toHaveLength(1)
    expect((await show(documents.url, { allowHosts: [loopbackNetwork] })).tools).toHaveLength(1)
    await documents.close()
  })

  it('for the user of this machine reaches no farther than this machine', async () => {
    for (const url of ['http://169.254.169.254/latest', 'http://10.0.0.1/api.json', 'http://[fd00::1]/api.json'])
      await expect(show(url, { loopback: true })).rejects.toMatchObject({ code: 'EGRESS_DENIED' })
  })
})
