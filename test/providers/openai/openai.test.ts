import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { GatewayError } from '../../../src/core/errors.ts'
import type { ModelConfig, ProviderFailure, TurnEvent, TurnRequest } from '../../../src/core/model.ts'
import type { OpenAiKind } from '../../../src/core/provider-name.ts'
import { openAiProvider } from '../../../src/providers/openai/openai.ts'
import type { ProviderOptions } from '../../../src/providers/wire/http-provider.ts'
import type { FakeProvider, Reply } from '../../fakes/openai-provider.ts'
import { calls, chunk, fails, hangs, says, startFakeProvider, streams } from '../../fakes/openai-provider.ts'

const open: { close: () => Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(one => one.close()))
})

const key = 'sk-secret-1234567890'
const hello: TurnRequest = {
  model: 'fake-1',
  messages: [{ role: 'user', content: 'hi' }],
  tools: [],
  stream: false,
  rest: {},
}
const streamed: TurnRequest = { ...hello, stream: true }
const tool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
})
const f = (args: string) =>
  chunk({ tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: args } }] })

describe('openAiProvider', () => {
  it('sends unknown fields as they came, its key, and nothing of ours', async () => {
    const { ask, fake } = await start(says('hello'))
    await ask({ ...hello, tools: [tool('a/b')], toolChoice: 'auto', rest: { temperature: 0, x_new: { y: 1 } } })
    expect(fake.received[0]?.path).toBe('/v1/chat/completions')
    expect(fake.received[0]?.headers.authorization).toBe(`Bearer ${key}`)
    expect(fake.received[0]?.body).toEqual({
      model: 'fake-1',
      messages: [{ role: 'user', content: 'hi' }],
      tools: [tool('a_b')],
      tool_choice: 'auto',
      temperature: 0,
      x_new: { y: 1 },
    })
  })

  it('keeps a query of the base URL and lets configured headers win', async () => {
    const fake = await startFakeProvider(says('hello'))
    open.push(fake)
    const { ask } = connect(`${fake.url}/deployments/d/?api-version=1`, {
      headers: { 'API-Key': 'k', Authorization: 'none' },
    })
    await ask(hello)
    expect(fake.received[0]?.path).toBe('/v1/deployments/d/chat/completions?api-version=1')
    expect(fake.received[0]?.headers).toMatchObject({ 'api-key': 'k', authorization: 'none' })
  })

  it.each<[string, string, string]>([
    ['a bare address', '', '/openai/deployments/fake-1/chat/completions?api-version=2024-10-21'],
    ['a version', '?api-version=1', '/openai/deployments/fake-1/chat/completions?api-version=1'],
    ['a path', '/openai/deployments/d', '/openai/deployments/d/chat/completions?api-version=2024-10-21'],
    ['the address without versions', '/openai/v1', '/openai/v1/chat/completions'],
  ])('finds Azure by %s, and sends its key in a header of its own', async (_, path, sent) => {
    const fake = await startFakeProvider(says('hello'))
    open.push(fake)
    const { ask } = connect(`${new URL(fake.url).origin}${path}`, { provider: 'azure' })
    await ask(hello)
    expect(fake.received[0]?.path).toBe(sent)
    expect(fake.received[0]?.headers).toMatchObject({ 'api-key': key })
    expect(fake.received[0]?.headers).not.toHaveProperty('authorization')
  })

  it('asks for a stream only where one is wanted, and says the same either way', async () => {
    const reply = calls([{ id: 'c1', name: 'a_b', args: { x: 1 } }], { content: 'Let me see.' })
    const { ask, fake } = await start(reply)
    const tools = [tool('a/b')]
    const whole = await ask({ ...hello, tools })
    const pieces = await ask({ ...streamed, tools, rest: { stream_options: { include_usage: true } } })
    expect(fake.received.map(({ body }) => body.stream)).toEqual([undefined, true])
    for (const events of [whole, pieces]) {
      expect(textOf(events)).toBe('Let me see.')
      expect(events.find(event => event.type === 'tool_calls')).toEqual({
        type: 'tool_calls',
        choice: 0,
        calls: [{ id: 'c1', type: 'function', function: { name: 'a/b', arguments: '{"x":1}' } }],
      })
      expect(events.find(event => event.type === 'finish')).toMatchObject({ reason: 'tool_calls' })
      expect(events.findLast(event => event.type === 'meta' && event.usage)).toMatchObject({
        usage: { total_tokens: 15 },
      })
    }
  })

  it('takes one body where it asked for a stream', async () => {
    const { ask } = await start((received, response) =>
      says('whole')({ ...received, body: { ...received.body, stream: false } }, response),
    )
    expect(textOf(await ask(streamed))).toBe('whole')
  })

  it('keeps every choice apart', async () => {
    const choices = (text: string, index: number, finish: string | null) => ({
      choices: [{ index, delta: { content: text }, finish_reason: finish }],
    })
    const { ask } = await start(
      streams([choices('a', 0, null), choices('b', 1, 'stop'), choices('c', 0, 'stop'), '[DONE]']),
    )
    const events = await ask(streamed)
    expect(events.map(event => ('choice' in event ? [event.type, event.choice] : []))).toEqual([
      ['delta', 0],
      ['delta', 1],
      ['delta', 0],
      ['finish', 0],
      ['finish', 1],
    ])
  })

  it.each<[string, object[]]>([
    ['finish_reason "stop" with calls', [f('{}'), chunk({}, 'stop'), '[DONE]' as never]],
    ['no finish_reason, but [DONE]', [f('{}'), '[DONE]' as never]],
    ['no [DONE], but a finish_reason', [f('{}'), chunk({}, 'tool_calls')]],
    [
      'usage after the finish',
      [f('{}'), chunk({}, 'tool_calls'), { choices: [], usage: { total_tokens: 3 } }, '[DONE]' as never],
    ],
    [
      'a first chunk without choices',
      [{ choices: [], model: '', prompt_filter_results: [] }, f('{}'), chunk({}, 'tool_calls')],
    ],
  ])('tolerates %s', async (_, events) => {
    const { ask } = await start(streams(events))
    expect((await ask(streamed)).map(event => event.type)).toContain('tool_calls')
  })

  it.each<[string, Reply]>([
    ['the connection is cut', streams([chunk({ content: 'half' })], { cut: true })],
    ['the stream ends without finish or [DONE]', streams([chunk({ content: 'half' })])],
    ['it ends inside a call', streams([f('{"x"'), '[DONE]'])],
    ['it ends after a call without a finish', streams([f('{}')])],
    ['a chunk is not JSON', streams(['{"choices":'])],
    ['there is only [DONE]', streams(['[DONE]'])],
  ])('throws, and gives no call, when %s', async (_, reply) => {
    const { ask, seen } = await start(reply)
    await expect(ask(streamed)).rejects.toMatchObject({ code: 'PROVIDER_ERROR', data: { status: 502 } })
    expect(seen.filter(event => event.type === 'tool_calls' || event.type === 'finish')).toEqual([])
  })

  it.each<[string, Reply, TurnRequest]>([
    [
      'a data chunk',
      streams([chunk({ content: 'a' }), { error: { message: 'overloaded', code: 503, type: 'server_error' } }]),
      streamed,
    ],
    ['a body of status 200', fails(200, { error: { message: 'overloaded', code: 503 } }), hello],
  ])('throws the error that comes as %s', async (_, reply, request) => {
    const { ask } = await start(reply)
    await expect(ask(request)).rejects.toMatchObject({
      data: { status: 503, error: { message: 'overloaded', code: '503' } },
    })
  })

  it.each<[string, number, unknown, Partial<ProviderFailure['error']>]>([
    [
      "OpenAI's shape",
      400,
      { error: { message: 'bad', type: 'invalid_request_error', param: 'tools', code: 'x' } },
      { message: 'bad', type: 'invalid_request_error', param: 'tools', code: 'x' },
    ],
    [
      "Mistral's shape",
      429,
      { object: 'error', message: 'slow down', type: 'rate', param: null, code: 1300 },
      { message: 'slow down', code: '1300' },
    ],
    ['an error that is a text', 500, { error: 'no' }, { message: 'no', type: null, code: null }],
    ['an error in a list', 404, [{ error: { message: 'gone', code: 404 } }], { message: 'gone' }],
    ['plain text', 503, 'try later', { message: 'try later' }],
    ['a page', 502, '<html>nginx</html>', { message: 'The provider of model "fast" answered with HTTP 502.' }],
  ])('keeps the status and words of an error in %s', async (_, status, body, error) => {
    const { ask } = await start(fails(status, body, { 'retry-after': '7' }))
    const thrown = await ask(hello).catch((thrown: unknown) => thrown)
    expect(thrown).toMatchObject({ code: 'PROVIDER_ERROR', data: { status, error, retryAfter: '7' } })
    expect(Object.keys(((thrown as GatewayError).data as ProviderFailure).error)).toEqual(
      expect.arrayContaining(['message', 'type', 'param', 'code']),
    )
  })

  it('never repeats its key, even when the provider does', async () => {
    const { ask } = await start(fails(401, { error: { message: `Incorrect API key: ${key}`, detail: { key } } }))
    const thrown = (await ask(hello).catch((thrown: unknown) => thrown)) as GatewayError
    expect(JSON.stringify([thrown.message, thrown.data])).not.toContain(key)
    expect(thrown.message).toContain('***')
  })

  it('says that it cannot be reached', async () => {
    const { ask } = connect(`http://127.0.0.1:${await freePort()}/v1`)
    await expect(ask(hello)).rejects.toThrow(/"fast" cannot be reached/)
  })

  it('gives up on an answer that does not begin, and on one that is too large', async () => {
    const slow = await start(hangs, { idleTimeoutMs: 50 })
    await expect(slow.ask(hello)).rejects.toMatchObject({ data: { status: 504 } })
    const large = await start(says('x'.repeat(10_000)), { maxAnswerBytes: 5_000 })
    await expect(large.ask(hello)).rejects.toThrow(/larger than 5000 bytes/)
    await expect(large.ask(streamed)).rejects.toThrow(/larger than 5000 bytes/)
  })

  it('refuses more tools than the provider takes, before sending anything', async () => {
    const { ask, fake } = await start(says('hello'))
    const tools = Array.from({ length: 129 }, (_, index) => tool(`t${index}`))
    await expect(ask({ ...hello, tools })).rejects.toThrow(/129 tools.*at most 128.*allowed_tools.*server_url/)
    expect(fake.received).toEqual([])
    const { ask: askMore } = connect(fake.url, { maxTools: 200 })
    await askMore({ ...hello, tools })
    expect(fake.received[0]?.body.tools).toHaveLength(129)
  })

  it('stops the request when it is aborted', async () => {
    const { provider, fake } = await start(hangs)
    const controller = new AbortController()
    const turn = provider.turn(hello, { signal: controller.signal })[Symbol.asyncIterator]().next()
    await expect.poll(() => fake.received.length).toBe(1)
    controller.abort()
    await expect(turn).rejects.toThrow()
    await expect.poll(fake.aborted).toBe(1)
  })

  it('uses one connection for one streamed turn after the other', async () => {
    const ports = new Set<unknown>()
    const { ask } = await start((received, response) => {
      ports.add(response.socket?.remotePort)
      return says('hello there')(received, response)
    })
    for (let turn = 0; turn < 3; turn += 1) {
      await ask(streamed)
      // The end of the body comes just after [DONE].
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    expect(ports.size).toBe(1)
  })
})

async function start(
  reply: Reply,
  options?: ProviderOptions,
): Promise<ReturnType<typeof connect> & { fake: FakeProvider }> {
  const fake = await startFakeProvider(reply)
  open.push(fake)
  return { fake, ...connect(fake.url, {}, options) }
}

function connect(
  baseUrl: string,
  { provider: kind = 'openai', ...config }: Partial<Omit<ModelConfig, 'provider'>> & { provider?: OpenAiKind } = {},
  options?: ProviderOptions,
) {
  const provider = openAiProvider(
    { name: 'fast', provider: kind, model: 'fake-1', baseUrl, apiKey: key, headers: {}, ...config },
    kind,
    options,
  )
  open.push(provider)
  const seen: TurnEvent[] = []
  const ask = async (request: TurnRequest): Promise<TurnEvent[]> => {
    const from = seen.length
    for await (const event of provider.turn(request, { signal: AbortSignal.timeout(5_000) })) seen.push(event)
    return seen.slice(from)
  }
  return { provider, ask, seen }
}

function textOf(events: readonly TurnEvent[]): string {
  return events.map(event => (event.type === 'delta' ? (event.delta.content ?? '') : '')).join('')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}
