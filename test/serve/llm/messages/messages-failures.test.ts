import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { textResult } from '../../../../src/core/tool.ts'
import { answersMessage, refusesWith, streamsEvents } from '../../../fakes/anthropic-provider.ts'
import { calls, chunk, fails, hangs, says, streams } from '../../../fakes/openai-provider.ts'
import type { Body, MessagesServer } from './messages-setup.ts'
import { ask, mcp, orderFaults, readStream, startMessages } from './messages-setup.ts'

const post = async (
  { url }: MessagesServer,
  body: unknown,
): Promise<{ status: number; headers: Headers; answer: Body }> => {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, answer: await response.json() }
}
const start = {
  type: 'message_start',
  message: { id: 'm', type: 'message', role: 'assistant', content: [], usage: {} },
}
const addOnce = calls([{ name: 'add', args: {} }])

describe('a message that cannot be begun', () => {
  it.each<[string, unknown, number, string, RegExp]>([
    ['no JSON', '{', 400, 'invalid_request_error', /not valid JSON/],
    ['no max_tokens', ask({ max_tokens: undefined }), 400, 'invalid_request_error', /"max_tokens"/],
    ['no messages', ask({ messages: [] }), 400, 'invalid_request_error', /"messages": at least one message/],
    [
      'a role of OpenAI',
      ask({ messages: [{ role: 'tool', content: 'x' }] }),
      400,
      'invalid_request_error',
      /"messages\[0\]\.role"/,
    ],
    [
      'content that is none',
      ask({ messages: [{ role: 'user', content: 3 }] }),
      400,
      'invalid_request_error',
      /"messages\[0\]\.content": must be a text or a list/,
    ],
    [
      'a tool without schema',
      ask({ tools: [{ name: 'x' }] }),
      400,
      'invalid_request_error',
      /"tools\[0\]\.input_schema": Field required/,
    ],
    [
      'a tool without name',
      ask({ tools: [{ input_schema: {} }] }),
      400,
      'invalid_request_error',
      /"tools\[0\]\.name": Field required/,
    ],
    [
      'a choice of OpenAI',
      ask({ tool_choice: { type: 'function' } }),
      400,
      'invalid_request_error',
      /"tool_choice\.type": must be "auto"/,
    ],
    [
      'a choice of nothing',
      ask({ tool_choice: { type: 'tool' } }),
      400,
      'invalid_request_error',
      /"tool_choice\.name"/,
    ],
    ['an unknown model', ask({ model: 'gpt-9' }), 404, 'not_found_error', /No model is named "gpt-9"/],
    [
      'a server without url',
      ask({ mcp_servers: [{ type: 'url', name: 's' }] }),
      400,
      'invalid_request_error',
      /"mcp_servers\[0\]\.url": is missing/,
    ],
    [
      "another's server",
      ask({ mcp_servers: [{ type: 'url', name: 's', url: 'https://mcp.example.com' }] }),
      400,
      'invalid_request_error',
      /is not of this gateway/,
    ],
    [
      'an unknown server',
      ask({ mcp_servers: [{ type: 'url', name: 's', url: 'patchbay/mcp/x' }] }),
      404,
      'not_found_error',
      /No server or group is named "x"/,
    ],
    [
      "a tool of Anthropic's, to another's model",
      ask({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }),
      400,
      'invalid_request_error',
      /"web_search" of type "web_search_20250305" is known to Anthropic alone/,
    ],
  ])("says why, in Anthropic's shape: %s", async (_, body, status, type, message) => {
    const server = await startMessages({})
    const { status: given, answer } = await post(server, body)
    expect([given, answer.type, answer.error.type]).toEqual([status, 'error', type])
    expect(answer.error.message).toMatch(message)
    expect(Object.keys(answer.error).sort()).toEqual(['message', 'type'])
    expect(server.sent.openai()).toEqual([])
  })

  it.each<[number, string, new (...args: never[]) => Error]>([
    [400, 'invalid_request_error', Anthropic.BadRequestError],
    [401, 'authentication_error', Anthropic.AuthenticationError],
    [402, 'billing_error', Anthropic.APIError],
    [403, 'permission_error', Anthropic.PermissionDeniedError],
    [404, 'not_found_error', Anthropic.NotFoundError],
    [413, 'request_too_large', Anthropic.APIError],
    [422, 'invalid_request_error', Anthropic.UnprocessableEntityError],
    [429, 'rate_limit_error', Anthropic.RateLimitError],
    [500, 'api_error', Anthropic.InternalServerError],
    [503, 'api_error', Anthropic.InternalServerError],
    [504, 'timeout_error', Anthropic.InternalServerError],
    [529, 'overloaded_error', Anthropic.InternalServerError],
  ])("keeps a provider's status %i, of whichever wire, as %s", async (status, type, kind) => {
    const refusal = { error: { message: 'no', type: 'some_error', param: null, code: 'x' } }
    const { client } = await startMessages({
      openai: [fails(status, refusal, { 'retry-after': '3' })],
      anthropic: [refusesWith(status, type, 'no', { 'retry-after': '3' })],
    })
    for (const model of ['fast', 'claude']) {
      for (const stream of [false, true]) {
        const thrown = await client.messages.create(ask({ model, stream })).catch((thrown: unknown) => thrown)
        expect(thrown).toBeInstanceOf(kind)
        expect(thrown).toMatchObject({ status, error: { type: 'error', error: { type, message: 'no' } } })
        expect((thrown as { headers?: Headers }).headers?.get('retry-after')).toBe('3')
      }
    }
  })
})

describe('a message that fails on the way', () => {
  const half = [
    start,
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'half' } },
  ]
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }

  it.each<[string, object, string]>([
    ['is cut', { openai: [streams([chunk({ content: 'half' })], { cut: true })] }, 'api_error'],
    ['is cut, of Anthropic', { anthropic: [streamsEvents(half, { cut: true })] }, 'api_error'],
    ['says that it is overloaded', { anthropic: [streamsEvents([...half, overloaded])] }, 'overloaded_error'],
  ])("ends in an error event when the provider's stream %s", async (_, scripts, type) => {
    const model = 'openai' in scripts ? 'fast' : 'claude'
    const { status, events } = await readStream(await startMessages(scripts), ask({ model }))
    expect(status).toBe(200)
    expect(events.at(-1)).toEqual({ type: 'error', error: { type, message: expect.any(String) } })
    expect(events.filter(event => event.type === 'message_stop')).toEqual([])
    const { client } = await startMessages(scripts)
    const seen: string[] = []
    const stream = client.messages.stream(ask({ model })).on('text', text => seen.push(text))
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIError)
    expect(seen.join('')).toBe('half')
  })

  it('keeps a client from repeating a request whose tools have run', async () => {
    const server = await startMessages({ openai: [addOnce, fails(500, { error: { message: 'down' } })] })
    const client = new Anthropic({ baseURL: server.url, apiKey: 'none', maxRetries: 2 })
    await expect(client.messages.create(ask(mcp))).rejects.toMatchObject({ status: 500 })
    expect(server.called).toHaveLength(1)
  })

  it('answers 504 when time is up', async () => {
    const server = await startMessages({ openai: [hangs] }, { limits: { completionTimeoutMs: 50 } })
    const { status, answer } = await post(server, ask())
    expect([status, answer.error.type]).toEqual([504, 'timeout_error'])
    expect(answer.error.message).toMatch(/limits\.completionTimeoutMs/)
  })

  it('keeps a silent stream open with pings', async () => {
    const answer = async () => {
      await new Promise(resolve => setTimeout(resolve, 100))
      return textResult('slow')
    }
    const server = await startMessages({ openai: [addOnce, says('done')] }, { answer, limits: { keepAliveMs: 20 } })
    const { events } = await readStream(server, ask(mcp))
    expect(events.filter(({ type }) => type === 'ping').length).toBeGreaterThan(1)
    expect(orderFaults(events)).toEqual([])
  })

  it('stops the provider when the client goes away', async () => {
    const server = await startMessages({ openai: [hangs] })
    const controller = new AbortController()
    const asking = server.client.messages.create(ask(), { signal: controller.signal })
    await expect.poll(() => server.sent.openai().length).toBe(1)
    controller.abort()
    await expect(asking).rejects.toThrow()
    await expect.poll(server.aborted).toBe(1)
  })
})

describe('at the limits of an answer', () => {
  it.each([
    ['rounds', { maxRounds: 2 }, 2],
    ['calls', { maxToolCalls: 1 }, 1],
  ])('on %s the model answers without tools, and that is the end of the turn', async (_, limits, count) => {
    const server = await startMessages(
      { openai: [...Array.from({ length: count }, () => addOnce), says('enough')] },
      { limits },
    )
    const message = await server.client.messages.create(ask(mcp))
    expect(message.stop_reason).toBe('end_turn')
    expect(message.content.at(-1)).toMatchObject({ type: 'text', text: 'enough' })
    expect(server.called).toHaveLength(count)
    expect(server.sent.openai().at(-1).tools).toBeUndefined()
  })

  it('says max_tokens where the model was cut, and runs nothing of that turn', async () => {
    const cut = [calls([{ name: 'add', args: '{"a":' }], { content: 'So', finish: 'length' })]
    const { client, called } = await startMessages({ openai: cut })
    const message = await client.messages.create(ask(mcp))
    expect(message).toMatchObject({ stop_reason: 'max_tokens', content: [{ type: 'text', text: 'So' }] })
    expect(called).toEqual([])
  })

  it('tells a stop sequence where the provider does', async () => {
    const stopped = [
      streams([
        chunk({ content: 'a' }),
        { ...(chunk({}) as Body), choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: 'END' }] },
        '[DONE]',
      ]),
    ]
    const { client } = await startMessages({
      openai: stopped,
      anthropic: [
        streamsEvents([
          start,
          { type: 'message_delta', delta: { stop_reason: 'stop_sequence', stop_sequence: 'END' }, usage: {} },
          { type: 'message_stop' },
        ]),
      ],
    })
    for (const model of ['fast', 'claude']) {
      const params = ask({ model, stop_sequences: ['END'] })
      const { stop_reason, stop_sequence } = await client.messages.stream(params).finalMessage()
      expect([model, stop_reason, stop_sequence]).toEqual([model, 'stop_sequence', 'END'])
    }
  })

  it('tells a refusal', async () => {
    const refused = [says('', { finish: 'content_filter' })]
    const { client } = await startMessages({
      openai: refused,
      anthropic: [answersMessage([{ type: 'text', text: 'No.' }], { stop: 'refusal' })],
    })
    for (const model of ['fast', 'claude']) {
      expect((await client.messages.create(ask({ model }))).stop_reason).toBe('refusal')
    }
    const details = { type: 'refusal', category: 'cyber', explanation: 'Not this.' }
    const message = { type: 'message', role: 'assistant', content: [], stop_reason: 'refusal', stop_details: details }
    const whole = await startMessages({ anthropic: [(_, response) => void response.end(JSON.stringify(message))] })
    const asked = await whole.client.messages.create(ask({ model: 'claude' }))
    expect(asked).toMatchObject({ content: [], stop_reason: 'refusal', stop_details: details })
  })
})
