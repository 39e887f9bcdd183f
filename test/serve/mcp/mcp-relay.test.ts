import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import type { ListHints } from '../../../src/core/list-hints.ts'
import { fakeFeatures } from '../../fakes/gateway-features.ts'
import { fakeSource } from '../../fakes/sources.ts'
import { as, initialize, keys, legacy, modern, openDoor, post, postModern } from '../door.ts'

const meta = { 'io.modelcontextprotocol/serverInfo': { name: 'patchbay', version: '0' } }

describe('a relayed request', () => {
  it.each([
    ['prompts/get', { name: 'pets__greet', arguments: { to: 'Rex' } }],
    ['resources/read', { uri: 'pets://rex' }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'pets__greet' }, argument: { name: 'to', value: 'R' } }],
  ])('%s goes on whole, without what belongs to the hop, and so does its result', async (method, params) => {
    const features = fakeFeatures()
    features.onRequest = async (_method, _params, { onProgress }) => {
      onProgress?.({ progress: 1 })
      return { 'x-kept': [1], _meta: { 'a/b': 1, 'io.modelcontextprotocol/serverInfo': { name: 'theirs' } } }
    }
    const { url } = await openDoor([], { features })
    const sent = { ...params, _meta: { traceparent: '00-ab', progressToken: 'mine' } }
    const old = await post(`${url}/mcp`, legacy(method, sent))
    const young = await postModern(`${url}/mcp`, method, sent)
    expect(features.requests.map(({ params, context }) => [params, context.meta])).toEqual([
      [params, { traceparent: '00-ab' }],
      [params, { traceparent: '00-ab' }],
    ])
    expect(young.body.result).toMatchObject({ resultType: 'complete', 'x-kept': [1], _meta: { 'a/b': 1, ...meta } })
    expect(old.body.result).toMatchObject({ 'x-kept': [1], _meta: { 'a/b': 1 } })
    for (const { events } of [old, young])
      expect(events[0]).toMatchObject({ method: 'notifications/progress', params: { progressToken: 'mine' } })
    expect([features.requests[0]?.context.input, features.requests[1]?.context.input === undefined]).toEqual([
      undefined,
      method === 'completion/complete',
    ])
  })

  it.each([
    ['prompts/get', { name: 'greet' }, { 'mcp-name': 'other' }],
    ['prompts/get', { name: 'greet' }, { 'mcp-name': '' }],
    ['resources/read', { uri: 'pets://rex' }, { 'mcp-name': 'pets://other' }],
    ['resources/read', { uri: 'pets://rex' }, { 'mcp-name': '' }],
  ])('%s of a modern client must repeat its name in a header', async (method, params, wrong) => {
    const { url } = await openDoor([], { features: fakeFeatures() })
    const { body, headers } = modern(method, params)
    expect((await post(`${url}/mcp`, body, headers)).status).toBe(200)
    const { 'mcp-name': given, ...rest } = { ...headers, ...wrong }
    const answer = await post(`${url}/mcp`, body, given === '' ? rest : { ...rest, 'mcp-name': given ?? '' })
    expect([answer.status, answer.body.error.code]).toEqual([400, -32020])
  })
})

it('a call knows the id of its client without making its link, for clients of every kind', async () => {
  const source = fakeSource('pets')
  const { url } = await openDoor([source], { keys })
  const call = legacy('tools/call', { name: 'pets__echo' })
  const info = (name: string) => ({
    name: 'pets__echo',
    _meta: { 'io.modelcontextprotocol/clientInfo': { name, version: '1' } },
  })
  const [first, second] = [await initialize(`${url}/mcp`, as('key-a')), await initialize(`${url}/mcp`, as('key-a'))]
  for (const id of [first, second]) await post(`${url}/mcp`, call, { ...as('key-a'), 'mcp-session-id': id })
  await post(`${url}/mcp`, call, as('key-a'))
  for (const name of ['one', 'two', 'one', '']) {
    const { body, headers } = modern('tools/call', info(name))
    await post(`${url}/mcp`, body, { ...as('key-a'), ...headers })
  }
  const ids = source.calls.map(({ context }) => context.clientId)
  expect(ids).toEqual(source.calls.map(({ context }) => context.client?.id))
  expect([new Set(ids).size, ids[3] === ids[5]]).toEqual([6, true])
})

describe('how long and by whom an answer may be kept', () => {
  const lists = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'server/discover']

  it.each(lists)('%s is everyone’s where no key is configured, unless a header narrowed it', async method => {
    const { url } = await openDoor([fakeSource('pets')])
    const open = await postModern(`${url}/mcp`, method)
    expect(open.body.result).toMatchObject({ ttlMs: 10_000, cacheScope: 'public', resultType: 'complete', _meta: meta })
    const { body, headers } = modern(method)
    const narrowed = await post(`${url}/mcp`, body, { ...headers, 'x-mcp-servers': 'pets' })
    expect(narrowed.body.result.cacheScope).toBe('private')
    const guarded = await openDoor([fakeSource('pets')], { keys })
    const private_ = await post(`${guarded.url}/mcp`, body, { ...headers, ...as('key-a') })
    expect(private_.body.result.cacheScope).toBe('private')
    const old = await post(`${url}/mcp`, legacy(method === 'server/discover' ? 'tools/list' : method))
    expect(Object.keys(old.body.result)).toHaveLength(1)
  })

  it.each<[ListHints, boolean, object]>([
    [{ ttlMs: 5_000 }, false, { ttlMs: 5_000, cacheScope: 'public' }],
    [{ ttlMs: 60_000 }, false, { ttlMs: 10_000, cacheScope: 'public' }],
    [{ ttlMs: 0, isPrivate: true }, false, { ttlMs: 0, cacheScope: 'private' }],
    [{ ttlMs: 5_000 }, true, { ttlMs: 5_000, cacheScope: 'private' }],
  ])('a list of servers that say %j, with keys %s: %j', async (theirs, withKeys, ours) => {
    const features = fakeFeatures()
    features.hints.prompts = theirs
    const { url } = await openDoor([], { features, ...(withKeys && { keys }) })
    const listed = async (method: string) => {
      const { body, headers } = modern(method)
      return (await post(`${url}/mcp`, body, { ...headers, ...as('key-a') })).body.result
    }
    expect(await listed('prompts/list')).toMatchObject(ours)
    expect((await listed('tools/list')).ttlMs).toBe(10_000)
  })

  it.each<[object, boolean, object]>([
    [{ ttlMs: 5_000, cacheScope: 'public' }, false, { ttlMs: 5_000, cacheScope: 'public' }],
    [{ ttlMs: 5_000, cacheScope: 'public' }, true, { ttlMs: 5_000, cacheScope: 'private' }],
    [{ ttlMs: 5_000, cacheScope: 'private' }, false, { ttlMs: 5_000, cacheScope: 'private' }],
    [{}, false, { ttlMs: 0, cacheScope: 'private' }],
    [{ ttlMs: -1, cacheScope: 'all' }, false, { ttlMs: 0, cacheScope: 'private' }],
  ])('a resource of a server that says %j, with keys %s: %j', async (theirs, withKeys, ours) => {
    const features = fakeFeatures()
    features.onRequest = async () => ({ contents: [], ...theirs })
    const { url } = await openDoor([], { features, ...(withKeys && { keys }) })
    const { body, headers } = modern('resources/read', { uri: 'x://y' })
    const young = await post(`${url}/mcp`, body, { ...headers, ...as('key-a') })
    expect(young.body.result).toMatchObject(ours)
    const old = await post(`${url}/mcp`, legacy('resources/read', { uri: 'x://y' }), as('key-a'))
    expect(old.body.result).toEqual({ contents: [] })
  })
})

const ref = { type: 'ref/prompt', name: 'x' }

describe('an error of a relayed request', () => {
  const upstream = (code: number, data?: unknown): GatewayError =>
    new GatewayError('SOURCE_ERROR', '"pets" said no', {
      data: { code, message: 'no', ...(data !== undefined && { data }) },
    })
  const absent = new GatewayError('ITEM_NOT_FOUND', 'Nothing is there.')

  it.each<[string, string, object, GatewayError, [number, number], [number, number]]>([
    ['no such resource here', 'resources/read', { uri: 'x' }, absent, [200, -32002], [200, -32602]],
    ['no such resource there, old', 'resources/read', { uri: 'x' }, upstream(-32002), [200, -32002], [200, -32602]],
    [
      'no such resource there, new',
      'resources/read',
      { uri: 'x' },
      upstream(-32602, { uri: 'x' }),
      [200, -32002],
      [200, -32602],
    ],
    ['bad parameters of a resource', 'resources/read', { uri: 'x' }, upstream(-32602), [200, -32602], [200, -32602]],
    ['no such prompt', 'prompts/get', { name: 'x' }, absent, [200, -32602], [200, -32602]],
    ['no such prompt there', 'prompts/get', { name: 'x' }, upstream(-32602), [200, -32602], [200, -32602]],
    ['a method it lacks', 'completion/complete', { ref }, upstream(-32601), [200, -32601], [200, -32601]],
    ['a code of its own', 'prompts/get', { name: 'x' }, upstream(7), [200, 7], [200, 7]],
    ['headers, which are our affair', 'prompts/get', { name: 'x' }, upstream(-32020), [200, -32603], [200, -32603]],
    ['our version, which is our affair', 'prompts/get', { name: 'x' }, upstream(-32022), [200, -32603], [200, -32603]],
    [
      'what the client lacks',
      'prompts/get',
      { name: 'x' },
      upstream(-32021, { requiredCapabilities: {} }),
      [200, -32021],
      [400, -32021],
    ],
    ['a URL to visit, told badly', 'prompts/get', { name: 'x' }, upstream(-32042), [200, -32042], [200, -32603]],
  ])('%s is told in the words of each era', async (_, method, params, error, old, young) => {
    const features = fakeFeatures()
    features.onRequest = () => Promise.reject(error)
    const { url } = await openDoor([], { features })
    const toOld = await post(`${url}/mcp`, legacy(method, params))
    expect([toOld.status, toOld.body.error.code]).toEqual(old)
    const toYoung = await postModern(`${url}/mcp`, method, { ...params })
    expect([toYoung.status, toYoung.body.error.code]).toEqual(young)
  })
})

it('names the resource that is not there, in an error of ours', async () => {
  const features = fakeFeatures()
  const data = { uri: 'x://1' }
  features.onRequest = () => Promise.reject(new GatewayError('ITEM_NOT_FOUND', 'Nothing is there.', { data }))
  const { url } = await openDoor([], { features })
  const { body } = await post(`${url}/mcp`, legacy('resources/read', data))
  expect(body.error.data).toEqual({ uri: 'x://1', code: 'ITEM_NOT_FOUND' })
})

describe('a modern client', () => {
  it.each(['GET', 'DELETE'])('has no %s, whatever session it names', async method => {
    const { url } = await openDoor([])
    const session = await initialize(`${url}/mcp`)
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-session-id': session, accept: 'text/event-stream' }
    expect((await fetch(`${url}/mcp`, { method, headers })).status).toBe(405)
    expect((await post(`${url}/mcp`, legacy('ping'), { 'mcp-session-id': session })).status).toBe(200)
  })

  it('is answered whatever session it names, and given none', async () => {
    const { url } = await openDoor([])
    const { body, headers } = modern('tools/list')
    const answer = await post(`${url}/mcp`, body, { ...headers, 'mcp-session-id': 'ended long ago' })
    expect([answer.status, answer.headers.get('mcp-session-id')]).toEqual([200, null])
  })

  it('sends no answers, since nobody asks it by requests', async () => {
    const { url } = await openDoor([])
    const headers = { 'mcp-protocol-version': '2026-07-28' }
    expect((await post(`${url}/mcp`, { jsonrpc: '2.0', id: 1, result: {} }, headers)).status).toBe(400)
    expect((await post(`${url}/mcp`, { jsonrpc: '2.0', method: 'notifications/x' }, headers)).status).toBe(202)
  })

  it.each(['ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'initialize'])(
    'has no %s any more',
    async method => {
      const { url } = await openDoor([])
      const answer = await postModern(`${url}/mcp`, method)
      expect([answer.status, answer.body.error.code]).toEqual([404, -32601])
    },
  )

  it('is refused a level of logs that MCP does not know', async () => {
    const { url } = await openDoor([])
    const answer = await postModern(`${url}/mcp`, 'tools/list', {
      _meta: { 'io.modelcontextprotocol/logLevel': 'loud' },
    })
    expect([answer.status, answer.body.error.code]).toEqual([400, -32602])
  })

  it('gets the logs of its call only where it names a level', async () => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { client }) => {
      for (const level of ['debug', 'error']) client?.log({ level, data: level })
      client?.notify('notifications/elicitation/complete', {})
      return { content: [] }
    }
    const { url } = await openDoor([source])
    const call = (level?: string) =>
      postModern(`${url}/mcp`, 'tools/call', {
        name: 'pets__echo',
        ...(level !== undefined && { _meta: { 'io.modelcontextprotocol/logLevel': level } }),
      })
    expect((await call()).headers.get('content-type')).toBe('application/json')
    expect((await call('warning')).events).toMatchObject([
      { method: 'notifications/message', params: { level: 'error' } },
      { result: { resultType: 'complete' } },
    ])
    expect((await call('warning')).headers.get('x-accel-buffering')).toBe('no')
  })
})

it.each([
  ['no ref', {}],
  ['a ref of no kind', { ref: { type: 'ref/tool', name: 'x' } }],
  ['a ref without a name', { ref: { type: 'ref/prompt' } }],
  ['a ref without a uri', { ref: { type: 'ref/resource', name: 'x' } }],
])('a completion with %s has bad parameters', async (_, params) => {
  const { url } = await openDoor([], { features: fakeFeatures() })
  const whole = { ...params, argument: { name: 'a', value: '' } }
  for (const { status, body } of [
    await post(`${url}/mcp`, legacy('completion/complete', whole)),
    await postModern(`${url}/mcp`, 'completion/complete', whole),
  ])
    expect([status, body.error.code, body.error.message]).toEqual([200, -32602, expect.stringContaining('needs a ref')])
})
