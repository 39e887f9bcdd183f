import { describe, expect, it, onTestFinished } from 'vitest'
import { GatewayError } from '../../src/core/errors.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import type { PreviewOptions } from '../../src/serve/preview.ts'
import { createPreview } from '../../src/serve/preview.ts'
import type { FakeSource } from '../fakes/sources.ts'
import { fakeSource, neverListed } from '../fakes/sources.ts'
import type { Answer, TestDoor } from './door.ts'
import { as, hanging, keys, openDoor, post, readAnswer, testLimits } from './door.ts'

const list = async (url: string, query = '', headers = {}): Promise<Answer> =>
  readAnswer(await fetch(`${url}/mcp-rest/tools/list${query}`, { headers }))
const namesOf = ({ body }: Answer): string[] => body.tools.map(({ name }: { name: string }) => name)

describe('the list over REST', () => {
  const sources = (): FakeSource[] => [fakeSource('pets', ['list', { name: 'get.pet' }]), fakeSource('shop', ['buy'])]

  it('has the names that calls take, where each comes from, and why it is renamed', async () => {
    const { url } = await openDoor(sources())
    expect((await list(url)).body).toEqual({
      tools: [
        { name: 'pets__list', inputSchema: { type: 'object' }, mcp_info: { server_name: 'pets' } },
        {
          name: 'pets__get_pet',
          inputSchema: { type: 'object' },
          mcp_info: { server_name: 'pets' },
          original_name: 'get.pet',
          renamed: 'characters outside [A-Za-z0-9_-] became _',
        },
        { name: 'shop__buy', inputSchema: { type: 'object' }, mcp_info: { server_name: 'shop' } },
      ],
      error: null,
      message: '3 tools',
    })
  })

  it.each([
    ['?server=shop', ['shop__buy']],
    ['?server_id=shop', ['shop__buy']],
    ['?server=home', ['pets__list', 'pets__get_pet']],
    ['?server=shop,pets', ['pets__list', 'pets__get_pet', 'shop__buy']],
  ])('with %s shows %s', async (query, expected) => {
    const { url } = await openDoor(sources(), { groups: { home: ['pets'] } })
    expect(namesOf(await list(url, query))).toEqual(expected)
  })

  it('shows what the key may see, and says the same of what is hidden and what is not there', async () => {
    const { url } = await openDoor(sources(), { keys })
    expect(namesOf(await list(url, '', as('key-b')))).toEqual(['shop__buy'])
    for (const name of ['pets', 'nobody']) {
      const answer = await list(url, `?server=${name}`, as('key-b'))
      expect([answer.status, answer.body]).toEqual([
        404,
        { error: { code: 'SOURCE_NOT_FOUND', message: `No server or group is named "${name}". Known: "shop".` } },
      ])
    }
    expect(namesOf(await list(url, '', { ...as('key-a'), 'x-mcp-servers': 'shop' }))).toEqual(['shop__buy'])
  })

  it('names the servers that are away, to those who may see them', async () => {
    const bad = Object.assign(fakeSource('bad', neverListed), { state: 'failed' as const })
    const { url } = await openDoor([bad, fakeSource('shop', ['buy'])], { keys })
    const [all, some] = [await list(url, '', as('key-a')), await list(url, '', as('key-b'))]
    expect([all.status, all.body.error, all.body.message]).toEqual([
      200,
      'partial_failure',
      '"bad" is failed: not listed yet',
    ])
    expect(all.body.servers).toEqual([{ id: 'bad', state: 'failed', tools: 0 }])
    expect([some.body.error, some.body.message, some.body.servers]).toEqual([null, '1 tool', undefined])
  })

  it('tells how servers are doing that are away or whose last call failed, and what that was', async () => {
    const at = '2026-11-26T12:00:00.000Z'
    const failureOf = (stage: 'start' | 'call') => ({ stage, message: `The ${stage} failed.`, at, since: at })
    const away = fakeSource('away', neverListed)
    away.health = () => ({ state: 'needs_auth', lastFailure: failureOf('start') })
    const worse = fakeSource('worse', ['buy'])
    worse.health = () => ({ state: 'degraded', lastFailure: failureOf('call') })
    const { url } = await openDoor([away, worse, fakeSource('well')])
    const { body } = await list(url)
    expect([body.error, body.message]).toEqual(['partial_failure', '"away" is needs_auth: The start failed.'])
    expect(body.servers).toEqual([
      { id: 'away', state: 'needs_auth', tools: 0, last_failure: failureOf('start') },
      { id: 'worse', state: 'degraded', tools: 1, last_failure: failureOf('call') },
    ])
  })
})

describe('a call over REST', () => {
  const call = (url: string, body: object | string, headers = {}): Promise<Answer> =>
    post(`${url}/mcp-rest/tools/call`, body, headers)

  it.each<[string, JsonObject]>([
    ['its public name', { name: 'pets__get_pet' }],
    ['its public name and its server', { name: 'pets__get_pet', server_id: 'pets' }],
    ['its name at its server', { name: 'get_pet', server_id: 'pets' }],
    ['the name that its server gave it', { name: 'get.pet', server_id: 'pets' }],
  ])('reaches a tool by %s', async (_, body) => {
    const source = fakeSource('pets', ['get.pet'])
    const { url } = await openDoor([source])
    const answer = await call(url, { ...body, arguments: { id: 1 } })
    expect([answer.status, answer.body]).toEqual([200, { content: [{ type: 'text', text: 'pets get.pet {"id":1}' }] }])
  })

  it.each<[string, object | string, number, string, RegExp]>([
    ['the name is missing', {}, 400, 'REQUEST_INVALID', /The field "name" is wrong/],
    ['the name is no text', { name: 7 }, 400, 'REQUEST_INVALID', /The field "name" is wrong/],
    ['arguments are a list', { name: 'x', arguments: [] }, 400, 'REQUEST_INVALID', /The field "arguments" is wrong/],
    ['a field is unknown', { name: 'x', argumentz: {} }, 400, 'REQUEST_INVALID', /argumentz/],
    ['the body is no object', '7', 400, 'REQUEST_INVALID', /The field "body" is wrong/],
    ['the body is no JSON', '{', 400, 'REQUEST_INVALID', /not valid JSON/],
    ['the tool is not there', { name: 'x' }, 404, 'TOOL_NOT_FOUND', /No tool is named "x" here/],
    [
      'the server is not there',
      { name: 'x', server_id: 'y' },
      404,
      'SOURCE_NOT_FOUND',
      /No server or group is named "y"/,
    ],
  ])('is refused when %s', async (_, body, status, code, message) => {
    const { url } = await openDoor([fakeSource('pets')])
    const answer = await call(url, body)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect(answer.body.error.message).toMatch(message)
  })

  it('is refused where the key may not, as if the tool were not there', async () => {
    const source = fakeSource('pets')
    const { url } = await openDoor([source, fakeSource('shop')], { keys })
    const answer = await call(url, { name: 'pets__echo' }, as('key-b'))
    expect([answer.status, answer.body.error.code, source.calls]).toEqual([404, 'TOOL_NOT_FOUND', []])
  })

  it.each([
    [
      'a failure of the tool is a result',
      async () => ({ content: [], isError: true }),
      200,
      { content: [], isError: true },
    ],
    [
      'an error of the upstream is 502',
      () => Promise.reject(new GatewayError('SOURCE_ERROR', '"pets" answered with error 1: no')),
      502,
      { error: { code: 'SOURCE_ERROR', message: '"pets" answered with error 1: no' } },
    ],
    [
      'a fault of our own tells nothing of its insides',
      () => Promise.reject(new TypeError('insides')),
      500,
      { error: { code: 'INTERNAL', message: 'The gateway failed at this request; its log says why.' } },
    ],
  ])('%s', async (_, onCall, status, body) => {
    const source = Object.assign(fakeSource('pets'), { onCall })
    const { url } = await openDoor([source])
    const answer = await call(url, { name: 'pets__echo' })
    expect([answer.status, answer.body]).toEqual([status, body])
  })

  it('is cancelled when the client goes away', async () => {
    const source = hanging()
    const { url } = await openDoor([source])
    const client = new AbortController()
    const calling = fetch(`${url}/mcp-rest/tools/call`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"pets__echo"}',
      signal: client.signal,
    })
    await expect.poll(() => source.calls.length).toBe(1)
    client.abort()
    await expect(calling).rejects.toThrow()
    await expect.poll(() => source.calls[0]?.context.signal.aborted).toBe(true)
  })
})

describe('a preview over REST', () => {
  const odd = { code: 'ODD', reason: 'It is odd.', pointer: '#/paths' }
  /** A door whose previews open what the test says; `opened` counts, `closed` too. */
  async function openPreview(tools: FakeSource['tools'] = ['list', 'get.pet'], limits = {}) {
    const candidate = fakeSource('preview', tools)
    const seen = { opened: [] as JsonObject[], lint: [] as boolean[], closed: 0 }
    const gateway = createGateway(testLimits, () => {})
    onTestFinished(() => gateway.close())
    gateway.replace([{ source: fakeSource('pets') }], {})
    const options: PreviewOptions = {
      gateway,
      limits: { ...testLimits, ...limits },
      open: async (_id, fields, { lint }) => {
        seen.opened.push(fields)
        seen.lint.push(lint)
        return {
          list: async signal => ({ tools: await candidate.list({ signal }), warnings: [odd] }),
          close: async () => {
            seen.closed += 1
          },
        }
      },
      stored: (id, { lint }) => {
        if (id !== 'pets') return undefined
        seen.lint.push(lint)
        return { list: async signal => ({ tools: await candidate.list({ signal }) }), close: async () => {} }
      },
      addUp: async tools => ({ tools: tools.length, bytes: 20, estimatedTokens: 5 }),
    }
    const door: TestDoor = await openDoor([fakeSource('pets')], { keys, preview: createPreview(options) })
    const send = (body: object, key = 'key-a', path = 'tools/list'): Promise<Answer> =>
      post(`${door.url}/mcp-rest/test/${path}`, body, as(key))
    return { send, seen, candidate }
  }

  it('shows the tools under the names they would have, and closes what it opened', async () => {
    const { send, seen } = await openPreview()
    const { status, body } = await send({ server_name: 'new', url: 'http://x' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ error: null, message: 'Found 2 tools.', warnings: [odd] })
    expect(body.totals).toEqual({ tools: 2, bytes: 20, estimatedTokens: 5 })
    expect(body.tools.map(({ name }: { name: string }) => name)).toEqual(['new__list', 'new__get_pet'])
    expect(seen).toEqual({ opened: [{ url: 'http://x' }], lint: [false], closed: 1 })
  })

  it('advises search where there are many tools, unless that is what the entry says', async () => {
    const { send } = await openPreview(['a', 'b', 'c'], { suggestSearchTools: 2 })
    const warnings = async (more: object) =>
      (await send({ server_name: 'new', url: 'http://x', ...more })).body.warnings
    expect(await warnings({})).toEqual([
      odd,
      { code: 'LIST_LARGE', reason: expect.stringMatching(/^"new" offers 3 tools.*"mode": "search"/) },
    ])
    expect(await warnings({ mode: 'search' })).toEqual([odd])
  })

  it('of a saved server uses it as it is', async () => {
    const { send, seen } = await openPreview()
    const { body } = await send({ server_id: 'pets' })
    expect(body.tools.map(({ name }: { name: string }) => name)).toEqual(['pets__list', 'pets__get_pet'])
    expect(seen.opened).toEqual([])
  })

  it('says whether the document is to be checked, which is no field of an entry', async () => {
    const { send, seen } = await openPreview()
    for (const more of [{}, { lint: true }, { lint: false }])
      await send({ server_name: 'new', url: 'http://x', ...more })
    await send({ server_id: 'pets', lint: true })
    expect(seen.lint).toEqual([false, true, false, true])
    expect(seen.opened).toEqual([{ url: 'http://x' }, { url: 'http://x' }, { url: 'http://x' }])
    const { status, body } = await send({ url: 'http://x', lint: 'yes' })
    expect([status, body.error.message]).toEqual([400, '"lint" is true or false.'])
  })

  it.each([
    ['a command', { command: 'sh', args: ['-c', 'id'] }],
    ['an empty command', { command: '' }],
    ['a command beside a url', { url: 'http://x', command: 'sh' }],
    ['a command beside a saved server', { server_id: 'pets', command: 'sh' }],
    ['transport stdio', { transport: 'stdio', url: 'http://x' }],
  ])('of %s is refused before anything is opened, at both doors', async (_, body) => {
    const { send, seen } = await openPreview()
    for (const path of ['tools/list', 'connection']) {
      const answer = await send(body, 'key-a', path)
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 403, 'FORBIDDEN'])
    }
    expect(seen.opened).toEqual([])
  })

  it('is refused to a key that is limited, at both doors', async () => {
    const { send, seen } = await openPreview()
    for (const path of ['tools/list', 'connection']) {
      const answer = await send({ url: 'http://x' }, 'key-b', path)
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 403, 'FORBIDDEN'])
    }
    expect(seen.opened).toEqual([])
  })

  it('of a server that is not there says so', async () => {
    const { send } = await openPreview()
    const answer = await send({ server_id: 'nobody' })
    expect([answer.status, answer.body.error.code]).toEqual([404, 'SOURCE_NOT_FOUND'])
  })

  it.each<[string, FakeSource['tools'], number, string]>([
    ['hangs', neverListed, 504, 'SOURCE_TIMEOUT'],
    ['is away', new GatewayError('SOURCE_UNAVAILABLE', '"preview" is away.'), 502, 'SOURCE_UNAVAILABLE'],
  ])('of a server that %s says so, and closes it', async (_, tools, status, code) => {
    const { send, seen, candidate } = await openPreview(tools, { previewTimeoutMs: 50 })
    const given = candidate.list.bind(candidate)
    candidate.list = options =>
      Promise.race([
        given(options),
        new Promise<never>((_resolve, reject) =>
          options.signal.addEventListener('abort', () => reject(new Error('ended'))),
        ),
      ])
    const answer = await send({ url: 'http://x' })
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    const connection = await send({ url: 'http://x' }, 'key-a', 'connection')
    expect([connection.status, connection.body]).toMatchObject([200, { status: 'error', error: code }])
    expect(seen.closed).toBe(2)
  })

  it('of a connection says how many tools there are', async () => {
    const { send } = await openPreview()
    expect((await send({ url: 'http://x' }, 'key-a', 'connection')).body).toEqual({
      status: 'ok',
      error: null,
      message: 'Found 2 tools.',
    })
  })
})
