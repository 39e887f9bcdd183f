import { describe, expect, it } from 'vitest'
import { fakeSource } from '../fakes/sources.ts'
import { as, initialize, keys, legacy, modern, namesOf, openDoor, openStream, post, postModern } from './door.ts'

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
      params: { notifications: { toolsListChanged: true }, _meta },
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
    ['nothing that we have', { promptsListChanged: true }, 200],
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
})
