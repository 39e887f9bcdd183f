import { describe, expect, it, vi } from 'vitest'
import { fakeSource } from '../../fakes/sources.ts'
import { hanging, legacy, openDoor, post, postStream } from '../door.ts'

const revision = '2025-03-26'
const call = (id: unknown, text: string, more: object = {}): object =>
  legacy('tools/call', { name: 'pets__echo', arguments: { text }, ...more }, id)
const note = (method: string, params = {}): object => ({ jsonrpc: '2.0', method, params })
const contentOf = (text: string): object => ({ content: [{ type: 'text', text: `pets echo {"text":"${text}"}` }] })

async function open(protocolVersion = revision, limits = {}, source = fakeSource('pets')) {
  const { url, faults } = await openDoor([source], { limits })
  const answer = await post(`${url}/mcp`, legacy('initialize', { protocolVersion, capabilities: {} }))
  const session = { 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '' }
  return { url: `${url}/mcp`, session, faults, source, send: (body: unknown) => post(`${url}/mcp`, body, session) }
}

describe('a batch of a client of 2025-03-26', () => {
  it('is answered by a list that has one answer for each request, in any order', async () => {
    const { send } = await open()
    const { status, headers, body } = await send([
      call('a', 'one'),
      note('notifications/initialized'),
      legacy('tools/list', {}, 2),
      legacy('no/such', {}, 3),
    ])
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(body).toHaveLength(3)
    expect(body).toEqual(
      expect.arrayContaining([
        { jsonrpc: '2.0', id: 'a', result: contentOf('one') },
        { jsonrpc: '2.0', id: 2, result: { tools: [expect.objectContaining({ name: 'pets__echo' })] } },
        { jsonrpc: '2.0', id: 3, error: expect.objectContaining({ code: -32601 }) },
      ]),
    )
  })

  it('is answered by one event for each request, once something has to be said before', async () => {
    const source = fakeSource('pets')
    source.onCall = async (_key, { text }, { onProgress }) => {
      if (text === 'slow') await new Promise(resolve => setTimeout(resolve, 50))
      onProgress?.({ progress: 1 })
      return { content: [] }
    }
    const { send } = await open(revision, {}, source)
    const { events } = await send([
      legacy('ping', {}, 'p'),
      call(1, 'slow', { _meta: { progressToken: 't' } }),
      legacy('ping', {}, 'q'),
    ])
    expect(events).toHaveLength(4)
    expect(events[0]).toMatchObject({ method: 'notifications/progress', params: { progressToken: 't' } })
    expect(events.slice(1)).toEqual(
      expect.arrayContaining([
        { jsonrpc: '2.0', id: 'p', result: {} },
        { jsonrpc: '2.0', id: 'q', result: {} },
        { jsonrpc: '2.0', id: 1, result: { content: [] } },
      ]),
    )
  })

  it('of notifications and answers is taken without a body', async () => {
    const { send } = await open()
    const { status, body } = await send([note('notifications/initialized'), { jsonrpc: '2.0', id: 1, result: {} }])
    expect([status, body]).toEqual([202, undefined])
  })

  it('is asked what its server wants to know, and answers it', async () => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { client, signal }) => {
      const answer = await client?.ask('roots/list', {}, { signal })
      return { content: [{ type: 'text', text: JSON.stringify(answer) }] }
    }
    const { url } = await openDoor([source])
    const params = { protocolVersion: revision, capabilities: { roots: {} } }
    const begun = await post(`${url}/mcp`, legacy('initialize', params))
    const session = { 'mcp-session-id': begun.headers.get('mcp-session-id') ?? '' }
    const stream = await postStream(`${url}/mcp`, [call(1, 'x')], session)
    const { id, method } = await stream.next()
    expect(method).toBe('roots/list')
    expect((await post(`${url}/mcp`, [{ jsonrpc: '2.0', id, result: { roots: [] } }], session)).status).toBe(202)
    expect(await stream.next()).toMatchObject({ id: 1, result: { content: [{ text: '{"roots":[]}' }] } })
    expect(await stream.next()).toBeUndefined()
  })

  it('has a request that is cancelled left out of the answers', async () => {
    const { send, source } = await open(revision, {}, hanging())
    const waiting = send([call('gone', 'x'), legacy('ping', {}, 'p')])
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    await send(note('notifications/cancelled', { requestId: 'gone' }))
    expect((await waiting).body).toEqual([{ jsonrpc: '2.0', id: 'p', result: {} }])
  })

  it('ends as a stream without a word when all of it was cancelled', async () => {
    const { send, source } = await open(revision, {}, hanging())
    const waiting = send([call('gone', 'x')])
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    await send(note('notifications/cancelled', { requestId: 'gone' }))
    const { headers, events } = await waiting
    expect([headers.get('content-type'), events]).toEqual(['text/event-stream', []])
  })

  it('has what is wrong in it refused by itself', async () => {
    const { send } = await open()
    const { body } = await send([
      7,
      { jsonrpc: '2.0', id: 'bad', method: 'ping', params: [] },
      legacy('initialize', { protocolVersion: revision }, 'begin'),
      call('twice', 'a'),
      call('twice', 'b'),
      legacy('ping', {}, 'p'),
    ])
    const codes = body.map(({ id, error }: { id: unknown; error?: { code: number } }) => [id, error?.code])
    expect(codes).toHaveLength(6)
    expect(codes).toEqual(
      expect.arrayContaining([
        [null, -32600],
        ['bad', -32600],
        ['begin', -32600],
        ['twice', -32600],
        ['twice', undefined],
        ['p', undefined],
      ]),
    )
  })

  it.each([
    ['empty', [], 400, /batch is empty/],
    ['too large', [1, 2, 3], 413, /may hold 2 messages, and this one holds 3 \(limits\.maxBatchMessages\)/],
  ])('that is %s is refused whole', async (_, body, status, message) => {
    const { send, faults } = await open(revision, { maxBatchMessages: 2 })
    const answer = await send(body)
    expect(answer).toMatchObject({ status, body: { id: null, error: { code: -32600 } } })
    expect(answer.body.error.message).toMatch(message)
    expect(faults).toEqual([])
  })
})

describe('a batch of any other client', () => {
  it.each(['2024-11-05', '2025-06-18', '2025-11-25'])('of %s is refused, and none of it runs', async version => {
    const { send, source } = await open(version)
    const { status, body } = await send([call(1, 'x')])
    expect([status, body.error.code]).toEqual([400, -32600])
    expect(body.error.message).toContain(`this session speaks ${version}`)
    expect(source.calls).toEqual([])
  })

  it('of 2026-07-28, or without a session, is refused', async () => {
    const { url, session } = await open()
    const modern = { ...session, 'mcp-protocol-version': '2026-07-28' }
    expect((await post(url, [legacy('ping')], modern)).status).toBe(400)
    expect((await post(url, [legacy('ping')])).body.error.message).toContain('has not agreed on it')
  })
})
