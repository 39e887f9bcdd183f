import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TurnEvent, TurnRequest } from '../../../src/core/model.ts'
import { anthropicCodec } from '../../../src/providers/anthropic/anthropic.ts'
import { feedEvents } from '../../../src/providers/wire/sse.ts'
import type { FakeAnthropic } from '../../fakes/anthropic-provider.ts'
import { answersMessage, startFakeAnthropic, streamsEvents } from '../../fakes/anthropic-provider.ts'
import { framesOf, readStream } from '../read-stream.ts'
import { collect, result, text, told, tool, turn, use, user } from './turn.ts'

const codec = anthropicCodec()
let fake: FakeAnthropic | undefined
afterEach(() => fake?.close())

const thought = { type: 'thinking', thinking: 'I ask.', signature: 'c2ln' }
const context = { model: 'm', redact: (words: string) => words }

describe.each([false, true])('a conversation over a socket (streamed: %s)', stream => {
  it('calls tools and replays its thinking exactly', async () => {
    const content = [thought, text('One moment.'), use('t1'), { ...use('t2', {}) }]
    fake = await startFakeAnthropic(answersMessage(content), answersMessage([text('Two pets.')]))
    const request = turn({ stream, tools: [tool()], rest: { reasoning_effort: 'low' } })
    const first = await ask(fake, request)
    const calls = first.flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
    expect(calls.map(({ id }) => id)).toEqual(['t1', 't2'])
    const finish = first.at(-1)
    const native = finish?.type === 'finish' && finish.native !== undefined ? { native: finish.native } : {}
    const said = { role: 'assistant', content: told(first, 'content'), tool_calls: calls, ...native }
    const second = await ask(fake, { ...request, messages: [user('hi'), said, result('t2', 'b'), result('t1', 'a')] })
    expect(told(second, 'content')).toBe('Two pets.')
    expect(fake.received[1]?.body).toMatchObject({
      thinking: { type: 'enabled' },
      messages: [{}, { role: 'assistant', content }, { content: [{ tool_use_id: 't1' }, { tool_use_id: 't2' }] }],
    })
  })
})

it('is refused by the fake as by the API', async () => {
  fake = await startFakeAnthropic()
  const post = (body: object, headers: Record<string, string>, path = '/v1/messages'): Promise<Response> =>
    fetch(`${fake?.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers })
  const { body } = codec.write(turn())
  const headers = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }
  expect((await post(body, headers)).status).toBe(200)
  expect((await post(body, headers, '/v1/v1/messages')).status).toBe(404)
  expect((await post(body, { 'anthropic-version': '2023-06-01' })).status).toBe(401)
  expect((await post(body, { 'x-api-key': 'k' })).status).toBe(400)
  const refused = await post({ ...body, max_tokens: undefined, messages: [{ role: 'user', content: '' }] }, headers)
  expect(await refused.json()).toMatchObject({
    error: { type: 'invalid_request_error', message: expect.stringMatching(/max_tokens.*non-whitespace/) as string },
  })
})

it('is broken where the connection is', async () => {
  fake = await startFakeAnthropic(streamsEvents([{ type: 'message_start', message: { id: 'm' } }, { type: 'ping' }]))
  await expect(ask(fake, turn({ stream: true }))).rejects.toMatchObject({ code: 'PROVIDER_ERROR' })
})

/** As a transport would, in few words. */
async function ask(fake: FakeAnthropic, request: TurnRequest): Promise<readonly TurnEvent[]> {
  const { path, body, headers } = codec.write(request)
  const answer = await fetch(fake.url + path, {
    method: 'POST',
    headers: { ...headers, 'x-api-key': 'k', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (answer.status !== 200) throw new Error(await answer.text())
  if (!request.stream) return codec.readWhole((await answer.json()) as JsonObject, context)
  return collect(
    readStream(codec.readStream(context), framesOf(feedEvents(1e6), answer.body as AsyncIterable<Uint8Array>)),
  )
}
