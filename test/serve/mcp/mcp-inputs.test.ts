import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { CallToolResult } from '../../../src/core/tool.ts'
import { inputStates } from '../../../src/serve/mcp/input-state.ts'
import type { McpRequest } from '../../../src/serve/mcp/mcp-request.ts'
import { createSealer } from '../../../src/serve/seal.ts'
import { fakeFeatures as serverFeatures } from '../../fakes/features.ts'
import { fakeFeatures } from '../../fakes/gateway-features.ts'
import type { FakeSource } from '../../fakes/sources.ts'
import { fakeSource } from '../../fakes/sources.ts'
import type { Answer, TestDoor } from '../door.ts'
import { as, keys, modern, openDoor, post } from '../door.ts'

const question = {
  method: 'elicitation/create',
  params: { message: 'Which pet?', requestedSchema: { type: 'object' } },
}
const accepted = { pet: { action: 'accept', content: { name: 'Rex' } } }
const able = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {}, url: {} } } }

/** A modern source that asks once, and then tells what it got back. */
function asking(id = 'pets', state: string | null = 'their state'): FakeSource {
  const source = fakeSource(id, ['echo', 'other'])
  source.onCall = async (_key, _args, { input }) =>
    (input?.responses === undefined
      ? {
          resultType: 'input_required',
          inputRequests: { pet: question },
          ...(state !== null && { requestState: state }),
          'x-kept': 1,
          _meta: { 'a/b': 1, 'io.modelcontextprotocol/serverInfo': { name: 'theirs' } },
        }
      : { content: [], structuredContent: input }) as unknown as CallToolResult
  return source
}

function call(url: string, params: object, headers: Record<string, string> = {}, id: unknown = 1): Promise<Answer> {
  const request = modern('tools/call', { name: 'pets__echo', arguments: { a: 1, b: 2 }, ...params, _meta: able }, id)
  return post(url, request.body, { ...request.headers, ...headers })
}

const stateOf = async (url: string, headers?: Record<string, string>): Promise<string> =>
  (await call(url, {}, headers)).body.result.requestState

describe('a modern server that asks a modern client', () => {
  it('is asked on, its state sealed, and gets state and answers back exactly', async () => {
    const { url } = await openDoor([asking()])
    const first = await call(`${url}/mcp`, {})
    expect(first.body.result).toEqual({
      resultType: 'input_required',
      inputRequests: { pet: question },
      requestState: expect.any(String),
      'x-kept': 1,
      _meta: { 'a/b': 1, 'io.modelcontextprotocol/serverInfo': { name: 'patchbay', version: '0' } },
    })
    const { requestState } = first.body.result
    expect(Buffer.from(requestState, 'base64url').toString('latin1')).not.toContain('their state')
    const second = await call(`${url}/mcp`, { requestState, inputResponses: accepted }, {}, 2)
    expect(second.body.result).toMatchObject({
      resultType: 'complete',
      structuredContent: { responses: accepted, state: 'their state' },
    })
  })

  it('may have no state, and then none is made up', async () => {
    const { url } = await openDoor([asking('pets', null)])
    expect('requestState' in (await call(`${url}/mcp`, {})).body.result).toBe(false)
    const second = await call(`${url}/mcp`, { inputResponses: accepted })
    expect(second.body.result.structuredContent).toEqual({ responses: accepted })
  })

  it.each(['prompts/get', 'resources/read'])('may ask at %s too', async method => {
    const features = fakeFeatures()
    features.onRequest = async (_method, _params, { input }) =>
      input?.state === undefined
        ? { resultType: 'input_required', requestState: 's' }
        : { messages: [], contents: [], got: input }
    const { url } = await openDoor([], { features })
    const ask = (more: object): Promise<Answer> => {
      const { body, headers } = modern(method, { name: 'n', uri: 'n', ...more, _meta: able })
      return post(`${url}/mcp`, body, headers)
    }
    const first = await ask({})
    expect(first.body.result).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) })
    expect('inputRequests' in first.body.result).toBe(false)
    const second = await ask({ requestState: first.body.result.requestState, inputResponses: {} })
    expect(second.body.result).toMatchObject({ resultType: 'complete', got: { state: 's', responses: {} } })
    expect(features.requests[1]?.params).toEqual({ name: 'n', uri: 'n' })
  })

  it('goes on at another replica that has the key, also as the second of its keys', async () => {
    const [one, two] = ['1'.repeat(32), '2'.repeat(32)]
    const [first, second, stranger] = [
      await openDoor([asking()], { stateKeys: [one] }),
      await openDoor([asking()], { stateKeys: [two, one] }),
      await openDoor([asking()], { stateKeys: [two] }),
    ]
    const requestState = await stateOf(`${first.url}/mcp`)
    const retry = ({ url }: TestDoor): Promise<Answer> => call(`${url}/mcp`, { requestState, inputResponses: accepted })
    expect((await retry(second)).body.result.structuredContent.state).toBe('their state')
    expect((await retry(stranger)).body.error.code).toBe(-32602)
  })

  it.each<[string, (state: string) => [object, Record<string, string>], RegExp]>([
    [
      'changed',
      state => [{ requestState: `${state.slice(0, -1)}${state.endsWith('A') ? 'B' : 'A'}` }, as('key-a')],
      /has been changed/,
    ],
    ['made up', () => [{ requestState: 'their state' }, as('key-a')], /has been changed/],
    ['no text', () => [{ requestState: { a: 1 } }, as('key-a')], /has been changed/],
    ['another caller’s', state => [{ requestState: state }, as('key-c')], /another caller/],
    [
      'of other arguments',
      state => [{ requestState: state, arguments: { a: 1, b: 3 } }, as('key-a')],
      /another request/,
    ],
    ['of another tool', state => [{ requestState: state, name: 'pets__other' }, as('key-a')], /another request/],
  ])('is not brought a state that is %s', async (_, attack, message) => {
    const source = asking()
    const { url } = await openDoor([source], { keys: { ...keys, 'key-c': { id: 'c', access: {} } } })
    const [params, headers] = attack(await stateOf(`${url}/mcp`, as('key-a')))
    const before = source.calls.length
    const answer = await call(`${url}/mcp`, { inputResponses: accepted, ...params }, headers)
    expect([answer.status, answer.body.error.code]).toEqual([200, -32602])
    expect(answer.body.error.message).toMatch(message)
    expect(source.calls).toHaveLength(before)
  })

  it('is not brought the state of another endpoint, or of another server that has its name now', async () => {
    const [pets, shop] = [asking('pets'), asking('shop')]
    const { url, gateway } = await openDoor([pets, shop])
    const requestState = await stateOf(`${url}/mcp`)
    const elsewhere = await call(`${url}/mcp/pets,shop`, { requestState, inputResponses: accepted })
    expect(elsewhere.body.error.message).toMatch(/another request/)
    const find = gateway.find
    const moved = {
      ...gateway,
      find: async (...given: Parameters<typeof find>) => ({ ...(await find(...given)), sourceId: 'shop' }),
    }
    Object.assign(gateway, moved)
    const answer = await call(`${url}/mcp`, { requestState, inputResponses: accepted })
    expect(answer.body.error).toMatchObject({ code: -32602, message: expect.stringMatching(/another server/) })
  })

  it.each([
    ['prompts/get', { name: 'pets__greet' }],
    ['resources/read', { uri: 'x://a' }],
  ])('is not brought the state of a %s of another server', async (method, params) => {
    const source = asking()
    const features = serverFeatures({ prompts: [{ name: 'greet' }], resources: [{ uri: 'x://a', name: 'a' }] })
    features.onRequest = async (_method, _params, { input }) =>
      input?.state === undefined ? { resultType: 'input_required', requestState: 's' } : { messages: [], contents: [] }
    const { url, gateway } = await openDoor([{ ...source, features }])
    const ask = (more: object): Promise<Answer> => {
      const { body, headers } = modern(method, { ...params, ...more, _meta: able })
      return post(`${url}/mcp`, body, headers)
    }
    const { requestState } = (await ask({})).body.result
    expect((await ask({ requestState, inputResponses: {} })).body.result.resultType).toBe('complete')
    const { list } = gateway
    Object.assign(gateway, {
      list: async (...given: Parameters<typeof list>) => {
        const view = await list(...given)
        const shops = () => ({ sourceId: 'shop', key: 'a' })
        return { ...view, links: { ...view.links, prompt: shops, resource: shops } }
      },
    })
    const answer = await ask({ requestState, inputResponses: {} })
    expect(answer.body.error).toMatchObject({ code: -32602, message: expect.stringMatching(/another server/) })
  })

  it('reads the same request whatever the order of its keys, and new metadata', async () => {
    const { url } = await openDoor([asking()])
    const requestState = await stateOf(`${url}/mcp`)
    const answer = await call(`${url}/mcp`, { requestState, inputResponses: accepted, arguments: { b: 2, a: 1 } })
    expect(answer.body.result.structuredContent.state).toBe('their state')
  })

  it.each([[7], ['text'], [[]], [null]])('is not brought %j for answers', async inputResponses => {
    const { url } = await openDoor([asking()])
    expect((await call(`${url}/mcp`, { inputResponses })).body.error.code).toBe(-32602)
  })

  it.each<[string, JsonObject, object]>([
    ['forms', question, { elicitation: { form: {} } }],
    [
      'a URL',
      { method: 'elicitation/create', params: { mode: 'url', url: 'https://x' } },
      { elicitation: { url: {} } },
    ],
    ['sampling', { method: 'sampling/createMessage', params: { messages: [] } }, { sampling: {} }],
    ['roots', { method: 'roots/list' }, { roots: {} }],
  ])('must not ask for %s where the client declares nothing', async (_, request, requiredCapabilities) => {
    const source = fakeSource('pets')
    source.onCall = async () =>
      ({ resultType: 'input_required', inputRequests: { it: request } }) as unknown as CallToolResult
    const { url } = await openDoor([source])
    const { body, headers } = modern('tools/call', { name: 'pets__echo' })
    const answer = await post(`${url}/mcp`, body, headers)
    expect([answer.status, answer.body.error.code, answer.body.error.data]).toEqual([
      400,
      -32021,
      { requiredCapabilities },
    ])
  })

  it.each<[string, unknown]>([
    ['for something else', { it: { method: 'moon/get' } }],
    ['without a method', { it: {} }],
    ['nonsense', [1]],
  ])('that asks %s fails its call', async (_, inputRequests) => {
    const source = fakeSource('pets')
    source.onCall = async () => ({ resultType: 'input_required', inputRequests }) as unknown as CallToolResult
    const { url } = await openDoor([source])
    expect((await call(`${url}/mcp`, {})).body.error.data).toEqual({ code: 'SOURCE_PROTOCOL' })
  })
})

describe('an old server that wants a URL to be visited first', () => {
  const elicitation = { mode: 'url', url: 'https://x/login', elicitationId: 'e', message: 'Log in.' }
  const server = (): FakeSource => {
    const source = fakeSource('pets')
    const error = { code: -32042, message: 'Log in first.', data: { elicitations: [elicitation] } }
    source.onCall = async () => {
      if (source.calls.length > 1) return { content: [] }
      throw new GatewayError('SOURCE_ERROR', '"pets" said no', { data: error })
    }
    return source
  }

  it('asks a modern client for it, which then calls again', async () => {
    const { url } = await openDoor([server()])
    const first = await call(`${url}/mcp`, {})
    expect(first.body.result).toMatchObject({
      resultType: 'input_required',
      inputRequests: { 'url-1': { method: 'elicitation/create', params: elicitation } },
    })
    const again = await call(`${url}/mcp`, { inputResponses: { 'url-1': { action: 'accept' } } })
    expect(again.body.result).toMatchObject({ resultType: 'complete', content: [] })
  })

  it('fails the call of a client that cannot', async () => {
    const { url } = await openDoor([server()])
    const { body, headers } = modern('tools/call', { name: 'pets__echo' })
    expect((await post(`${url}/mcp`, body, headers)).body.error.code).toBe(-32021)
  })
})

describe('a sealed state', () => {
  const requestOf = (caller: string, method: string, params: object): McpRequest =>
    ({
      request: { jsonrpc: '2.0', id: 1, method, params },
      scope: { caller: { id: caller, access: {} }, endpoint: { kind: 'all' } },
    }) as unknown as McpRequest
  const opens = (open: () => unknown): boolean => {
    try {
      open()
      return true
    } catch {
      return false
    }
  }

  it('opens for its caller and request within its time, and for no other', () => {
    let now = 0
    const states = inputStates(createSealer([]), 1_000, () => now)
    const request = fc.record({
      caller: fc.constantFrom('a', 'b'),
      method: fc.constantFrom('tools/call', 'prompts/get'),
      params: fc.record({ name: fc.constantFrom('x', 'y'), arguments: fc.constantFrom({}, { a: 1 }, { a: '1' }) }),
    })
    fc.assert(
      fc.property(request, request, fc.integer({ min: 0, max: 2_000 }), (given, brought, later) => {
        now = 0
        const state = { kind: 'relayed', state: 's' } as const
        const sealed = states.seal(requestOf(given.caller, given.method, given.params), state)
        now = later
        const same = JSON.stringify(given) === JSON.stringify(brought)
        const open = (): unknown => states.open(requestOf(brought.caller, brought.method, brought.params), sealed)
        expect(opens(open)).toBe(same && later <= 1_000)
        if (same && later <= 1_000) expect(open()).toMatchObject(state)
      }),
    )
  })

  it('says that it is too old', () => {
    let now = 0
    const states = inputStates(createSealer([]), 1_000, () => now)
    const request = requestOf('a', 'tools/call', {})
    const sealed = states.seal(request, { kind: 'parked', id: 'x' })
    now = 1_001
    expect(() => states.open(request, sealed)).toThrow(/too old/)
  })
})
