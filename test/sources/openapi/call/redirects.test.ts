import { describe, expect, it, onTestFinished } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import type { OpenApiConfig } from '../../../../src/core/source-config.ts'
import { explainRedirect, sendFollowing } from '../../../../src/sources/openapi/call/redirects.ts'
import type { HttpRequest, HttpResponse } from '../../../../src/sources/openapi/egress/http.ts'
import { openApiSource } from '../../../../src/sources/openapi/open-api-source.ts'
import { calmly, configOf, documentOf, serve } from '../helpers.ts'

const get: HttpRequest = { method: 'GET', url: new URL('https://api.example/v1/pets?a=1'), headers: {} }

/** Sends to a table of redirects; whatever is not in it is the end. */
async function follow(request: HttpRequest, places: Readonly<Record<string, readonly [number, string | undefined]>>) {
  const sent: string[] = []
  const response = await sendFollowing(request, async ({ url }): Promise<HttpResponse> => {
    sent.push(url.href)
    const [status, location] = places[url.href] ?? [200, undefined]
    return { status, headers: location === undefined ? {} : { location }, body: Buffer.from(''), cut: false }
  })
  return { sent: sent.slice(1), status: response.status }
}

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('of GET is followed inside its origin: %i', async status => {
    const { sent, status: last } = await follow(get, { [get.url.href]: [status, '/v1/pets/?a=1#top'] })
    expect([sent, last]).toEqual([['https://api.example/v1/pets/?a=1'], 200])
  })

  it.each([
    ['another host', 'https://evil.example/'],
    ['another port', 'https://api.example:8443/'],
    ['http', 'http://api.example/v1/pets/'],
    ['a user', 'https://user:word@api.example/'],
    ['another scheme', 'file:///etc/passwd'],
    ['nothing that is a URL', 'https://'],
    ['a host without its scheme', '//evil.example/'],
  ])('is not followed to %s', async (_, location) => {
    expect(await follow(get, { [get.url.href]: [302, location] })).toEqual({ sent: [], status: 302 })
  })

  it.each([
    ['without a place', get, 302, undefined],
    ['of POST', { ...get, method: 'POST' }, 307, '/b'],
    ['of GET with a body', { ...get, body: '{}' }, 302, '/b'],
    ['which is none', get, 304, '/b'],
  ])('is not followed %s', async (_, request, status, location) => {
    expect(await follow(request, { [get.url.href]: [status, location] })).toEqual({ sent: [], status })
  })

  it('is followed three times, and then told', async () => {
    const circle = { [get.url.href]: [302, '/a'], 'https://api.example/a': [302, '/a'] } as const
    expect(await follow(get, circle)).toEqual({ sent: Array(3).fill('https://api.example/a'), status: 302 })
  })

  it.each<[string | undefined, string, true | undefined, string]>([
    [
      '/b?token=1',
      'get',
      undefined,
      'to /b of the same API. With "followRedirects": true in its entry that is followed.',
    ],
    ['b/', 'get', undefined, 'It redirects to b/ of the same API.'],
    ['/b', 'get', true, 'It redirects to /b of the same API, after 3 redirects that were followed.'],
    ['/b', 'post', true, 'It redirects to /b of the same API. Redirects of POST are not followed.'],
    ['https://evil.example/x?token=1', 'get', true, 'are not followed; this one leads to https://evil.example.'],
    [undefined, 'get', true, 'It redirects, and does not say where.'],
  ])('that is not followed says where it leads: %s', (location, method, follows, sentence) => {
    const told = explainRedirect(location, { method, origin: 'https://api.example', ...(follows && { follows }) })
    expect(told).toContain(sentence)
    expect(told).not.toContain('token')
  })
})

describe('a call of an API that redirects', () => {
  const schemes = { key: { type: 'apiKey', in: 'query', name: 'key' } }
  const document = documentOf(
    { '/pets': { get: { security: [{ key: [] }] } } },
    { components: { securitySchemes: schemes } },
  )

  async function call(config: Partial<OpenApiConfig>) {
    const seen: unknown[] = []
    const api = await serve(({ url, headers }, response) => {
      seen.push([url, headers['x-tenant']])
      if (url?.startsWith('/pets/')) response.end('{}')
      else response.writeHead(301, { location: '/pets/' }).end()
    })
    onTestFinished(api.close)
    const given = {
      baseUrl: api.url,
      headers: { 'X-Tenant': 't' },
      credentials: { key: { kind: 'value', value: 'k' } },
    }
    const source = openApiSource(configOf(document, { ...given, ...config } as Partial<OpenApiConfig>), {
      limits: defaultLimits,
    })
    onTestFinished(() => source.close())
    return { result: await source.call('get /pets', {}, calmly()), seen }
  }

  it('is told of it', async () => {
    const { result, seen } = await call({})
    expect([result.isError, seen.length]).toEqual([true, 1])
    expect(result.content[0]?.text).toContain('It redirects to /pets/ of the same API.')
  })

  it('is led on with its headers and credentials where the entry says so', async () => {
    const { result, seen } = await call({ followRedirects: true })
    expect(result.structuredContent).toEqual({})
    expect(seen).toEqual([
      ['/pets?key=k', 't'],
      ['/pets/?key=k', 't'],
    ])
  })
})
