import { describe, expect, it, vi } from 'vitest'
import type { FakeFeatures } from '../../fakes/gateway-features.ts'
import { fakeFeatures } from '../../fakes/gateway-features.ts'
import { fakeSource } from '../../fakes/sources.ts'
import type { Answer, EventStream } from '../door.ts'
import {
  as,
  initialize,
  keys,
  legacy,
  modern,
  namesOf,
  openDoor,
  openStream,
  post,
  postModern,
  postStream,
} from '../door.ts'

describe('the stream of changes', () => {
  const changed = (extra: object): object => ({ jsonrpc: '2.0', method: 'notifications/tools/list_changed', ...extra })

  it('of an old client is its GET, and tells only of what the client may see', async () => {
    const [pets, shop] = [fakeSource('pets'), fakeSource('shop')]
    const { url } = await openDoor([pets, shop], { keys })
    const headers = { ...as('key-b'), 'mcp-session-id': await initialize(`${url}/mcp`, as('key-b')) }
    const stream = await openStream(`${url}/mcp`, { headers: { ...headers, accept: 'text/event-stream' } })
    pets.tools = ['other']
    pets.change()
    shop.tools = ['more']
    shop.change()
    expect(await stream.next()).toEqual(changed({ params: {} }))
    expect(namesOf(await post(`${url}/mcp`, legacy('tools/list'), headers))).toEqual(['shop__more'])
    stream.close()
  })

  it.each([
    ['without a session', {}, 405],
    ['that does not want events', { accept: 'application/json' }, 405],
  ])('is not opened for a GET %s', async (_, headers, status) => {
    const { url } = await openDoor([])
    const answer = await fetch(`${url}/mcp`, { headers })
    expect(answer.status).toBe(status)
  })

  it('of a modern client is acknowledged, told, and carries its id', async () => {
    const pets = fakeSource('pets')
    const { url } = await openDoor([pets])
    const { body, headers } = modern(
      'subscriptions/listen',
      { notifications: { toolsListChanged: true, promptsListChanged: true } },
      'sub-1',
    )
    const stream = await openStream(`${url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const _meta = { 'io.modelcontextprotocol/subscriptionId': 'sub-1' }
    expect(await stream.next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true, promptsListChanged: true }, _meta },
    })
    pets.tools = ['other']
    pets.change()
    expect(await stream.next()).toEqual(changed({ params: { _meta } }))
    stream.close()
  })

  it('ends with its result when the gateway stops, and holds the stop up no longer than that', async () => {
    const door = await openDoor([fakeSource('pets')])
    const listening = postModern(`${door.url}/mcp`, 'subscriptions/listen', {
      notifications: { toolsListChanged: true },
    })
    const session = { 'mcp-session-id': await initialize(`${door.url}/mcp`), accept: 'text/event-stream' }
    const old = await openStream(`${door.url}/mcp`, { headers: session })
    const started = performance.now()
    await door.close()
    expect(performance.now() - started).toBeLessThan(1_000)
    expect((await listening).body).toMatchObject({ id: 1, result: { resultType: 'complete' } })
    expect(await old.next()).toBeUndefined()
  })

  it.each([
    ['nothing that we have', { moonsChanged: true, toolsListChanged: false }, 200],
    ['a resource that is not there', { resourceSubscriptions: ['x://gone'] }, 200],
    ['resources that are no URIs', { resourceSubscriptions: [1] }, 400],
    ['nothing', undefined, 400],
  ])('of a modern client that asks for %s ends at once', async (_, notifications, status) => {
    const { url } = await openDoor([])
    const answer = await postModern(`${url}/mcp`, 'subscriptions/listen', notifications && { notifications })
    expect(answer.status).toBe(status)
  })

  it('is kept alive with comments', async () => {
    const { url } = await openDoor([], { limits: { keepAliveMs: 20 } })
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`), accept: 'text/event-stream' }
    const answer = await fetch(`${url}/mcp`, { headers })
    const { value } = (await answer.body?.getReader().read()) ?? {}
    expect(new TextDecoder().decode(value)).toBe(': keep-alive\n\n')
  })

  it('is not opened when there are too many', async () => {
    const { url } = await openDoor([], { limits: { maxStreams: 0 } })
    const answer = await postModern(`${url}/mcp`, 'subscriptions/listen', { notifications: { toolsListChanged: true } })
    expect([answer.status, answer.body.error.data]).toEqual([429, { code: 'LIMIT_REACHED' }])
  })

  it('is not opened by a caller that has half of them, in either era, and by others it is', async () => {
    const { url } = await openDoor([], { limits: { maxStreams: 2 }, keys })
    const { body, headers } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } })
    const open = (key: string): Promise<EventStream> => postStream(`${url}/mcp`, body, { ...headers, ...as(key) })
    const first = await open('key-a')
    await expect(open('key-a')).rejects.toThrow('HTTP 429')
    const session = { ...as('key-a'), 'mcp-session-id': await initialize(`${url}/mcp`, as('key-a')) }
    const old = await fetch(`${url}/mcp`, { headers: { ...session, accept: 'text/event-stream' } })
    expect(old.status).toBe(405)
    const other = await open('key-b')
    for (const stream of [first, other]) stream.close()
  })
})

/** Whatever comes within the time in which changes are told, and a little more. */
async function heard(stream: EventStream): Promise<unknown[]> {
  const messages: unknown[] = []
  const quiet = new Promise<void>(resolve => setTimeout(resolve, 1_000))
  for (;;) {
    const message = await Promise.race([stream.next(), quiet])
    if (message === undefined) return messages
    messages.push(message)
  }
}

const methodsOf = (messages: readonly unknown[]): string[] =>
  (messages as { method: string }[]).map(({ method }) => method)

describe('a change of one kind of list', () => {
  const tools = 'notifications/tools/list_changed'
  const prompts = 'notifications/prompts/list_changed'
  const resources = 'notifications/resources/list_changed'

  it.each<[string, Partial<FakeFeatures['items']> & { tools?: string[] }, string[]]>([
    ['a tool', { tools: ['other'] }, [tools]],
    ['a prompt more', { prompts: [{ name: 'p' }, { name: 'q' }] }, [prompts]],
    ['a prompt that says something else', { prompts: [{ name: 'p', title: 'P' }] }, [prompts]],
    ['a prompt less', { prompts: [] }, [prompts]],
    ['a resource less', { resources: [] }, [resources]],
    ['a template', { resourceTemplates: [{ uriTemplate: 'x://{a}' }] }, [resources]],
    ['the same lists again', { prompts: [{ name: 'p' }] }, []],
    ['two kinds at once', { prompts: [], resources: [] }, [prompts, resources]],
  ])('(%s) is told once, as that kind, in both eras', async (_, { tools: names, ...items }, expected) => {
    const set = setUp()
    const { url } = await openDoor([set.pets], { features: set.features })
    const session = { 'mcp-session-id': await initialize(`${url}/mcp`), accept: 'text/event-stream' }
    const old = await openStream(`${url}/mcp`, { headers: session })
    const wanted = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }
    const { body, headers } = modern('subscriptions/listen', { notifications: wanted })
    const young = await postStream(`${url}/mcp`, body, headers)
    await young.next()
    if (names !== undefined) set.pets.tools = names
    Object.assign(set.features.items, items)
    set.pets.change()
    set.features.change()
    const [toOld, toYoung] = await Promise.all([heard(old), heard(young)])
    expect([methodsOf(toOld), methodsOf(toYoung)]).toEqual([expected, expected])
    old.close()
    young.close()
  })

  it('is told to nobody who did not ask for that kind, or does not see it', async () => {
    const { pets, features } = setUp()
    features.visibleTo = ({ caller }) => caller.id === 'a'
    const { url } = await openDoor([pets], { features, keys })
    const listen = async (key: string, wanted: object): Promise<EventStream> => {
      const { body, headers } = modern('subscriptions/listen', { notifications: wanted })
      const stream = await postStream(`${url}/mcp`, body, { ...headers, ...as(key) })
      await stream.next()
      return stream
    }
    const streams = [
      await listen('key-a', { promptsListChanged: true }),
      await listen('key-a', { toolsListChanged: true }),
      await listen('key-b', { promptsListChanged: true }),
    ]
    features.items.prompts = []
    features.change()
    expect((await Promise.all(streams.map(heard))).map(methodsOf)).toEqual([[prompts], [], []])
    for (const stream of streams) stream.close()
  })

  function setUp() {
    const features = fakeFeatures({ prompts: [{ name: 'p' }], resources: [{ uri: 'x://a' }] })
    return { pets: fakeSource('pets'), features }
  }
})

describe('a resource that is followed', () => {
  const updated = { method: 'notifications/resources/updated', params: { uri: 'x://a', 'x-kept': 1 } }
  const features = () => fakeFeatures({ resources: [{ uri: 'x://a' }, { uri: 'x://b' }] })

  it('by an old client is told on its stream, until it no longer is', async () => {
    const has = features()
    const { url } = await openDoor([], { features: has })
    const session = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    const send = (method: string, uri: unknown): Promise<Answer> => post(`${url}/mcp`, legacy(method, { uri }), session)
    expect((await send('resources/subscribe', 'x://a')).body.result).toEqual({})
    expect((await send('resources/subscribe', 'x://a')).body.result).toEqual({})
    expect(has.followed()).toEqual(['x://a'])
    has.update('x://a')
    const stream = await openStream(`${url}/mcp`, { headers: { ...session, accept: 'text/event-stream' } })
    has.update('x://a')
    has.update('x://b')
    expect(await stream.next()).toMatchObject(updated)
    expect((await send('resources/unsubscribe', 'x://a')).body.result).toEqual({})
    expect((await send('resources/unsubscribe', 'x://never')).body.result).toEqual({})
    expect(has.followed()).toEqual([])
    expect((await send('resources/subscribe', 'x://gone')).body.error.code).toBe(-32002)
    expect((await send('resources/subscribe', 7)).body.error.code).toBe(-32602)
    stream.close()
  })

  it('is no longer followed once the session has ended', async () => {
    const has = features()
    const { url } = await openDoor([], { features: has })
    const session = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    await post(`${url}/mcp`, legacy('resources/subscribe', { uri: 'x://a' }), session)
    await post(`${url}/mcp`, legacy('logging/setLevel', { level: 'error' }), session)
    expect([has.followed(), has.levels()]).toEqual([['x://a'], ['error']])
    await fetch(`${url}/mcp`, { method: 'DELETE', headers: session })
    expect([has.followed(), has.levels()]).toEqual([[], []])
  })

  it('by a modern client is acknowledged and told under its id; what it may not see is left out', async () => {
    const has = features()
    const { url } = await openDoor([], { features: has })
    const notifications = { resourceSubscriptions: ['x://gone', 'x://a', 'x://a'] }
    const { body, headers } = modern('subscriptions/listen', { notifications }, 7)
    const stream = await postStream(`${url}/mcp`, body, headers)
    const _meta = { 'io.modelcontextprotocol/subscriptionId': 7 }
    expect(await stream.next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { resourceSubscriptions: ['x://a'] }, _meta },
    })
    has.update('x://b')
    has.update('x://a')
    expect(await stream.next()).toEqual({ jsonrpc: '2.0', ...updated, params: { ...updated.params, _meta } })
    stream.close()
    await vi.waitFor(() => expect(has.followed()).toEqual([]))
  })

  it('that changes while it is being followed is told after the acknowledgement', async () => {
    const has = features()
    const { url, gateway } = await openDoor([], { features: has })
    const { subscribe } = gateway
    Object.assign(gateway, {
      subscribe: async (...given: Parameters<typeof subscribe>) => {
        const stop = await subscribe(...given)
        has.update('x://a')
        return stop
      },
    })
    const { body, headers } = modern('subscriptions/listen', { notifications: { resourceSubscriptions: ['x://a'] } })
    const stream = await postStream(`${url}/mcp`, body, headers)
    expect((await stream.next()).method).toBe('notifications/subscriptions/acknowledged')
    expect((await stream.next()).method).toBe('notifications/resources/updated')
    stream.close()
  })

  it('is one of as many as the limits allow', async () => {
    const has = features()
    const { url } = await openDoor([], { features: has, limits: { maxSubscriptions: 1 } })
    const session = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    const follow = (uri: string): Promise<Answer> => post(`${url}/mcp`, legacy('resources/subscribe', { uri }), session)
    await follow('x://a')
    expect((await follow('x://b')).body.error.data).toEqual({ code: 'LIMIT_REACHED' })
    const notifications = { resourceSubscriptions: ['x://a', 'x://b'] }
    const young = await postModern(`${url}/mcp`, 'subscriptions/listen', { notifications })
    expect(young.body.error.data).toEqual({ code: 'LIMIT_REACHED' })
  })
})

describe('a log message that belongs to no call', () => {
  it('goes to the stream of an old client, at the level that it set last', async () => {
    const features = fakeFeatures()
    const { url } = await openDoor([], { features })
    const session = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    const stream = await openStream(`${url}/mcp`, { headers: { ...session, accept: 'text/event-stream' } })
    expect(features.levels()).toEqual([])
    await post(`${url}/mcp`, legacy('logging/setLevel', { level: 'debug' }), session)
    await post(`${url}/mcp`, legacy('logging/setLevel', { level: 'warning' }), session)
    expect(features.levels()).toEqual(['warning'])
    features.say('info', 'quiet')
    features.say('alert', 'loud')
    expect(await stream.next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'alert', data: 'loud' },
    })
    stream.close()
  })
})
