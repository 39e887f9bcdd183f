import { setTimeout as sleep } from 'node:timers/promises'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fakeSource } from '../../fakes/sources.ts'
import { as, hanging, keys, legacy, openDoor, post } from '../door.ts'

type Message = Readonly<Record<string, unknown>>

/** A client of HTTP+SSE: its stream, and a way to send where the first event says. */
async function connect(url: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const answer = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: leaving.signal })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  const events = answer.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  const read = async () => (await events?.read())?.value
  const first = await read()
  expect(first?.event).toBe('endpoint')
  const endpoint = first?.data ?? ''
  return {
    endpoint,
    /** The next message; undefined once the stream has ended. */
    async next(): Promise<Message | undefined> {
      const event = await read()
      if (event !== undefined) expect(event.event).toBe('message')
      return event && JSON.parse(event.data)
    },
    send: (body: unknown, more = headers) => post(new URL(endpoint, url).href, body, more),
    leave: () => leaving.abort(),
  }
}

const initialize = legacy('initialize', { protocolVersion: '2024-11-05', capabilities: {} }, 1)

describe('clients of HTTP+SSE', () => {
  it('are told where to send, and are answered on the stream', async () => {
    const { url } = await openDoor([fakeSource('pets')])
    const client = await connect(`${url}/sse`)
    expect(client.endpoint).toMatch(/^\/sse\/messages\?sessionId=[0-9a-f-]{36}$/)
    expect(await client.send(initialize)).toMatchObject({ status: 202 })
    expect(await client.next()).toMatchObject({ id: 1, result: { protocolVersion: '2024-11-05' } })
    await client.send(legacy('tools/call', { name: 'pets__echo', arguments: { a: 'grün\n' } }, 'two'))
    expect(await client.next()).toMatchObject({ id: 'two', result: { content: [{ type: 'text' }] } })
  })

  it('may name a server in the path, and are sent through the path of the public URL', async () => {
    const guard = { publicUrl: 'https://example.com/tools/' }
    const { url } = await openDoor([fakeSource('pets'), fakeSource('shop')], { guard })
    const client = await connect(`${url}/pets/sse`)
    const { pathname, search } = new URL(client.endpoint, url)
    expect(pathname).toBe('/tools/sse/messages')
    await post(`${url}/sse/messages${search}`, legacy('tools/list', {}, 1))
    expect(await client.next()).toMatchObject({ result: { tools: [{ name: 'echo' }] } })
  })

  it('hear of changes once they are initialized', async () => {
    const { url, gateway } = await openDoor([fakeSource('pets')])
    const client = await connect(`${url}/sse`)
    await client.send(initialize)
    await client.next()
    await client.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
    gateway.replace([{ source: fakeSource('shop') }], {})
    expect(await client.next()).toEqual({ jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: {} })
  })

  it('cannot send into a session of another key, or into one that is over', async () => {
    const { url } = await openDoor([fakeSource('pets')], { keys })
    const client = await connect(`${url}/sse`, as('key-a'))
    const other = await client.send(initialize, as('key-b'))
    expect(other).toMatchObject({
      status: 404,
      body: { id: null, error: { message: expect.stringContaining('GET /sse') } },
    })
    expect((await client.send(initialize, {})).status).toBe(401)
    expect((await client.send(initialize)).status).toBe(202)
    client.leave()
    await vi.waitFor(async () => expect((await client.send(initialize)).status).toBe(404))
  })

  it('are told what is wrong with what they send', async () => {
    const { url } = await openDoor([fakeSource('pets')], { limits: { maxBodyBytes: 200 } })
    const client = await connect(`${url}/sse`)
    expect(await client.send({ ...initialize, padding: 'x'.repeat(200) })).toMatchObject({ status: 413 })
    await client.send({ jsonrpc: '2.0', id: 7, method: 1 })
    expect(await client.next()).toMatchObject({ id: 7, error: { code: -32600 } })
    expect(await post(`${url}/sse`, initialize)).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('GET') } },
    })
    expect(await post(`${url}/sse/messages`, initialize)).toMatchObject({ status: 404, body: { id: null } })
  })

  it('have what runs cancelled when they leave', async () => {
    const source = hanging()
    const { url } = await openDoor([source])
    const client = await connect(`${url}/sse`)
    await client.send(legacy('tools/call', { name: 'pets__echo' }, 1))
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    client.leave()
    await vi.waitFor(() => expect(source.calls[0]?.context.signal.aborted).toBe(true))
  })

  it('may ask for more while a large answer is on its way', async () => {
    const source = fakeSource('pets')
    const text = 'x'.repeat(3_000_000)
    source.onCall = async () => ({ content: [{ type: 'text', text }] })
    const { url } = await openDoor([source], { limits: { maxStreamBufferBytes: 1_000 } })
    const client = await connect(`${url}/sse`)
    await client.send(legacy('tools/call', { name: 'pets__echo' }, 1))
    await client.send(legacy('tools/call', { name: 'pets__echo' }, 2))
    const [sent, ...answers] = await Promise.all([
      client.send(legacy('ping', {}, 3)),
      client.next(),
      client.next(),
      client.next(),
    ])
    expect([sent.status, ...answers.map(answer => answer?.id)]).toEqual([202, 1, 2, 3])
  })

  it('are not asked on and on where they do not read', async () => {
    const source = fakeSource('pets')
    source.onCall = async () => ({ content: [{ type: 'text', text: 'x'.repeat(8_000_000) }] })
    const { url } = await openDoor([source], { limits: { maxStreamBufferBytes: 1_000 } })
    const client = await connect(`${url}/sse`)
    for (let turn = 1; turn <= 3; turn += 1) void client.send(legacy('tools/call', { name: 'pets__echo' }, turn))
    await vi.waitFor(() => expect(source.calls.length).toBeGreaterThan(0))
    const last = client.send(legacy('ping', {}, 4))
    const waited = await Promise.race([last, sleep(200)])
    expect(waited).toBeUndefined()
    client.leave()
    expect((await last).status).toBe(404)
  })

  it('share the places of streams with others', async () => {
    const { url } = await openDoor([fakeSource('pets')], { limits: { maxStreams: 1 } })
    await connect(`${url}/sse`)
    const refused = await fetch(`${url}/sse`)
    expect(refused.status).toBe(429)
    expect(await refused.text()).toContain('limits.maxStreams')
  })

  it('get the answers to what runs before the stream ends with their key', async () => {
    const source = fakeSource('pets')
    const done = Promise.withResolvers<void>()
    source.onCall = async () => {
      await done.promise
      return { content: [] }
    }
    const { url, recheck } = await openDoor([source], { keys })
    const client = await connect(`${url}/sse`, as('key-a'))
    await client.send(legacy('tools/call', { name: 'pets__echo' }, 1))
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    recheck(({ id }) => id !== 'a')
    expect((await client.send(initialize)).status).not.toBe(202)
    done.resolve()
    expect(await client.next()).toMatchObject({ id: 1, result: {} })
    expect(await client.next()).toBeUndefined()
  })
})
