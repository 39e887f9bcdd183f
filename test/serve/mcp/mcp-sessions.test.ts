import { describe, expect, it, vi } from 'vitest'
import { fakeSource } from '../../fakes/sources.ts'
import type { Answer } from '../door.ts'
import { as, hanging, initialize, keys, legacy, namesOf, openDoor, post } from '../door.ts'

/** A source whose calls are answered once they are released. */
function heldSource() {
  const source = fakeSource('pets')
  const { promise, resolve: release } = Promise.withResolvers<void>()
  source.onCall = async () => {
    await promise
    return { content: [] }
  }
  return { source, release }
}

describe('initialize', () => {
  it.each([
    ['2024-11-05', '2024-11-05'],
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2025-11-25', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
  ])('of %s is answered with %s and a session', async (wanted, given) => {
    const { url } = await openDoor([fakeSource('pets')])
    const answer = await post(`${url}/mcp`, legacy('initialize', { protocolVersion: wanted, capabilities: {} }))
    expect(answer.body).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: {
        protocolVersion: given,
        capabilities: {
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { subscribe: true, listChanged: true },
          completions: {},
          logging: {},
          // Older revisions do not know them.
          ...(given === '2025-11-25' && { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }),
        },
        serverInfo: { name: 'patchbay', version: '0' },
        instructions: 'Tools.',
      },
    })
    expect(answer.headers.get('mcp-session-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('without a version is refused', async () => {
    const { url } = await openDoor([])
    const answer = await post(`${url}/mcp`, legacy('initialize'))
    expect([answer.status, answer.body.error.code]).toEqual([400, -32602])
  })
})

describe('a call with a task', () => {
  it.each([
    ['2025-11-25', -32601],
    ['2025-06-18', undefined],
  ])('by a client of %s is refused with %s where the tool runs as none', async (protocolVersion, code) => {
    const { url } = await openDoor([fakeSource('pets')])
    const begun = await post(`${url}/mcp`, legacy('initialize', { protocolVersion, capabilities: {} }))
    const headers = { 'mcp-session-id': begun.headers.get('mcp-session-id') ?? '' }
    const answer = await post(`${url}/mcp`, legacy('tools/call', { name: 'pets__echo', task: {} }), headers)
    expect([answer.status, answer.body.error?.code]).toEqual([200, code])
  })
})

describe('a session', () => {
  const refused = { jsonrpc: '2.0', error: { code: -32001, message: 'The session has ended. Send initialize again.' } }

  it.each([
    ['unknown', async () => 'nobody'],
    ['of another caller', (url: string) => initialize(url, as('key-b'))],
    ['too long', async () => 'x'.repeat(8_000)],
    [
      'ended with DELETE',
      async (url: string) => {
        const id = await initialize(url, as('key-a'))
        const headers = { ...as('key-a'), 'mcp-session-id': id }
        expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200)
        return id
      },
    ],
  ])('%s gets 404, with the same body, whatever the method', async (_, open) => {
    const { url } = await openDoor([fakeSource('pets')], { keys })
    const headers = { ...as('key-a'), 'mcp-session-id': await open(`${url}/mcp`) }
    const answer = await post(`${url}/mcp`, legacy('tools/list'), headers)
    expect([answer.status, answer.body]).toEqual([404, { ...refused, id: 1 }])
    for (const method of ['GET', 'DELETE']) {
      const other = await fetch(`${url}/mcp`, { method, headers: { ...headers, accept: 'text/event-stream' } })
      expect([method, other.status, await other.json()]).toEqual([method, 404, { ...refused, id: null }])
    }
  })

  it('is not needed, so that curl needs no handshake', async () => {
    const { url } = await openDoor([fakeSource('pets')])
    expect(namesOf(await post(`${url}/mcp`, legacy('tools/list')))).toEqual(['pets__echo'])
    expect((await post(`${url}/mcp`, legacy('ping'))).body).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  it('goes when there are too many: the one idle longest first', async () => {
    const { url } = await openDoor([fakeSource('pets')], { limits: { maxSessions: 2 } })
    const first = await initialize(`${url}/mcp`)
    const second = await initialize(`${url}/mcp`)
    const use = (id: string): Promise<Answer> => post(`${url}/mcp`, legacy('ping'), { 'mcp-session-id': id })
    expect((await use(first)).status).toBe(200)
    await initialize(`${url}/mcp`)
    expect([(await use(first)).status, (await use(second)).status]).toEqual([200, 404])
  })

  it('of another key does not go for a key that has half of them', async () => {
    const { url } = await openDoor([fakeSource('pets')], { keys, limits: { maxSessions: 4 } })
    const theirs = [await initialize(`${url}/mcp`, as('key-b')), await initialize(`${url}/mcp`, as('key-b'))]
    const mine: string[] = []
    for (let opened = 0; opened < 5; opened += 1) mine.push(await initialize(`${url}/mcp`, as('key-a')))
    const statusOf = async (id: string, key: string): Promise<number> =>
      (await post(`${url}/mcp`, legacy('ping'), { ...as(key), 'mcp-session-id': id })).status
    expect(await Promise.all(theirs.map(id => statusOf(id, 'key-b')))).toEqual([200, 200])
    expect(await Promise.all(mine.map(id => statusOf(id, 'key-a')))).toEqual([404, 404, 404, 200, 200])
  })

  it('allows an id once at a time, and the same id in another session', async () => {
    const { source, release } = heldSource()
    const { url } = await openDoor([source])
    const [mine, other] = [await initialize(`${url}/mcp`), await initialize(`${url}/mcp`)]
    const call = legacy('tools/call', { name: 'pets__echo' }, 0)
    const first = post(`${url}/mcp`, call, { 'mcp-session-id': mine })
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    const again = await post(`${url}/mcp`, call, { 'mcp-session-id': mine })
    expect([again.status, again.body.error.code, again.body.error.message]).toEqual([
      400,
      -32600,
      'A request with the id 0 is still running.',
    ])
    const elsewhere = post(`${url}/mcp`, call, { 'mcp-session-id': other })
    await vi.waitFor(() => expect(source.calls).toHaveLength(2))
    release()
    expect([(await first).body.result, (await elsewhere).body.result]).toEqual([{ content: [] }, { content: [] }])
    expect((await post(`${url}/mcp`, call, { 'mcp-session-id': mine })).status).toBe(200)
  })

  it.each([
    [
      'DELETE, and says so',
      async (url: string, headers: Record<string, string>) => fetch(url, { method: 'DELETE', headers }),
      ['application/json', { code: 'CANCELLED' }],
    ],
    [
      'notifications/cancelled, also for the id 0, and gives no answer',
      async (url: string, headers: Record<string, string>) =>
        post(url, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 0 } }, headers),
      ['text/event-stream', undefined],
    ],
  ])('ends its running call with %s', async (_, cancel, expected) => {
    const source = hanging()
    const { url } = await openDoor([source])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    const call = post(`${url}/mcp`, legacy('tools/call', { name: 'pets__echo' }, 0), headers)
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    await cancel(`${url}/mcp`, headers)
    const answer = await call
    expect([answer.headers.get('content-type'), answer.body?.error.data]).toEqual(expected)
    expect([answer.status, source.calls[0]?.context.signal.aborted]).toEqual([200, true])
  })

  it.each([
    ['an unknown id', { requestId: 99 }],
    ['no id', {}],
  ])('ignores a cancel of %s', async (_, params) => {
    const { url } = await openDoor([])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    const answer = await post(`${url}/mcp`, { jsonrpc: '2.0', method: 'notifications/cancelled', params }, headers)
    expect([answer.status, answer.body]).toEqual([202, undefined])
  })

  it('goes on when the connection of a call is lost: that is no cancel in the old era', async () => {
    const { source, release } = heldSource()
    const { url } = await openDoor([source])
    const client = new AbortController()
    const call = fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'mcp-session-id': await initialize(`${url}/mcp`) },
      body: JSON.stringify(legacy('tools/call', { name: 'pets__echo' })),
      signal: client.signal,
    })
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    client.abort()
    await expect(call).rejects.toThrow()
    await post(`${url}/mcp`, legacy('ping'))
    expect(source.calls[0]?.context.signal.aborted).toBe(false)
    release()
  })
})

describe('an old request', () => {
  it.each<[string, object, Record<string, string>, number, number, RegExp]>([
    [
      'its version header is unknown',
      legacy('tools/list'),
      { 'mcp-protocol-version': '1999-01-01' },
      400,
      -32600,
      /"1999-01-01" does not fit/,
    ],
    ['its method is unknown', legacy('tasks/update'), {}, 200, -32601, /"tasks\/update"/],
    ['its method is of the other era', legacy('__proto__'), {}, 200, -32601, /"__proto__"/],
    ['it wants a prompt without a name', legacy('prompts/get'), {}, 200, -32602, /needs name/],
    ['it wants a resource without a URI', legacy('resources/read', { uri: 1 }), {}, 200, -32602, /needs uri/],
    [
      'it wants logs without a session',
      legacy('logging/setLevel', { level: 'info' }),
      {},
      200,
      -32600,
      /needs a session/,
    ],
    ['it follows without a session', legacy('resources/subscribe', { uri: 'x' }), {}, 200, -32600, /needs a session/],
    ['it wants a tool without a name', legacy('tools/call'), {}, 400, -32602, /needs the name/],
    ['the tool is unknown', legacy('tools/call', { name: 'x' }), {}, 200, -32602, /No tool is named "x" here/],
  ])('is refused when %s', async (_, body, headers, status, code, message) => {
    const { url } = await openDoor([fakeSource('pets')])
    const answer = await post(`${url}/mcp`, body, headers)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect(answer.body.error.message).toMatch(message)
  })

  it('may be a notification or an answer, which are taken and dropped', async () => {
    const { url } = await openDoor([])
    for (const body of [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 5, result: {} },
    ])
      expect((await post(`${url}/mcp`, body)).status).toBe(202)
  })

  it.each(['PUT', 'PATCH', 'OPTIONS'])('is no %s', async method => {
    const { url } = await openDoor([])
    const answer = await fetch(`${url}/mcp`, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, DELETE'])
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})
