import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { FakeSource } from '../../fakes/sources.ts'
import { fakeSource } from '../../fakes/sources.ts'
import { as, keys, legacy, namesOf, openDoor, post, postModern } from '../door.ts'

describe('a path', () => {
  const sources = () => [fakeSource('pets', ['list', 'feed']), fakeSource('shop', ['buy'])]
  const groups = { home: ['pets'], 'a b': ['shop'] }

  it.each([
    ['/mcp', ['pets__list', 'pets__feed', 'shop__buy']],
    ['/mcp/', ['pets__list', 'pets__feed', 'shop__buy']],
    ['/mcp/pets', ['list', 'feed']],
    ['/pets/mcp', ['list', 'feed']],
    ['/pets/mcp/', ['list', 'feed']],
    ['/mcp/home', ['pets__list', 'pets__feed']],
    ['/home/mcp', ['pets__list', 'pets__feed']],
    ['/mcp/a%20b', ['shop__buy']],
    ['/mcp/pets,shop', ['pets__list', 'pets__feed', 'shop__buy']],
    ['/mcp?x=1', ['pets__list', 'pets__feed', 'shop__buy']],
  ])('%s shows %s', async (path, expected) => {
    const { url } = await openDoor(sources(), { groups })
    expect(namesOf(await post(url + path, legacy('tools/list')))).toEqual(expected)
    expect(namesOf(await postModern(url + path, 'tools/list'))).toEqual(expected)
  })

  it.each([
    ['shop', ['shop__buy']],
    ['home', ['pets__list', 'pets__feed']],
    [' shop , pets ', ['pets__list', 'pets__feed', 'shop__buy']],
    ['nobody', []],
    ['', []],
  ])('with x-mcp-servers: "%s" shows %s', async (servers, expected) => {
    const { url } = await openDoor(sources(), { groups })
    const headers = { 'x-mcp-servers': servers }
    expect(namesOf(await post(`${url}/mcp`, legacy('tools/list'), headers))).toEqual(expected)
    const call = await post(`${url}/mcp`, legacy('tools/call', { name: 'shop__buy' }), headers)
    expect(call.body.error === undefined).toBe(expected.includes('shop__buy'))
  })

  it('of a server that is not there, or that the key may not see, is answered the same', async () => {
    const { url } = await openDoor(sources(), { keys })
    const [absent, hidden] = [
      await post(`${url}/mcp/nobody`, legacy('tools/list'), as('key-b')),
      await post(`${url}/mcp/pets`, legacy('tools/list'), as('key-b')),
    ]
    expect(absent.body.error).toEqual({
      code: -32602,
      message: 'No server or group is named "nobody". Known: "shop".',
      data: { code: 'SOURCE_NOT_FOUND' },
    })
    expect(hidden.body.error.message).toBe('No server or group is named "pets". Known: "shop".')
    expect([absent.status, absent.body.error.code]).toEqual([hidden.status, hidden.body.error.code])
    expect(namesOf(await post(`${url}/mcp`, legacy('tools/list'), as('key-b')))).toEqual(['shop__buy'])
  })
})

describe('what an upstream says', () => {
  const odd = {
    content: [
      { type: 'hologram', 'x-beam': { a: 1 } },
      { type: 'text', text: 'grün', annotations: { 'x-new': 1 } },
    ],
    structuredContent: { a: [1, null] },
    'x-result': { deep: [1] },
    _meta: { 'example.com/kept': 1 },
  }

  it('passes whole to clients of both eras, and what they say to it', async () => {
    const source = fakeSource('pets', [
      { name: 'echo', 'x-tool': { a: 1 }, annotations: { 'x-hint': 1 }, icons: [{ src: 'data:,' }] },
    ])
    source.onCall = async () => odd
    const { url } = await openDoor([source])
    const params = {
      name: 'pets__echo',
      arguments: { a: { b: [1] } },
      _meta: { traceparent: '00-ab', progressToken: 'mine' },
    }
    const old = await post(`${url}/mcp`, legacy('tools/call', params))
    const young = await postModern(`${url}/mcp`, 'tools/call', params)
    expect(old.body.result).toEqual(odd)
    expect(young.body.result).toMatchObject(odd)
    expect(source.calls.map(({ args, context }) => [args, context.meta])).toEqual([
      [{ a: { b: [1] } }, { traceparent: '00-ab' }],
      [{ a: { b: [1] } }, { traceparent: '00-ab' }],
    ])
    const list = await post(`${url}/mcp`, legacy('tools/list'))
    expect(list.body.result.tools[0]).toEqual({
      name: 'pets__echo',
      inputSchema: { type: 'object' },
      'x-tool': { a: 1 },
      annotations: { 'x-hint': 1 },
      icons: [{ src: 'data:,' }],
    })
  })

  it('as output that is no object reaches old clients inside one, since they would refuse it', async () => {
    const list = { type: 'array', items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'number' } } }
    const outputs: Record<string, JsonObject> = {
      all: list,
      one: { type: 'object' },
      some: { type: ['string', 'null'] },
      either: { anyOf: [{ type: 'object' }, { type: 'array' }] },
      tree: { type: 'array', items: { $ref: '#' } },
    }
    const source = fakeSource(
      'pets',
      Object.entries(outputs).map(([name, outputSchema]) => ({ name, outputSchema })),
    )
    source.onCall = async key => ({
      content: key === 'all' ? [] : [{ type: 'text', text: 'said' }],
      structuredContent: key === 'some' ? null : [1, 2],
    })
    const { url } = await openDoor([source])
    const oldTools = (await post(`${url}/mcp`, legacy('tools/list'))).body.result.tools
    const newTools = (await postModern(`${url}/mcp`, 'tools/list')).body.result.tools
    const schemas = (tools: { outputSchema?: object }[]) => tools.map(tool => tool.outputSchema)
    const wrapped = (result: object, more: object = {}) => ({
      type: 'object',
      properties: { result },
      required: ['result'],
      ...more,
    })
    expect(schemas(oldTools)).toEqual([
      wrapped({ type: 'array', items: { $ref: '#/$defs/n' } }, { $defs: { n: { type: 'number' } } }),
      { type: 'object' },
      wrapped({ type: ['string', 'null'] }),
      undefined,
      undefined,
    ])
    expect(schemas(newTools)).toEqual(Object.values(outputs))
    const call = async (name: string) => (await post(`${url}/mcp`, legacy('tools/call', { name }))).body.result
    expect(await call('pets__all')).toEqual({
      content: [{ type: 'text', text: '[1,2]' }],
      structuredContent: { result: [1, 2] },
    })
    expect(await call('pets__some')).toEqual({
      content: [{ type: 'text', text: 'said' }],
      structuredContent: { result: null },
    })
    const young = await postModern(`${url}/mcp`, 'tools/call', { name: 'pets__all' })
    expect(young.body.result.structuredContent).toEqual([1, 2])
  })

  it('of tasks is not told to modern clients, whose revision has none', async () => {
    const source = fakeSource('pets', [{ name: 'slow', execution: { taskSupport: 'optional' } }])
    const { url } = await openDoor([source])
    const [old] = (await post(`${url}/mcp`, legacy('tools/list'))).body.result.tools
    const [young] = (await postModern(`${url}/mcp`, 'tools/list')).body.result.tools
    expect([old.execution, young.execution]).toEqual([{ taskSupport: 'optional' }, undefined])
  })

  it('as a JSON-RPC error passes with its own code and data, in both eras', async () => {
    const error = { code: -32099, message: 'refused', data: { why: 'because' } }
    const source = fakeSource('pets')
    source.onCall = () => Promise.reject(new GatewayError('SOURCE_ERROR', '"pets" said no', { data: error }))
    const { url } = await openDoor([source])
    for (const answer of [
      await post(`${url}/mcp`, legacy('tools/call', { name: 'pets__echo' })),
      await postModern(`${url}/mcp`, 'tools/call', { name: 'pets__echo' }),
    ])
      expect([answer.status, answer.body.error]).toEqual([200, error])
  })

  it('when it says nothing is a failure that names it', async () => {
    const source = fakeSource('pets')
    source.onCall = () => Promise.reject(new GatewayError('SOURCE_UNAVAILABLE', '"pets" was ended by SIGKILL.'))
    const { url } = await openDoor([source])
    const answer = await post(`${url}/mcp`, legacy('tools/call', { name: 'pets__echo' }))
    expect(answer.body.result).toMatchObject({ isError: true, content: [{ text: '"pets" was ended by SIGKILL.' }] })
  })

  it('that makes us stumble is told as our fault, without its insides', async () => {
    const source = fakeSource('pets')
    source.onCall = () => Promise.reject(new TypeError('secret insides'))
    const { url, faults } = await openDoor([source])
    const answer = await post(`${url}/mcp`, legacy('tools/call', { name: 'pets__echo' }))
    expect([answer.status, answer.body.error]).toEqual([
      500,
      { code: -32603, message: 'The gateway failed at this request; its log says why.', data: { code: 'INTERNAL' } },
    ])
    expect(faults).toEqual(['secret insides'])
  })
})

describe('progress', () => {
  const reporting = (): FakeSource => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { onProgress }) => {
      for (const progress of [1, 2]) onProgress?.({ progress, total: 2, 'x-note': 'kept' })
      return { content: [] }
    }
    return source
  }
  const step = (progress: number, progressToken: unknown): object => ({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progress, total: 2, 'x-note': 'kept', progressToken },
  })

  it.each(['token', 0, ''])('comes under the client’s own token %j, before the result', async progressToken => {
    const { url } = await openDoor([reporting()])
    const params = { name: 'pets__echo', _meta: { progressToken } }
    const answer = await post(`${url}/mcp`, legacy('tools/call', params, 'my-id'))
    expect(answer.events).toEqual([
      step(1, progressToken),
      step(2, progressToken),
      { jsonrpc: '2.0', id: 'my-id', result: { content: [] } },
    ])
    const young = await postModern(`${url}/mcp`, 'tools/call', params)
    expect(young.events.slice(0, 2)).toEqual([step(1, progressToken), step(2, progressToken)])
  })

  it('without a token there is none, and no stream', async () => {
    const { url } = await openDoor([reporting()])
    const answer = await post(`${url}/mcp`, legacy('tools/call', { name: 'pets__echo' }))
    expect([answer.headers.get('content-type'), answer.body.result]).toEqual(['application/json', { content: [] }])
  })
})
