import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ChatMessage, ModelConfig, Provider, TurnEvent, TurnRequest } from '../../../src/core/model.ts'
import { createProvider } from '../../../src/providers/create-provider.ts'
import type { FakeGemini } from '../../fakes/gemini-provider.ts'
import { geminiCalls, geminiSays, refuses, startFakeGemini } from '../../fakes/gemini-provider.ts'
import { callsIn, said } from './read.ts'
import { asks, call, request, result, tool } from './requests.ts'

let fake: FakeGemini
let provider: Provider | undefined
beforeAll(async () => {
  fake = await startFakeGemini()
})
afterEach(() => provider?.close())
afterAll(() => fake.close())

async function turn(parts: Partial<TurnRequest>, config: Partial<ModelConfig> = {}): Promise<TurnEvent[]> {
  provider = createProvider({
    name: 'alias',
    provider: 'gemini',
    model: 'gemini-3-pro-preview',
    baseUrl: fake.url,
    apiKey: 'key-of-google',
    headers: {},
    ...config,
  })
  const events: TurnEvent[] = []
  const asked = request({ model: 'gemini-3-pro-preview', ...parts })
  for await (const event of provider.turn(asked, { signal: AbortSignal.timeout(10_000) })) events.push(event)
  return events
}

describe('a provider of Gemini', () => {
  it.each([true, false])('answers, streamed %s, by the key in its header', async stream => {
    fake.script(geminiSays('hello'))
    const events = await turn({ stream })
    expect(said(events, 'content')).toBe('hello')
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
    expect(events).toContainEqual(expect.objectContaining({ usage: expect.objectContaining({ completion_tokens: 5 }) }))
    const { path, headers } = fake.received.at(-1) ?? {}
    expect(path).toBe(
      `/v1beta/models/gemini-3-pro-preview:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    )
    expect([headers?.['x-goog-api-key'], headers?.authorization]).toEqual(['key-of-google', undefined])
  })

  it('of Vertex sends a bearer token to the project and location of its base URL', async () => {
    fake.script(geminiSays('hello'))
    const place = '/projects/p/locations/global/publishers/google'
    await turn({}, { provider: 'vertex', baseUrl: fake.url + place })
    const { path, headers } = fake.received.at(-1) ?? {}
    expect(path).toBe(`/v1beta${place}/models/gemini-3-pro-preview:generateContent`)
    expect([headers?.['x-goog-api-key'], headers?.authorization]).toEqual([undefined, 'Bearer key-of-google'])
  })

  it.each([true, false])(
    'runs a whole round, streamed %s: names and keys out and back, and the turn replayed',
    async stream => {
      const tools = [tool('pets/list', { $filter: { type: 'string' } }), tool('pets_list'), tool('9lives')]
      fake.script(
        geminiCalls({ name: 'pets_list_2', args: { _filter: 'a' }, id: 'g1' }, { name: '_9lives', args: {} }),
        geminiSays('done'),
      )
      const first = await turn({ tools, stream })
      expect(callsIn(first)).toEqual([
        ['pets/list', { $filter: 'a' }],
        ['9lives', {}],
      ])
      const calls = first.flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
      const finish = first.find(event => event.type === 'finish')
      const messages: ChatMessage[] = [
        { role: 'user', content: 'hi' },
        { ...asks(...calls), ...(finish?.native && { native: finish.native }) },
        ...calls.map(({ id }) => result(id, '{"$ref":"#/x"}')).reverse(),
      ]
      expect(said(await turn({ tools, stream, messages }), 'content')).toBe('done')
      const { contents } = fake.received.at(-1)?.body ?? { contents: [] }
      expect(contents[1]?.parts).toEqual([
        { functionCall: { name: 'pets_list_2', args: { _filter: 'a' }, id: 'g1' }, thoughtSignature: 'c2lnbmVk' },
        { functionCall: { name: '_9lives', args: {} } },
      ])
      expect(contents[2]?.parts.map(part => part.functionResponse?.name)).toEqual(['pets_list_2', '_9lives'])
    },
  )

  it('replays a history of another wire', async () => {
    fake.script(geminiSays('done'))
    const messages = [{ role: 'user', content: 'hi' }, asks(call('a', 'old/tool'), call('b', 'f')), result('a', 'x')]
    expect(said(await turn({ messages, tools: [tool('f')] }), 'content')).toBe('done')
  })

  it('keeps status, words and delay of an error, and not the key', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.2s' }]
    fake.script(refuses(429, 'RESOURCE_EXHAUSTED', 'Quota of key-of-google is used up.', details))
    await expect(turn({ stream: true })).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
      data: {
        status: 429,
        retryAfter: '2',
        error: { message: 'Quota of *** is used up.', status: 'RESOURCE_EXHAUSTED' },
      },
    })
  })

  it('is told by the fake what Google would refuse', async () => {
    fake.script(geminiSays('never'))
    await expect(turn({ rest: {}, messages: [] })).resolves.toBeDefined()
    const raw = async (body: object): Promise<number> =>
      (await fetch(`${fake.url}/models/gemini-3-pro:generateContent`, { method: 'POST', body: JSON.stringify(body) }))
        .status
    const user = { role: 'user', parts: [{ text: 'x' }] }
    const model = { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] }
    expect(await raw({ contents: [user] })).toBe(200)
    for (const contents of [[], [model], [user, model, user], [user, user, user], [{ role: 'user', parts: [] }]]) {
      expect(await raw({ contents })).toBe(400)
    }
    for (const declared of [
      { name: '9' },
      { name: 'f', parameters: { type: 'OBJECT', $schema: 'x' } },
      { name: 'f', parameters: {} },
    ]) {
      expect(await raw({ contents: [user], tools: [{ functionDeclarations: [declared] }] })).toBe(400)
    }
  })
})
