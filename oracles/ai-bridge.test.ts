import { join } from 'node:path'
import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answersMessage, startFakeAnthropic } from '../test/fakes/anthropic-provider.ts'
import type { FakeProvider, Reply } from '../test/fakes/openai-provider.ts'
import { calls, chunk, fails, says, startFakeProvider, streams } from '../test/fakes/openai-provider.ts'
import { servePatchbay, stdioEntry } from '../test/flows/patchbay.ts'

const tools = [
  { type: 'mcp', server_label: 'up', server_url: 'patchbay/mcp/up', require_approval: 'never' },
] as unknown as OpenAI.Chat.ChatCompletionTool[]
const messages = [{ role: 'user' as const, content: 'Say a.' }]
const apiKey = 'sk-of-the-bridge'

/** Patchbay started in this folder, where the packages are; they are installed nowhere else. */
async function serve(model: object): Promise<OpenAI> {
  const before = process.cwd()
  process.chdir(import.meta.dirname)
  onTestFinished(() => process.chdir(before))
  const models = { m: { provider: 'ai-sdk', apiKey, retries: 0, ...model } }
  const { url } = await servePatchbay({ up: stdioEntry() }, { models })
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
}

async function startFake(...replies: Reply[]): Promise<FakeProvider> {
  const fake = await startFakeProvider(...replies)
  onTestFinished(() => fake.close())
  return fake
}

async function ask(client: OpenAI, stream: boolean): Promise<{ text: string; reason: unknown; tokens: unknown }> {
  const body = { model: 'm', messages, tools }
  if (!stream) {
    const { choices, usage } = await client.chat.completions.create(body)
    return { text: choices[0]?.message.content ?? '', reason: choices[0]?.finish_reason, tokens: usage?.total_tokens }
  }
  const answer = { text: '', reason: undefined as unknown, tokens: undefined as unknown }
  const options = { ...body, stream: true, stream_options: { include_usage: true } } as const
  for await (const { choices, usage } of await client.chat.completions.create(options)) {
    answer.text += choices[0]?.delta.content ?? ''
    answer.reason = choices[0]?.finish_reason ?? answer.reason
    answer.tokens = usage?.total_tokens ?? answer.tokens
  }
  return answer
}

const cases = ['@ai-sdk/openai-compatible', '@ai-sdk/mistral'].flatMap(name =>
  [false, true].map(stream => [name, stream] as const),
)

describe.each(cases)('%s behind the bridge (streamed: %s)', (name, stream) => {
  const entry = (fake: FakeProvider): object => ({
    package: name,
    model: 'fake-1',
    baseUrl: fake.url,
    headers: { 'x-team': 'tools' },
    settings: { name: 'long-tail', includeUsage: true },
  })

  it('calls the tools and answers, with key, headers and usage', async () => {
    const fake = await startFake(
      calls([
        { id: 'aaaaaaaa1', name: 'echo', args: { text: 'a' } },
        { id: 'aaaaaaaa2', name: 'echo', args: {} },
      ]),
      says('It said a.'),
    )
    expect(await ask(await serve(entry(fake)), stream)).toEqual({
      text: 'It said a.',
      reason: 'stop',
      // This package does not ask for the usage of a stream.
      tokens: name === '@ai-sdk/mistral' && stream ? undefined : 30,
    })
    const [first, second] = fake.received
    expect(first?.headers).toMatchObject({ authorization: `Bearer ${apiKey}`, 'x-team': 'tools' })
    expect(first?.body.tools?.map(({ function: { name } }) => name)).toContain('echo')
    expect(second?.body.messages.slice(1)).toMatchObject([
      { role: 'assistant', tool_calls: [{ id: 'aaaaaaaa1' }, { id: 'aaaaaaaa2' }] },
      { role: 'tool', tool_call_id: 'aaaaaaaa1', content: '{"text":"a"}' },
      { role: 'tool', tool_call_id: 'aaaaaaaa2' },
    ])
  })

  it('keeps the status and the words of an error', async () => {
    const fake = await startFake(fails(429, { message: `slow down ${apiKey}`, error: { message: 'slow down' } }))
    const thrown = await ask(await serve(entry(fake)), stream).catch((thrown: unknown) => thrown)
    expect(thrown).toMatchObject({ status: 429, message: expect.stringContaining('slow down') })
    expect(JSON.stringify([thrown, (thrown as Error).message])).not.toContain(apiKey)
  })
})

it.each(['@ai-sdk/openai-compatible', '@ai-sdk/mistral'])('%s runs nothing of a stream that breaks off', async name => {
  const half = { index: 0, id: 'aaaaaaaa1', type: 'function', function: { name: 'echo', arguments: '{"text":"a"}' } }
  const fake = await startFake(streams([chunk({ role: 'assistant', tool_calls: [half] })], { cut: false }))
  const client = await serve({ package: name, model: 'fake-1', baseUrl: fake.url, settings: { name: 'long-tail' } })
  await expect(ask(client, true)).rejects.toThrow(/broke off|ended without a finish reason/)
  expect(fake.received).toHaveLength(1)
})

it('thinking comes back signed within one answer', async () => {
  const fake = await startFakeAnthropic(
    answersMessage([
      { type: 'thinking', thinking: 'I call.', signature: 'c2ln' },
      { type: 'tool_use', id: 'toolu_1', name: 'echo', input: { text: 'a' } },
    ]),
    answersMessage([{ type: 'text', text: 'It said a.' }]),
  )
  onTestFinished(() => fake.close())
  const client = await serve({
    package: '@ai-sdk/anthropic',
    model: 'claude-sonnet-4-5',
    baseUrl: `${fake.url}/v1`,
    settings: {},
  })
  expect(await ask(client, true)).toMatchObject({ text: 'It said a.', reason: 'stop' })
  expect(fake.received[1]?.body.messages).toMatchObject([
    { role: 'user' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', signature: 'c2ln' },
        { type: 'tool_use', id: 'toolu_1' },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] },
  ])
})

it('a package that is not installed is told with what to run', async () => {
  const client = await serve({ package: '@ai-sdk/not-installed', model: 'x' })
  const thrown = await ask(client, false).catch((thrown: unknown) => thrown)
  expect(thrown).toMatchObject({
    status: 404,
    message: expect.stringContaining('Run: npm install @ai-sdk/not-installed'),
  })
  expect((thrown as Error).message).not.toContain(join(import.meta.dirname, '..'))
})
