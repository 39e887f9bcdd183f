import { expect, it, vi } from 'vitest'
import type { Caller } from '../../../src/core/caller.ts'
import { fakeFeatures } from '../../fakes/gateway-features.ts'
import { fakeSource } from '../../fakes/sources.ts'
import { as, initialize, keys, legacy, modern, openDoor, openStream, post, postStream } from '../door.ts'

const onlyA = (caller: Caller): boolean => caller.id === 'a'

it('a caller whose key has gone is told nothing more, and its session has ended; others go on', async () => {
  const features = fakeFeatures({ resources: [{ uri: 'x://a' }] })
  const { url, recheck } = await openDoor([], { features, keys })
  const follow = async (key: string) => {
    const session = { ...as(key), 'mcp-session-id': await initialize(`${url}/mcp`, as(key)) }
    const old = await openStream(`${url}/mcp`, { headers: { ...session, accept: 'text/event-stream' } })
    await post(`${url}/mcp`, legacy('resources/subscribe', { uri: 'x://a' }), session)
    await post(`${url}/mcp`, legacy('logging/setLevel', { level: 'info' }), session)
    const notifications = { resourceSubscriptions: ['x://a'] }
    const { body, headers } = modern('subscriptions/listen', { notifications })
    const young = await postStream(`${url}/mcp`, body, { ...headers, ...as(key) })
    await young.next()
    return { session, old, young }
  }
  const [stays, goes] = [await follow('key-a'), await follow('key-b')]
  recheck(onlyA)
  features.say('error', 'loud')
  features.update('x://a')
  expect(await goes.old.next()).toBeUndefined()
  expect(await goes.young.next()).toMatchObject({ result: { resultType: 'complete' } })
  expect((await post(`${url}/mcp`, legacy('ping'), goes.session)).status).toBe(401)
  expect(await stays.old.next()).toMatchObject({ method: 'notifications/message' })
  expect(await stays.old.next()).toMatchObject({ method: 'notifications/resources/updated' })
  expect(await stays.young.next()).toMatchObject({ method: 'notifications/resources/updated' })
  expect((await post(`${url}/mcp`, legacy('ping'), stays.session)).status).toBe(200)
  await vi.waitFor(() => expect([features.followed(), features.levels()]).toEqual([['x://a', 'x://a'], ['info']]))
  stays.old.close()
  stays.young.close()
})

it('a caller whose key has gone while it began to listen is told nothing', async () => {
  const features = fakeFeatures({ resources: [{ uri: 'x://a' }] })
  const { url, gateway, recheck } = await openDoor([], { features, keys })
  const { subscribe } = gateway
  Object.assign(gateway, {
    subscribe: async (...given: Parameters<typeof subscribe>) => {
      recheck(onlyA)
      return subscribe(...given)
    },
  })
  const { body, headers } = modern('subscriptions/listen', { notifications: { resourceSubscriptions: ['x://a'] } })
  const stream = await postStream(`${url}/mcp`, body, { ...headers, ...as('key-b') })
  expect((await stream.next()).method).toBe('notifications/subscriptions/acknowledged')
  expect(await stream.next()).toMatchObject({ result: {} })
  expect(features.followed()).toEqual([])
})

it('a parked call of such a caller is cancelled, and a plain one may finish', async () => {
  const [asks, plain] = [fakeSource('pets'), fakeSource('shop')]
  const done = Promise.withResolvers<void>()
  asks.onCall = async (_key, _args, { client, signal }) => {
    await client?.ask('roots/list', {}, { signal })
    return { content: [] }
  }
  plain.onCall = async () => {
    await done.promise
    return { content: [] }
  }
  const all = { a: { id: 'a', access: {} }, b: { id: 'b', access: {} } }
  const { url, recheck } = await openDoor([asks, plain], { keys: all })
  const _meta = { 'io.modelcontextprotocol/clientCapabilities': { roots: {} } }
  const call = (name: string, key: string) => {
    const { body, headers } = modern('tools/call', { name, _meta })
    return post(`${url}/mcp`, body, { ...headers, ...as(key) })
  }
  await call('pets__echo', 'a')
  await call('pets__echo', 'b')
  const running = call('shop__echo', 'b')
  await vi.waitFor(() => expect(plain.calls).toHaveLength(1))
  recheck(onlyA)
  expect(asks.calls.map(({ context }) => context.signal.aborted)).toEqual([false, true])
  done.resolve()
  expect((await running).body.result.content).toEqual([])
})
