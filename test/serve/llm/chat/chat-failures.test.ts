import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { textResult } from '../../../../src/core/tool.ts'
import type { Reply } from '../../../fakes/openai-provider.ts'
import { calls, chunk, fails, hangs, says, streams } from '../../../fakes/openai-provider.ts'
import type { ChatServer } from './chat-setup.ts'
import { startChat } from './chat-setup.ts'

const mcp = (fields: object = {}) => ({
  type: 'mcp',
  server_label: 'm',
  server_url: 'patchbay/mcp/math',
  require_approval: 'never',
  ...fields,
})
const body = (fields: object = {}) => ({ model: 'fast', messages: [{ role: 'user', content: 'hi' }], ...fields })
const post = async (
  server: ChatServer,
  fields: unknown,
): Promise<{ status: number; headers: Headers; text: string; error: Record<string, unknown> }> => {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof fields === 'string' ? fields : JSON.stringify(fields),
  })
  const text = await response.text()
  const { error } = JSON.parse(text.startsWith('{') ? text : '{}') as { error?: Record<string, unknown> }
  return { status: response.status, headers: response.headers, text, error: error ?? {} }
}

describe('a chat completion that cannot be begun', () => {
  it.each<[string, unknown, number, RegExp, string | null]>([
    ['no JSON', '{', 400, /not valid JSON/, null],
    ['no messages', { model: 'fast' }, 400, /"messages"/, 'messages'],
    [
      'a message without role',
      body({ messages: [{ content: 'x' }] }),
      400,
      /"messages\[0\]\.role"/,
      'messages[0].role',
    ],
    [
      'calls that are no list',
      body({ messages: [{ role: 'assistant', tool_calls: 'x' }] }),
      400,
      /"messages\[0\]\.tool_calls"/,
      'messages[0].tool_calls',
    ],
    [
      'a call that is null',
      body({ messages: [{ role: 'assistant', tool_calls: [null] }] }),
      400,
      /"messages\[0\]\.tool_calls\[0\]"/,
      'messages[0].tool_calls[0]',
    ],
    [
      'an unknown model',
      body({ model: 'gpt-9' }),
      404,
      /No model is named "gpt-9"\. Configured: "fast", "demo"\./,
      'model',
    ],
    [
      'no server_url',
      body({ tools: [mcp({ server_url: undefined })] }),
      400,
      /"tools\[0\]\.server_url": is missing/,
      'tools[0].server_url',
    ],
    [
      "another's server_url",
      body({ tools: [mcp({ server_url: 'https://mcp.example.com/mcp' })] }),
      400,
      /"https:\/\/mcp\.example\.com" is not of this gateway/,
      'tools',
    ],
    [
      'our URL, but no MCP path',
      body({ tools: [mcp({ server_url: 'http://localhost/v1/models' })] }),
      400,
      /is not of this gateway/,
      'tools',
    ],
    [
      'an unknown server',
      body({ tools: [mcp({ server_url: 'patchbay/mcp/nope' })] }),
      404,
      /No server or group is named "nope"/,
      null,
    ],
    [
      'a wrong allowed_tools',
      body({ tools: [mcp({ allowed_tools: 'add' })] }),
      400,
      /must be a list of names/,
      'tools[0].allowed_tools',
    ],
    [
      'a wrong require_approval',
      body({ tools: [mcp({ require_approval: 'sometimes' })] }),
      400,
      /must be "always", "never"/,
      'tools[0].require_approval',
    ],
    ['n with mcp tools', body({ n: 2, tools: [mcp()] }), 400, /"n": must be 1/, 'n'],
    [
      'too many tools',
      body({
        tools: Array.from({ length: 130 }, (_, index) => ({ type: 'function', function: { name: `f${index}` } })),
      }),
      400,
      /130 tools.*at most 128.*allowed_tools/,
      'tools',
    ],
  ])("says why, in OpenAI's shape: %s", async (_, request, status, message, param) => {
    const server = await startChat([says('ok')])
    const answer = await post(server, request)
    expect([answer.status, answer.error.param]).toEqual([status, param])
    expect(answer.error.message).toMatch(message)
    expect(Object.keys(answer.error).sort()).toEqual(['code', 'message', 'param', 'type'])
    expect(server.provider.received).toEqual([])
  })

  it('fails with a status, streamed or not, when the provider refuses', async () => {
    const refusal = {
      error: { message: 'Rate limit reached', type: 'requests', param: null, code: 'rate_limit_exceeded' },
    }
    const { client } = await startChat([fails(429, refusal, { 'retry-after': '3' })])
    const messages = [{ role: 'user', content: 'hi' }] as const
    for (const stream of [false, true]) {
      const thrown = await client.chat.completions
        .create({ model: 'fast', messages: [...messages], stream })
        .catch((thrown: unknown) => thrown)
      expect(thrown).toBeInstanceOf(OpenAI.RateLimitError)
      expect(thrown).toMatchObject({ status: 429, code: 'rate_limit_exceeded', error: refusal.error })
      expect((thrown as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('3')
    }
  })

  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [429, 'rate_limit_error'],
    [529, 'server_error'],
  ])('has a type by its status, %s, where the provider tells none', async (status, type) => {
    const server = await startChat([fails(status, { message: 'No.' })])
    expect(JSON.parse((await post(server, body())).text)).toEqual({
      error: { message: 'No.', type, param: null, code: null },
    })
  })

  it('tells nothing of a fault of its own but writes it to the log', async () => {
    const answer = () => {
      throw new Error('never shown')
    }
    const server = await startChat([calls([{ name: 'add', args: {} }]), says('ok')], { answer })
    const { text, status } = await post(server, body({ tools: [mcp()] }))
    expect(status).toBe(200)
    expect(text).not.toContain('never shown')
    expect(server.logged).toEqual(['Calling "add" failed: never shown'])
  })
})

describe('a chat completion that fails on the way', () => {
  it.each<[string, Reply]>([
    ['is cut', streams([chunk({ content: 'half' })], { cut: true })],
    [
      'sends an error',
      streams([
        chunk({ content: 'half' }),
        { error: { message: 'overloaded', type: 'server_error', param: null, code: null } },
      ]),
    ],
    [
      'ends inside a call',
      streams([
        chunk({ content: 'half' }),
        chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"a"' } }] }),
      ]),
    ],
  ])("is an error to OpenAI's client, after what had come, when the provider's stream %s", async (_, reply) => {
    const { client, called } = await startChat([reply])
    const seen: string[] = []
    const read = async (): Promise<void> => {
      const stream = await client.chat.completions.create({
        ...(body({ tools: [mcp()] }) as never as OpenAI.ChatCompletionCreateParamsStreaming),
        stream: true,
      })
      for await (const { choices } of stream) seen.push(choices[0]?.delta.content ?? '')
    }
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError)
    expect(seen.join('')).toBe('half')
    expect(called).toEqual([])
  })

  it('writes the error as the last event, with all four keys and no [DONE]', async () => {
    const server = await startChat([streams([chunk({ content: 'half' })], { cut: true })])
    const { text, status } = await post(server, body({ stream: true }))
    const events = text.trim().split('\n\n')
    const { error } = JSON.parse(events.at(-1)?.slice('data: '.length) ?? '') as { error: object }
    expect(status).toBe(200)
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type'])
    expect(text).not.toContain('[DONE]')
  })

  it('keeps a client from repeating a request whose tools have run', async () => {
    const server = await startChat([calls([{ name: 'add', args: {} }]), fails(500, { error: { message: 'down' } })])
    const { status, headers } = await post(server, body({ tools: [mcp()] }))
    expect([status, headers.get('x-should-retry')]).toEqual([500, 'false'])
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 2 })
    server.provider.script(calls([{ name: 'add', args: {} }]), fails(500, { error: { message: 'down' } }))
    await expect(client.chat.completions.create(body({ tools: [mcp()] }) as never)).rejects.toMatchObject({
      status: 500,
    })
    expect(server.called).toHaveLength(2)
  })

  it('answers 504 when time is up', async () => {
    const server = await startChat([hangs], { limits: { completionTimeoutMs: 50 } })
    const { status, error } = await post(server, body())
    expect(status).toBe(504)
    expect(error.message).toMatch(/limits\.completionTimeoutMs/)
    await expect.poll(server.provider.aborted).toBe(1)
  })

  it('keeps a silent stream open with comments', async () => {
    const answer = async () => {
      await new Promise(resolve => setTimeout(resolve, 100))
      return textResult('slow')
    }
    const server = await startChat([calls([{ name: 'add', args: {} }]), says('done')], {
      answer,
      limits: { keepAliveMs: 20 },
    })
    const { text } = await post(server, body({ stream: true, tools: [mcp()] }))
    expect(text.match(/^: keep-alive$/gm)?.length).toBeGreaterThan(1)
    expect(text).toMatch(/\[DONE\]\s*$/)
  })

  it('stops the provider when the client goes away', async () => {
    const server = await startChat([hangs])
    const controller = new AbortController()
    const asking = server.client.chat.completions.create(body() as never, { signal: controller.signal })
    await expect.poll(() => server.provider.received.length).toBe(1)
    controller.abort()
    await expect(asking).rejects.toThrow()
    await expect.poll(server.provider.aborted).toBe(1)
  })

  it('stops the tool, and asks for no further turn, when the client goes away', async () => {
    const signals: AbortSignal[] = []
    const server = await startChat([calls([{ name: 'add', args: {} }]), says('never')], {
      answer: (_, __, signal) => {
        signals.push(signal)
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      },
    })
    const controller = new AbortController()
    const asking = server.client.chat.completions.create(body({ tools: [mcp()] }) as never, {
      signal: controller.signal,
    })
    await expect.poll(() => signals.length).toBe(1)
    controller.abort()
    await expect(asking).rejects.toThrow()
    await expect.poll(() => signals[0]?.aborted).toBe(true)
    expect(server.provider.received).toHaveLength(1)
  })
})
