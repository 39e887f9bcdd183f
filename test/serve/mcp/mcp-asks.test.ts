import { describe, expect, it, vi } from 'vitest'
import type { GatewayError } from '../../../src/core/errors.ts'
import type { FakeSource } from '../../fakes/sources.ts'
import { fakeSource } from '../../fakes/sources.ts'
import { as, initialize, keys, legacy, openDoor, openStream, post, postStream } from '../door.ts'

const form = { message: 'Which pet?', requestedSchema: { type: 'object', properties: {} } }

/** A source whose tool asks its client, and answers with what came back; errors too. */
function asking(method = 'elicitation/create', params: object = form): FakeSource {
  const source = fakeSource('pets')
  source.onCall = async (_key, _args, { client, signal }) => {
    const said = await client?.ask(method, { ...params }, { signal }).catch((error: GatewayError) => ({
      refused: error.code,
      data: error.data,
    }))
    return { content: [], structuredContent: { said } }
  }
  return source
}

const call = legacy('tools/call', { name: 'pets__echo' }, 'call-1')
const answer = (id: unknown, result: object = { action: 'accept', content: { name: 'Rex' } }): object => ({
  jsonrpc: '2.0',
  id,
  result,
})

describe('a server that asks an old client', () => {
  it('asks on the stream of the call, and gets the answer that is posted', async () => {
    const { url } = await openDoor([asking()])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`, {}, { elicitation: {} }) }
    const stream = await postStream(`${url}/mcp`, call, headers)
    const question = await stream.next()
    expect(question).toEqual({ jsonrpc: '2.0', id: expect.any(Number), method: 'elicitation/create', params: form })
    expect((await post(`${url}/mcp`, answer(question.id), headers)).status).toBe(202)
    expect(await stream.next()).toMatchObject({
      id: 'call-1',
      result: { structuredContent: { said: { action: 'accept', content: { name: 'Rex' } } } },
    })
    expect(await stream.next()).toBeUndefined()
  })

  it('is told of its progress by a token of ours, and only while the question is open', async () => {
    const [source, told] = [fakeSource('pets'), [] as object[]]
    source.onCall = async (_key, _args, { client, signal }) => {
      const params = { ...form, _meta: { 'a/b': 1 } }
      await client?.ask('elicitation/create', params, { signal, onProgress: step => void told.push(step) })
      return { content: [] }
    }
    const { url } = await openDoor([source])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`, {}, { elicitation: {} }) }
    const stream = await postStream(`${url}/mcp`, call, headers)
    const question = await stream.next()
    expect(question.params._meta).toEqual({ 'a/b': 1, progressToken: question.id })
    const tell = async (progressToken: unknown, progress: number): Promise<void> => {
      const params = { progressToken, progress, 'x-kept': 1 }
      const sent = await post(`${url}/mcp`, { jsonrpc: '2.0', method: 'notifications/progress', params }, headers)
      expect(sent.status).toBe(202)
    }
    await tell(question.id, 1)
    await tell('another', 2)
    await post(`${url}/mcp`, answer(question.id), headers)
    await stream.next()
    await tell(question.id, 3)
    expect(told).toEqual([{ progress: 1, 'x-kept': 1 }])
  })

  it.each([
    ['an unknown id', async (url: string, headers: Record<string, string>) => post(url, answer(99), headers)],
    [
      'the id as text',
      async (url: string, headers: Record<string, string>, id: number) => post(url, answer(String(id)), headers),
    ],
    [
      'another session',
      async (url: string, _: unknown, id: number) => {
        const other = { ...as('key-a'), 'mcp-session-id': await initialize(url, as('key-a'), { elicitation: {} }) }
        return post(url, answer(id), other)
      },
    ],
    ['no session', async (url: string, _: unknown, id: number) => post(url, answer(id), as('key-a'))],
  ])('does not take an answer under %s', async (_, send) => {
    const { url } = await openDoor([asking()], { keys })
    const headers = {
      ...as('key-a'),
      'mcp-session-id': await initialize(`${url}/mcp`, as('key-a'), { elicitation: {} }),
    }
    const stream = await postStream(`${url}/mcp`, call, headers)
    const { id } = await stream.next()
    expect((await send(`${url}/mcp`, headers, id)).status).toBe(202)
    // Another caller who knows the session gets nowhere at all.
    const thief = await post(`${url}/mcp`, answer(id), { ...as('key-b'), 'mcp-session-id': headers['mcp-session-id'] })
    expect(thief.status).toBe(404)
    await post(`${url}/mcp`, answer(id, { action: 'decline' }), headers)
    expect((await stream.next()).result.structuredContent.said).toEqual({ action: 'decline' })
  })

  it('is told the client’s own error, and that a result was no object', async () => {
    const { url } = await openDoor([asking()])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`, {}, { elicitation: {} }) }
    const saidTo = async (given: object): Promise<unknown> => {
      const stream = await postStream(`${url}/mcp`, call, headers)
      const { id } = await stream.next()
      await post(`${url}/mcp`, { jsonrpc: '2.0', id, ...given }, headers)
      return (await stream.next()).result.structuredContent.said
    }
    const error = { code: -1, message: 'User rejected', data: { a: 1 } }
    expect(await saidTo({ error })).toEqual({ refused: 'CLIENT_REFUSED', data: error })
    expect(await saidTo({ result: [1] })).toMatchObject({ refused: 'CLIENT_REFUSED', data: { code: -32603 } })
  })

  it.each<[string, object | undefined, string, object, RegExp]>([
    ['that declared nothing', {}, 'elicitation/create', form, /declare.*elicitation/],
    ['that declared forms only', { elicitation: {} }, 'elicitation/create', { mode: 'url' }, /declare.*elicitation/],
    ['that declared other things', { elicitation: {} }, 'roots/list', {}, /declare.*roots/],
    ['that has no session', undefined, 'elicitation/create', form, /no session/],
    ['for something that no client answers', { elicitation: {} }, 'moon/get', {}, /moon\/get/],
  ])('is refused by one %s, and no stream is opened', async (_, capabilities, method, params, message) => {
    const { url } = await openDoor([asking(method, params)])
    const session = capabilities && (await initialize(`${url}/mcp`, {}, capabilities))
    const result = await post(`${url}/mcp`, call, session === undefined ? {} : { 'mcp-session-id': session })
    expect(result.headers.get('content-type')).toBe('application/json')
    const { said } = result.body.result.structuredContent
    expect(said).toMatchObject({ refused: 'CLIENT_REFUSED', data: { code: -32601 } })
    expect(said.data.message).toMatch(message)
  })

  it('is refused when the stream of the call is gone', async () => {
    const source = asking()
    const { url } = await openDoor([source])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`, {}, { elicitation: {} }) }
    const results: unknown[] = []
    const ask = source.onCall
    source.onCall = async (...given) => {
      results.push(await ask(...given), await ask(...given))
      return { content: [] }
    }
    const stream = await postStream(`${url}/mcp`, call, headers)
    await stream.next()
    stream.close()
    await vi.waitFor(() => expect(results).toHaveLength(2))
    for (const result of results)
      expect(result).toMatchObject({ structuredContent: { said: { data: { message: 'The client has left.' } } } })
    expect(source.calls[0]?.context.signal.aborted).toBe(false)
  })

  it('that is cancelled gives up, and tells the client, who gets no answer more', async () => {
    const source = asking()
    const said: unknown[] = []
    const ask = source.onCall
    source.onCall = async (...given) => {
      const result = await ask(...given)
      said.push(result.structuredContent)
      return result
    }
    const { url } = await openDoor([source])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`, {}, { elicitation: {} }) }
    const stream = await postStream(`${url}/mcp`, call, headers)
    const { id } = await stream.next()
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'call-1' } }
    await post(`${url}/mcp`, cancel, headers)
    expect(await stream.next()).toMatchObject({ method: 'notifications/cancelled', params: { requestId: id } })
    expect(await stream.next()).toBeUndefined()
    expect(said).toMatchObject([{ said: { refused: 'CANCELLED' } }])
  })

  it('has at most 100 questions open at one client', async () => {
    const source = fakeSource('pets')
    const refused: unknown[] = []
    source.onCall = async (_key, _args, { client, signal }) => {
      for (let at = 0; at < 101; at += 1)
        client?.ask('roots/list', {}, { signal }).catch((error: Error) => refused.push(error.message))
      await vi.waitFor(() => expect(refused).toHaveLength(1))
      return { content: [] }
    }
    const { url } = await openDoor([source])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`, {}, { roots: {} }) }
    const { events } = await post(`${url}/mcp`, call, headers)
    expect(events).toHaveLength(101)
    await vi.waitFor(() => expect(refused).toHaveLength(101))
    expect(refused[0]).toMatch(/100 questions/)
  })

  it('learns its capabilities and an id that is no secret', async () => {
    const source = fakeSource('pets')
    const { url } = await openDoor([source])
    const capabilities = {
      elicitation: { form: {} },
      sampling: { tools: {} },
      experimental: { big: 'x'.repeat(9_000) },
    }
    const session = await initialize(`${url}/mcp`, {}, capabilities)
    const headers = { 'mcp-session-id': session }
    await post(`${url}/mcp`, call, headers)
    await post(`${url}/mcp`, call, headers)
    await post(`${url}/mcp`, call, { 'mcp-session-id': await initialize(`${url}/mcp`) })
    const large = { roots: { listChanged: true }, extensions: { big: 'x'.repeat(9_000) } }
    await post(`${url}/mcp`, call, { 'mcp-session-id': await initialize(`${url}/mcp`, {}, large) })
    const links = source.calls.map(({ context }) => context.client)
    expect(links[3]?.capabilities).toEqual({ roots: {} })
    expect(links[0]?.capabilities).toEqual({ elicitation: { form: {} }, sampling: { tools: {} } })
    expect(links[0]?.id).toBe(links[1]?.id)
    expect(links[0]?.id).not.toBe(links[2]?.id)
    expect(links[0]?.id).not.toContain(session)
  })
})

describe('what a server logs during a call', () => {
  const logging = (): FakeSource => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { client }) => {
      for (const level of ['debug', 'info', 'error']) client?.log({ level, data: level, 'x-kept': 1 })
      client?.notify('notifications/elicitation/complete', { elicitationId: 'e' })
      return { content: [] }
    }
    return source
  }
  const seen = (events: readonly unknown[]): unknown[] =>
    (events as { method?: string; params: { level?: string } }[])
      .filter(({ method }) => method !== undefined)
      .map(({ params }) => params.level ?? params)

  it.each([
    [undefined, ['info', 'error']],
    ['debug', ['debug', 'info', 'error']],
    ['warning', ['error']],
    ['emergency', []],
  ])('reaches an old client that set the level %s', async (level, expected) => {
    const { url } = await openDoor([logging()])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    if (level !== undefined)
      expect((await post(`${url}/mcp`, legacy('logging/setLevel', { level }), headers)).body.result).toEqual({})
    const { events } = await post(`${url}/mcp`, call, headers)
    expect(seen(events)).toEqual([...expected, { elicitationId: 'e' }])
  })

  it('is dropped after the call, but that a URL was visited reaches the stream of the client', async () => {
    const source = logging()
    const { url } = await openDoor([source])
    const session = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    const stream = await openStream(`${url}/mcp`, { headers: { ...session, accept: 'text/event-stream' } })
    await post(`${url}/mcp`, call, session)
    const link = source.calls[0]?.context.client
    link?.log({ level: 'error', data: 'late' })
    link?.notify('notifications/elicitation/complete', { elicitationId: 'late' })
    expect(await stream.next()).toMatchObject({ params: { elicitationId: 'late' } })
    stream.close()
  })

  it('reaches nobody without a session, who gets plain JSON', async () => {
    const { url } = await openDoor([logging()])
    expect((await post(`${url}/mcp`, call)).headers.get('content-type')).toBe('application/json')
  })

  it.each([['loud'], [7], [undefined]])('has no level %s', async level => {
    const { url } = await openDoor([])
    const headers = { 'mcp-session-id': await initialize(`${url}/mcp`) }
    const refused = await post(`${url}/mcp`, legacy('logging/setLevel', { level }), headers)
    expect([refused.status, refused.body.error.code]).toEqual([200, -32602])
  })
})
