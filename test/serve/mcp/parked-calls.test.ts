import { describe, expect, it, vi } from 'vitest'
import type { GatewayError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { CallContext } from '../../../src/core/tool-source.ts'
import type { FakeSource } from '../../fakes/sources.ts'
import { fakeSource } from '../../fakes/sources.ts'
import type { Answer, DoorOptions } from '../door.ts'
import { as, keys, modern, openDoor, post } from '../door.ts'

const able = { elicitation: {}, sampling: {}, roots: {} }

/** An old source whose call runs `act`, which may ask its client. */
function acting(act: (ask: Ask, context: CallContext) => Promise<unknown>): FakeSource {
  const source = fakeSource('pets')
  source.onCall = async (_key, _args, context) => {
    const { client, signal } = context
    const ask: Ask = (method, params = {}) =>
      client
        ?.ask(method, params, { signal })
        .catch((error: GatewayError) => ({ refused: error.code, data: error.data })) ??
      Promise.resolve({ refused: 'nobody' })
    return { content: [], structuredContent: { said: await act(ask, context) } }
  }
  return source
}

type Ask = (method: string, params?: JsonObject) => Promise<unknown>

function client(door: { url: string }, headers: Record<string, string> = {}, capabilities: object = able) {
  let id = 0
  const call = (more: object = {}, options: { meta?: object; signal?: AbortSignal } = {}): Promise<Answer> => {
    id += 1
    const _meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities, ...options.meta }
    const request = modern('tools/call', { name: 'pets__echo', ...more, _meta }, id)
    return post(`${door.url}/mcp`, request.body, { ...request.headers, ...headers })
  }
  return call
}

const open = (source: FakeSource, options: DoorOptions = {}) => openDoor([source], options)
const one = { limits: { maxParkedCalls: 1 } }

/** With room for one, another call is parked: the last one is so no more. */
async function parksAnother(source: FakeSource, door: { url: string }): Promise<void> {
  source.onCall = acting(ask => ask('roots/list')).onCall
  expect((await client(door)()).body.result.resultType).toBe('input_required')
}

const yes = { action: 'accept', content: {} }

/** The retry of a call with what its client answers; the client leaves where the signal says. */
function retryOf(url: string, requestState: unknown, inputResponses: object, signal: AbortSignal): Promise<Response> {
  const _meta = { 'io.modelcontextprotocol/clientCapabilities': able }
  const { body, headers } = modern('tools/call', { name: 'pets__echo', requestState, inputResponses, _meta })
  return fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal,
  })
}

describe('an old server that asks a modern client', () => {
  it('has its call parked, and goes on with each answer', async () => {
    const source = acting(async ask => [await ask('elicitation/create', { message: '1' }), await ask('roots/list')])
    const door = await open(source, one)
    const call = client(door)
    const first = await call()
    expect(first.body.result).toEqual({
      resultType: 'input_required',
      inputRequests: { 'input-1': { method: 'elicitation/create', params: { message: '1' } } },
      requestState: expect.any(String),
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'patchbay', version: '0' } },
    })
    const { requestState } = first.body.result
    const second = await call({ requestState, inputResponses: { 'input-1': yes } })
    expect(second.body.result.inputRequests).toEqual({ 'input-2': { method: 'roots/list', params: {} } })
    const third = await call({
      requestState: second.body.result.requestState,
      inputResponses: { 'input-2': { roots: [] }, 'input-1': { action: 'cancel' }, more: 1 },
    })
    expect(third.body.result).toMatchObject({
      resultType: 'complete',
      structuredContent: { said: [yes, { roots: [] }] },
    })
    expect(third.body.id).toBe(3)
    expect(source.calls).toHaveLength(1)
    await parksAnother(source, door)
    const late = await call({ requestState, inputResponses: { 'input-1': yes } })
    expect(late.body.error).toMatchObject({
      code: -32602,
      message: expect.stringMatching(/is over, or runs in another/),
    })
  })

  it('has what it asks at once asked at once, and what is not answered asked again', async () => {
    const door = await open(
      acting(ask => Promise.all([ask('roots/list'), ask('elicitation/create', { message: 'b' })])),
    )
    const call = client(door)
    const first = await call()
    expect(Object.keys(first.body.result.inputRequests)).toEqual(['input-1', 'input-2'])
    const { requestState } = first.body.result
    const second = await call({ requestState, inputResponses: { 'input-2': yes, 'input-1': 'no object' } })
    expect(second.body.result.inputRequests).toEqual({ 'input-1': { method: 'roots/list', params: {} } })
    const third = await call({ requestState, inputResponses: { 'input-1': { roots: [] } } })
    expect(third.body.result.structuredContent.said).toEqual([{ roots: [] }, yes])
  })

  it('reports progress and logs on whichever request is open, under its token', async () => {
    const source = acting(async (ask, { onProgress, client }) => {
      const tell = (): void => {
        onProgress?.({ progress: 1 })
        client?.log({ level: 'info', data: 'x' })
      }
      tell()
      await ask('roots/list')
      tell()
    })
    const call = client(await open(source))
    const meta = (progressToken: string) => ({ meta: { progressToken, 'io.modelcontextprotocol/logLevel': 'info' } })
    const first = await call({}, meta('one'))
    expect(first.events).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'one' } },
      { method: 'notifications/message' },
      { result: { resultType: 'input_required' } },
    ])
    const { requestState } = first.body.result
    const second = await call({ requestState, inputResponses: { 'input-1': { roots: [] } } }, meta('two'))
    expect(second.events).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'two' } },
      { method: 'notifications/message' },
      { result: { resultType: 'complete' } },
    ])
  })

  it('may finish while nobody waits: the next request gets the result, or the error', async () => {
    for (const fails of [false, true]) {
      const done = Promise.withResolvers<void>()
      const source = acting(async ask => {
        void ask('roots/list')
        await done.promise
        if (fails) throw new TypeError('inside')
        return 'done without it'
      })
      const door = await open(source, one)
      const call = client(door)
      const { requestState } = (await call()).body.result
      done.resolve()
      await new Promise(resolve => setTimeout(resolve, 20))
      const answer = await call({ requestState, inputResponses: {} })
      if (fails) expect([answer.status, answer.body.error.code]).toEqual([500, -32603])
      else expect(answer.body.result.structuredContent.said).toBe('done without it')
      await parksAnother(source, door)
    }
  })

  it('is refused by a client that did not declare it; its tool decides what that means', async () => {
    const call = client(await open(acting(ask => ask('sampling/createMessage', { messages: [] }))), {}, { roots: {} })
    expect((await call()).body.result.structuredContent.said).toEqual({
      refused: 'CLIENT_REFUSED',
      data: {
        code: -32021,
        message: 'The client does not declare what it is asked: sampling.',
        data: { requiredCapabilities: { sampling: {} } },
      },
    })
  })

  it('whose failure is that refusal passes it on with HTTP 400', async () => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { client: link, signal }) => {
      await link?.ask('roots/list', {}, { signal })
      return { content: [] }
    }
    const answer = await client(await open(source), {}, {})()
    expect([answer.status, answer.body.error.code]).toEqual([400, -32021])
  })

  it('loses its call when the client does not come back in time', async () => {
    const said: unknown[] = []
    const source = acting(async ask => said.push(await ask('roots/list')))
    const door = await open(source, { limits: { ...one.limits, inputStateMs: 50 } })
    await client(door)()
    await vi.waitFor(() => expect(source.calls[0]?.context.signal.aborted).toBe(true))
    await vi.waitFor(() => expect(said).toMatchObject([{ refused: expect.stringMatching(/CANCELLED|CLIENT_REFUSED/) }]))
    await parksAnother(source, door)
  })

  it('loses its call when the client leaves during a retry, and when the gateway stops', async () => {
    const source = acting(async (ask, { signal }) => {
      await ask('roots/list')
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    })
    const door = await open(source)
    const { requestState } = (await client(door)()).body.result
    const leaving = new AbortController()
    const retry = retryOf(door.url, requestState, { 'input-1': { roots: [] } }, leaving.signal)
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(source.calls[0]?.context.signal.aborted).toBe(false)
    leaving.abort()
    await expect(retry).rejects.toThrow()
    await vi.waitFor(() => expect(source.calls[0]?.context.signal.aborted).toBe(true))
    expect((await client(door)()).body.result.resultType).toBe('input_required')
    await door.close()
    expect(source.calls[1]?.context.signal.aborted).toBe(true)
  })

  it('loses its call when the client leaves before its retry gets there', async () => {
    const source = acting(ask => ask('roots/list'))
    const door = await open(source)
    const { requestState } = (await client(door)()).body.result
    const { find } = door.gateway
    const [looking, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    Object.assign(door.gateway, {
      find: async (...given: Parameters<typeof find>) => {
        looking.resolve()
        await left.promise
        return find(...given)
      },
    })
    const leaving = new AbortController()
    const retry = retryOf(door.url, requestState, {}, leaving.signal)
    await looking.promise
    leaving.abort()
    await expect(retry).rejects.toThrow()
    await vi.waitFor(() => expect(door.lines).toHaveLength(2))
    left.resolve()
    await vi.waitFor(() => expect(source.calls[0]?.context.signal.aborted).toBe(true))
  })

  it('is refused once too many calls wait', async () => {
    const door = await open(
      acting(ask => ask('roots/list')),
      { limits: { maxParkedCalls: 1 } },
    )
    const call = client(door)
    const first = await call()
    const refused = await call()
    expect(refused.body.result.structuredContent.said).toMatchObject({
      refused: 'CLIENT_REFUSED',
      data: { message: expect.stringMatching(/limits\.maxParkedCalls/) },
    })
    await call({ requestState: first.body.result.requestState, inputResponses: { 'input-1': { roots: [] } } })
    expect((await call()).body.result.resultType).toBe('input_required')
  })

  it('is refused to a caller for whom half of those that may wait do, and not to others', async () => {
    const all = { a: { id: 'a', access: {} }, b: { id: 'b', access: {} } }
    const door = await open(
      acting(ask => ask('roots/list')),
      { limits: { maxParkedCalls: 4 }, keys: all },
    )
    const [a, b] = [client(door, as('a')), client(door, as('b'))]
    const types = []
    for (const call of [a, a, a, b]) types.push((await call()).body.result.resultType)
    expect(types).toEqual(['input_required', 'input_required', 'complete', 'input_required'])
  })

  it.each([
    ['another caller', { name: 'pets__echo' }, 'key-c'],
    ['another request', { name: 'pets__echo', arguments: { other: 1 } }, 'key-a'],
  ])('is not continued by %s', async (_, params, key) => {
    const source = acting(ask => ask('roots/list'))
    const door = await open(source, { keys: { ...keys, 'key-c': { id: 'c', access: {} } } })
    const { requestState } = (await client(door, as('key-a'))()).body.result
    const inputResponses = { 'input-1': { roots: [] } }
    const stolen = await client(door, as(key))({ ...params, requestState, inputResponses })
    expect(stolen.body.error.code).toBe(-32602)
    const own = await client(door, as('key-a'))({ requestState, inputResponses })
    expect(own.body.result.structuredContent.said).toEqual({ roots: [] })
  })

  it('is continued by one request at a time', async () => {
    const release = Promise.withResolvers<void>()
    const door = await open(
      acting(async ask => {
        await ask('roots/list')
        await release.promise
      }),
    )
    const call = client(door)
    const { requestState } = (await call()).body.result
    const going = call({ requestState, inputResponses: { 'input-1': { roots: [] } } })
    await new Promise(resolve => setTimeout(resolve, 30))
    expect((await call({ requestState, inputResponses: {} })).body.error.message).toMatch(/Another request goes on/)
    release.resolve()
    expect((await going).body.result.resultType).toBe('complete')
  })

  it('tells clients apart by key and application', async () => {
    const source = fakeSource('pets')
    const door = await open(source, { keys })
    const named = (name: string) => ({ meta: { 'io.modelcontextprotocol/clientInfo': { name, version: '1' } } })
    await client(door, as('key-a'))({}, named('editor'))
    await client(door, as('key-a'))({}, named('editor'))
    await client(door, as('key-a'))({}, named('agent'))
    const ids = source.calls.map(({ context }) => context.client?.id)
    expect([ids[0] === ids[1], ids[0] === ids[2]]).toEqual([true, false])
  })
})
