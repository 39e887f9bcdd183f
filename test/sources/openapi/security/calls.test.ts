import type { IncomingMessage } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import type { OpenApiConfig } from '../../../../src/core/source-config.ts'
import type { ToolSource } from '../../../../src/core/tool-source.ts'
import { openApiSource } from '../../../../src/sources/openapi/open-api-source.ts'
import type { Echo } from '../helpers.ts'
import { calmly, configOf, documentOf, serve, serveEcho } from '../helpers.ts'
import { sendToken, serveTokens } from './token-server.ts'

const securitySchemes = {
  header: { type: 'apiKey', in: 'header', name: 'X-Key' },
  query: { type: 'apiKey', in: 'query', name: 'api_key' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
  basic: { type: 'http', scheme: 'basic' },
  bearer: { type: 'http', scheme: 'bearer' },
  other: { type: 'http', scheme: 'HOBA' },
  oauth: { type: 'oauth2', flows: { authorizationCode: { authorizationUrl: 'https://h/a', tokenUrl: 'https://h/t' } } },
  oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://h/c' },
  mtls: { type: 'mutualTLS' },
}

/** A document with one operation that asks for this. */
const asking = (security: unknown, operation: object = {}, rest: object = {}) =>
  documentOf({ '/p': { get: { security, ...operation } } }, { components: { securitySchemes }, ...rest })

function open(document: unknown, rest: Partial<OpenApiConfig>, options = {}): ToolSource {
  const source = openApiSource(configOf(document, rest), { limits: defaultLimits, ...options })
  onTestFinished(() => source.close())
  return source
}

async function echoed(document: unknown, rest: Partial<OpenApiConfig>, args = {}, headers = {}): Promise<Echo> {
  const echo = await serveEcho()
  onTestFinished(echo.close)
  const result = await open(document, { baseUrl: echo.url, ...rest }).call('get /p', args, { ...calmly(), headers })
  expect(result.isError).toBeUndefined()
  return result.structuredContent as Echo
}

/** An API that refuses what `accepts` does not accept, repeating all that it saw. */
async function strictApi(accepts: (request: IncomingMessage) => boolean, status = 401) {
  const seen: IncomingMessage[] = []
  const api = await serve((request, response) => {
    seen.push(request)
    if (accepts(request)) response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
    else response.writeHead(status).end(`no: ${request.url} ${JSON.stringify(request.headers)}`)
  })
  onTestFinished(api.close)
  return { url: api.url, seen }
}

const textOf = ({ content }: Awaited<ReturnType<ToolSource['call']>>): string => String(content[0]?.text)

const value = (text: string) => ({ kind: 'value', value: text }) as const
const login = { kind: 'login', username: 'u', password: 'p:w' } as const

describe('a call with credentials', () => {
  it.each<[string, unknown, NonNullable<OpenApiConfig['credentials']>, object, string]>([
    ['a key in a header', [{ header: [] }], { header: value('k') }, { 'x-key': 'k' }, '/p'],
    ['a key in the query', [{ query: [] }], { query: value('k&k') }, {}, '/p?api_key=k%26k'],
    ['a key in a cookie', [{ cookie: [] }], { cookie: value('k') }, { cookie: 'sid=k' }, '/p'],
    ['a user and a password', [{ basic: [] }], { basic: login }, { authorization: 'Basic dTpwOnc=' }, '/p'],
    ['a bearer', [{ bearer: [] }], { bearer: value('t') }, { authorization: 'Bearer t' }, '/p'],
    ['another scheme', [{ other: [] }], { other: value('v') }, { authorization: 'HOBA v' }, '/p'],
    ['a token of OAuth', [{ oauth: ['a'] }], { oauth: value('t') }, { authorization: 'Bearer t' }, '/p'],
    ['a token of OpenID Connect', [{ oidc: [] }], { oidc: value('t') }, { authorization: 'Bearer t' }, '/p'],
    [
      'all of one requirement',
      [{ basic: [] }, { header: [], query: [] }],
      { header: value('a'), query: value('b') },
      { 'x-key': 'a' },
      '/p?api_key=b',
    ],
  ])('sends %s', async (_, security, credentials, headers, url) => {
    const seen = await echoed(asking(security), { credentials })
    expect(seen).toMatchObject({ url, headers })
  })

  it('sends nothing that the operation does not ask for', async () => {
    const credentials = { header: value('k'), query: value('k'), cookie: value('k'), bearer: value('k') }
    for (const security of [[], [{}]]) {
      const seen = await echoed(asking(security, {}, { security: [{ bearer: [] }] }), { credentials })
      expect([seen.url, seen.headers['x-key'], seen.headers.cookie, seen.headers.authorization]).toEqual([
        '/p',
        ...[undefined, undefined, undefined],
      ])
    }
  })

  it("holds to the document's requirements where the operation has none", async () => {
    const document = asking(undefined, {}, { security: [{ bearer: [] }] })
    expect((await echoed(document, { credentials: { bearer: value('t') } })).headers.authorization).toBe('Bearer t')
  })

  it('sends what is configured where the document never says what it needs', async () => {
    const seen = await echoed(asking(undefined), { credentials: { header: value('k') } })
    expect(seen.headers['x-key']).toBe('k')
  })

  it('understands a document of 2.0', async () => {
    const document = {
      swagger: '2.0',
      securityDefinitions: { key: { type: 'apiKey', in: 'query', name: 'k' }, user: { type: 'basic' } },
      security: [{ key: [], user: [] }],
      paths: { '/p': { get: {} } },
    }
    const seen = await echoed(document, { credentials: { key: value('1'), user: value('u:p') } })
    expect([seen.url, seen.headers.authorization]).toEqual(['/p?k=1', 'Basic dTpw'])
  })

  it('neither shows a parameter that carries a credential nor lets an argument replace it', async () => {
    const parameters = [
      { name: 'x-KEY', in: 'header', schema: { type: 'string' } },
      { name: 'api_key', in: 'query', required: true, schema: { type: 'string' } },
      { name: 'sid', in: 'cookie', schema: { type: 'string' } },
      { name: 'api_key', in: 'header', schema: { type: 'string' } },
      { name: 'session', in: 'cookie', schema: { type: 'string' } },
    ]
    const document = asking([{ header: [], query: [], cookie: [] }], { parameters })
    const credentials = { header: value('h'), query: value('q'), cookie: value('c') }
    const [tool] = await open(document, { credentials }).list(calmly())
    expect(Object.keys(tool?.tool.inputSchema.properties as object)).toEqual(['api_key', 'session'])
    const seen = await echoed(document, { credentials }, { api_key: 'mine', session: 's' })
    expect(seen.url).toBe('/p?api_key=q')
    expect(seen.headers).toMatchObject({ 'x-key': 'h', api_key: 'mine', cookie: 'session=s; sid=c' })
    const refused = await open(document, { credentials, baseUrl: 'http://127.0.0.1:1' }).call(
      'get /p',
      { 'x-KEY': 'mine' },
      calmly(),
    )
    expect(textOf(refused)).toContain('Unknown argument "x-KEY"')
  })

  it('sends a credential that an operation asks for by a parameter only', async () => {
    const parameters = [{ name: 'api_key', in: 'query', schema: { type: 'string' } }]
    const document = asking([{ bearer: [] }], { parameters })
    const seen = await echoed(document, { credentials: { bearer: value('t'), query: value('q') } })
    expect([seen.url, seen.headers.authorization]).toEqual(['/p?api_key=q', 'Bearer t'])
  })

  it('leaves a field of the body that has the name of a key, and replaces the one of the base URL', async () => {
    const echo = await serveEcho()
    onTestFinished(echo.close)
    const schema = { type: 'object', properties: { api_key: { type: 'string' } } }
    const operation = { security: [{ query: [] }], requestBody: { content: { 'application/json': { schema } } } }
    const document = documentOf({ '/p': { post: operation } }, { components: { securitySchemes } })
    const api = open(document, { baseUrl: `${echo.url}/?api_key=base`, credentials: { query: value('q') } })
    const { structuredContent } = await api.call('post /p', { api_key: 'mine' }, calmly())
    expect(structuredContent).toMatchObject({ url: '/p?api_key=q', body: '{"api_key":"mine"}' })
  })
})

describe("a caller's own credentials", () => {
  it('come from the header that is named', async () => {
    const credentials = { bearer: { kind: 'header', name: 'x-orders-token' } } as const
    const document = asking([{ bearer: [] }])
    const seen = await echoed(document, { credentials }, {}, { 'x-orders-token': 'mine', 'x-other': 'not sent' })
    expect(seen.headers).toMatchObject({ authorization: 'Bearer mine' })
    expect(Object.keys(seen.headers)).not.toEqual(expect.arrayContaining(['x-orders-token']))
    expect(Object.keys(seen.headers)).not.toEqual(expect.arrayContaining(['x-other']))
  })

  it('are passed on where the entry says so, and never replace what is configured', async () => {
    const headers = {
      'x-mcp-test-authorization': 'Bearer mine',
      'x-mcp-test-x-key': 'mine',
      'x-mcp-test-x-own': 'mine',
    }
    const rest = { credentials: { bearer: value('configured') }, headers: { 'X-Own': 'configured' } }
    const document = asking([{ bearer: [] }])
    const passed = await echoed(document, { ...rest, forwardHeaders: true }, {}, headers)
    expect(passed.headers).toMatchObject({ authorization: 'Bearer configured', 'x-key': 'mine', 'x-own': 'configured' })
    expect((await echoed(document, rest, {}, headers)).headers['x-key']).toBeUndefined()
    const listed = await echoed(document, { forwardHeaders: ['authorization'] }, {}, headers)
    expect([listed.headers.authorization, listed.headers['x-key']]).toEqual(['Bearer mine', undefined])
  })

  it('are not asked of the model', async () => {
    const parameters = ['X-Tenant', 'X-Other'].map(name => ({ name, in: 'header', required: true, schema: {} }))
    const source = open(asking([], { parameters }), { forwardHeaders: ['x-tenant'] })
    const [tool] = await source.list(calmly())
    expect(tool?.tool.inputSchema).toMatchObject({ required: ['X-Other'] })
  })

  it('are not looked at where nothing needs them', async () => {
    const context = {
      ...calmly(),
      get headers(): never {
        throw new Error('read')
      },
    }
    const api = await strictApi(() => true)
    const source = open(asking([{ bearer: [] }]), { baseUrl: api.url, credentials: { bearer: value('t') } })
    expect((await source.call('get /p', {}, context)).isError).toBeUndefined()
  })
})

describe('a fetched token', () => {
  const client = (tokenUrl: string) => ({
    oauth: { kind: 'client', clientId: 'id', clientSecret: 'canary-secret', tokenUrl, auth: 'basic' } as const,
  })
  const document = asking([{ oauth: [] }])

  it('is fetched once for 20 calls at once', async () => {
    const tokens = await serveTokens()
    const api = await strictApi(({ headers }) => headers.authorization === 'Bearer token-1')
    const source = open(document, { baseUrl: api.url, credentials: client(tokens.url) })
    const results = await Promise.all(Array.from({ length: 20 }, () => source.call('get /p', {}, calmly())))
    expect(results.filter(({ isError }) => isError)).toEqual([])
    expect([tokens.requests.length, api.seen.length]).toEqual([1, 20])
  })

  it.each<[string, object[], object, string | null]>([
    [
      'the scopes of the alternative that is taken',
      [{ missing: ['no'] }, { oauth: ['write', 'read'] }],
      {},
      'read write',
    ],
    ['those that are configured, whatever the operation lists', [{ oauth: ['write'] }], { scopes: ['mine'] }, 'mine'],
    ['none where none is listed', [{ oauth: [] }], {}, null],
  ])('is asked for with %s', async (_, security, more, scope) => {
    const tokens = await serveTokens()
    const api = await strictApi(() => true)
    const { oauth } = client(tokens.url)
    const source = open(asking(security), { baseUrl: api.url, credentials: { oauth: { ...oauth, ...more } } })
    await source.call('get /p', {}, calmly())
    expect(tokens.requests.map(({ form }) => form.get('scope'))).toEqual([scope])
  })

  it('that is refused is fetched anew once, and the call sent once more', async () => {
    const tokens = await serveTokens()
    const api = await strictApi(({ headers }) => headers.authorization === 'Bearer token-2')
    const source = open(document, { baseUrl: api.url, credentials: client(tokens.url) })
    const results = await Promise.all([1, 2, 3].map(() => source.call('get /p', {}, calmly())))
    expect(results.map(textOf)).toEqual(['{"ok":true}', '{"ok":true}', '{"ok":true}'])
    expect(tokens.requests).toHaveLength(2)
  })

  it('that is refused again is an answer, in which neither token shows', async () => {
    const tokens = await serveTokens((response, count) =>
      sendToken(response, { access_token: `canary-token-${count}` }),
    )
    const api = await strictApi(() => false)
    const source = open(document, { baseUrl: api.url, credentials: client(tokens.url) })
    const result = await source.call('get /p', {}, calmly())
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/^HTTP 401 Unauthorized \(GET \/p\)\nno: /)
    expect(textOf(result)).toContain('Credentials were sent for the security scheme "oauth".')
    expect(textOf(result)).not.toContain('canary')
    expect([tokens.requests.length, api.seen.length]).toEqual([2, 2])
  })

  it('is not fetched for a 403', async () => {
    const tokens = await serveTokens()
    const api = await strictApi(() => false, 403)
    await open(document, { baseUrl: api.url, credentials: client(tokens.url) }).call('get /p', {}, calmly())
    expect([tokens.requests.length, api.seen.length]).toEqual([1, 1])
  })

  it('that cannot be had is a result that says why, and shows in the health', async () => {
    const tokens = await serveTokens(response => sendToken(response, { error: 'invalid_client' }, 401))
    const source = open(document, { baseUrl: 'http://127.0.0.1:1', credentials: client(tokens.url) })
    const result = await source.call('get /p', {}, calmly())
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/^No token for the security scheme "oauth": .* answered HTTP 401, invalid_client\.$/)
    expect(source.health()).toMatchObject({ state: 'degraded', lastFailure: { message: textOf(result) } })
  })
})

describe('a call whose credentials are missing', () => {
  const document = asking([
    { bearer: [], query: [] },
    { mtls: [], basic: [], other: [] },
  ])
  const credentials = { query: value('canary-query') }

  it('is sent with what there is, and a refusal says what is missing and what to do', async () => {
    const api = await strictApi(() => false)
    const result = await open(document, { baseUrl: api.url, credentials }).call('get /p', {}, calmly())
    expect(api.seen[0]?.url).toBe('/p?api_key=canary-query')
    expect(textOf(result)).toContain(
      'Credentials are missing for the security scheme "bearer": set credentials["bearer"] to the token.',
    )
    expect(textOf(result)).not.toContain('canary')
  })

  it('is not sent under strictAuth', async () => {
    const api = await strictApi(() => true)
    const strict = open(document, { baseUrl: api.url, credentials, strictAuth: true })
    const result = await strict.call('get /p', {}, calmly())
    expect([result.isError, api.seen.length]).toEqual([true, 0])
    expect(textOf(result)).toMatch(/^Not called\. Credentials are missing for the security scheme "bearer": set /)
  })

  it.each<[string, unknown, Partial<OpenApiConfig>, Record<string, string>]>([
    ['that are optional', [{ bearer: [] }, {}], {}, {}],
    ['that headers have', [{ bearer: [] }], { headers: { Authorization: 'Bearer t' } }, {}],
    ['that headers have as a key', [{ header: [] }], { headers: { 'x-key': 't' } }, {}],
    ['that headers have as a cookie', [{ cookie: [] }], { headers: { Cookie: 'a=b; sid=1' } }, {}],
    ['that the caller has', [{ bearer: [] }], { forwardHeaders: ['authorization'] }, { authorization: 'Bearer t' }],
  ])('is sent under strictAuth without those %s', async (_, security, rest, headers) => {
    const api = await strictApi(() => true)
    const source = open(asking(security), { baseUrl: api.url, strictAuth: true, ...rest })
    const result = await source.call('get /p', {}, { ...calmly(), headers })
    expect([result.isError, api.seen.length]).toEqual([undefined, 1])
  })

  it('is told in which header the caller was to send them', async () => {
    const given = { credentials: { bearer: { kind: 'header', name: 'x-token' } as const }, strictAuth: true }
    const result = await open(asking([{ bearer: [] }]), { baseUrl: 'http://127.0.0.1:1', ...given }).call(
      'get /p',
      {},
      calmly(),
    )
    expect(textOf(result)).toContain(`"bearer": send it as the caller's header "x-token".`)
  })

  it('says of a scheme that the document forgot that it did', async () => {
    const source = open(asking([{ forgotten: [] }]), { baseUrl: 'http://127.0.0.1:1', strictAuth: true })
    expect(textOf(await source.call('get /p', {}, calmly()))).toContain('does not define "forgotten"')
  })
})

describe('a server elsewhere', () => {
  it('that a document has for some operations gets neither headers nor credentials', async () => {
    const [home, other] = [await serveEcho(), await serveEcho()]
    onTestFinished(home.close)
    onTestFinished(other.close)
    const security = [{ bearer: [], query: [] }]
    const elsewhere = other.url.replace('127.0.0.1', 'localhost')
    const document = documentOf(
      { '/p': { get: { security } }, '/q': { get: { security, servers: [{ url: elsewhere }] } } },
      { components: { securitySchemes }, servers: [{ url: home.url }] },
    )
    const rest: Partial<OpenApiConfig> = {
      // It may be reached at its address, but nobody has named it.
      allowHosts: [{ kind: 'network', address: '127.0.0.0', bits: 8 }],
      headers: { 'X-Own': 'canary-1' },
      credentials: { bearer: value('canary-2'), query: value('canary-3') },
      forwardHeaders: ['x-tenant'],
    }
    const source = open(document, rest)
    const context = { ...calmly(), headers: { 'x-tenant': 'canary-4' } }
    expect(JSON.stringify(await source.call('get /p', {}, context)).match(/canary-\d/g)?.length).toBeGreaterThan(3)
    const { structuredContent } = await source.call('get /q', {}, context)
    expect(structuredContent).toMatchObject({ url: '/q' })
    expect(JSON.stringify(structuredContent)).not.toContain('canary')
    const refused = await open(document, { ...rest, strictAuth: true }).call('get /q', {}, context)
    expect(textOf(refused)).toContain('goes to another host than the rest of the API')
  })
})

describe('no error, list, health or log', () => {
  it('repeats a key that stands in the link to the next page', async () => {
    const api = await serve(({ url }, response) => {
      response.writeHead(200, { 'content-type': 'application/json', link: `<http://h${url}&page=2>; rel="next"` })
      response.end('[]')
    })
    onTestFinished(api.close)
    const credentials = { query: value('canary key') }
    const result = await open(asking([{ query: [] }]), { baseUrl: api.url, credentials }).call('get /p', {}, calmly())
    expect(JSON.stringify(result)).toContain('<http://h/p?api_key=[hidden]&page=2>')
    expect(JSON.stringify(result)).not.toContain('canary')
  })

  it('repeats a credential, in whichever spelling the API does', async () => {
    const secrets = ['canary/key"1', 'canary&query=2', 'canary cookie;3', 'canary-password-4', 'canary-caller-5']
    const [header = '', query = '', cookie = '', password = '', own = ''] = secrets
    const api = await strictApi(() => false, 403)
    const document = asking([{ header: [], query: [], cookie: [], basic: [] }])
    const logged: unknown[] = []
    const log = (...line: unknown[]) => logged.push(line)
    const config: Partial<OpenApiConfig> = {
      baseUrl: api.url,
      credentials: {
        unknown: value('canary-unknown-7'),
        header: value(header),
        query: value(query),
        cookie: value(cookie),
        basic: { kind: 'login', username: 'user', password },
      },
      headers: { 'x-own': 'Token canary-own-6' },
      forwardHeaders: ['x-caller'],
    }
    const source = open(document, config, { log })
    const result = await source.call('get /p', {}, { ...calmly(), headers: { 'x-caller': own } })
    const everything = JSON.stringify([result, source.health(), await source.list(calmly()), logged])
    expect(logged).toHaveLength(1)
    expect(everything).toContain('[hidden]')
    expect(everything).not.toContain('canary')
    expect(everything).not.toContain(Buffer.from(`user:${password}`).toString('base64'))
    expect(textOf(result)).toContain(
      'Credentials were sent for the security schemes "header", "query", "cookie", "basic".',
    )
  })
})
