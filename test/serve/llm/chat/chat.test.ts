import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { errorResult } from '../../../../src/core/tool.ts'
import { calls, chunk, says, streams } from '../../../fakes/openai-provider.ts'
import { startChat } from './chat-setup.ts'

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming
type Traced = OpenAI.ChatCompletionMessage & { provider_specific_fields?: Record<string, Record<string, unknown>[]> }

const mcp = (fields: object = {}) =>
  ({
    type: 'mcp',
    server_label: 'm',
    server_url: 'litellm_proxy/mcp/math',
    require_approval: 'never',
    ...fields,
  }) as never
const own = (name: string): OpenAI.ChatCompletionTool => ({ type: 'function', function: { name, parameters: {} } })
const ask = (tools: OpenAI.ChatCompletionTool[], fields: Partial<Params> = {}): Params => ({
  model: 'fast',
  messages: [{ role: 'user', content: 'what is 2 and 40?' }],
  tools,
  ...fields,
})
const addThenAnswer = [
  calls([{ id: 'c1', name: 'add', args: { a: 2, b: 40 } }], { content: 'Let me see.' }),
  says('It is 42.'),
]

describe('a chat completion with an mcp tool', () => {
  it('runs the tool and answers in one message', async () => {
    const { client, provider, called } = await startChat(addThenAnswer)
    const completion = await client.chat.completions.create(ask([mcp()], { temperature: 0, user: 'u' }))
    const [choice] = completion.choices
    const message = choice?.message as Traced
    expect(choice?.finish_reason).toBe('stop')
    expect(message).toMatchObject({ role: 'assistant', content: 'Let me see.\n\nIt is 42.', refusal: null })
    expect(message.tool_calls).toBeUndefined()
    expect(message.provider_specific_fields).toEqual({
      mcp_list_tools: expect.arrayContaining([
        expect.objectContaining({ type: 'function', function: expect.objectContaining({ name: 'add' }) }),
      ]),
      mcp_tool_calls: [{ id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":2,"b":40}' } }],
      mcp_call_results: [{ tool_call_id: 'c1', name: 'add', result: 'math__add ok' }],
    })
    expect(completion).toMatchObject({
      object: 'chat.completion',
      model: 'fake-1-2026-01-01',
      usage: { prompt_tokens: 20, total_tokens: 30 },
    })
    expect(called).toEqual([['math__add', { a: 2, b: 40 }]])

    const [first, second] = provider.received
    expect(first?.body).toMatchObject({ model: 'fake-1', temperature: 0, user: 'u' })
    expect(first?.body.tools?.map(tool => tool.function.name)).toEqual(['add', 'echo', 'text_upper'])
    expect(second?.body.messages.at(-1)).toEqual({ role: 'tool', tool_call_id: 'c1', content: 'math__add ok' })
    expect(JSON.stringify(provider.received.map(({ body }) => body))).not.toMatch(
      /mcp|server_url|provider_specific|needsApproval/,
    )
  })

  it('streams the same as one message: one id, one role, one finish', async () => {
    const { client } = await startChat(addThenAnswer)
    const chunks: OpenAI.ChatCompletionChunk[] = []
    const params = { ...ask([mcp()]), stream: true, stream_options: { include_usage: true } } as const
    for await (const chunk of await client.chat.completions.create(params)) chunks.push(chunk)
    const deltas = chunks.flatMap(chunk => chunk.choices.map(choice => choice.delta as Traced))
    expect(new Set(chunks.map(chunk => chunk.id)).size).toBe(1)
    expect(deltas.filter(delta => delta.role)).toHaveLength(1)
    expect(chunks.flatMap(chunk => chunk.choices.flatMap(choice => choice.finish_reason ?? []))).toEqual(['stop'])
    expect(deltas.map(delta => delta.content ?? '').join('')).toBe('Let me see.\n\nIt is 42.')
    expect(deltas.some(delta => delta.tool_calls)).toBe(false)
    expect(Object.keys(deltas[0]?.provider_specific_fields ?? {})).toEqual(['mcp_list_tools'])
    expect(deltas.at(-2)?.provider_specific_fields).toMatchObject({
      mcp_tool_calls: [{ function: { name: 'add' } }],
      mcp_call_results: [{ tool_call_id: 'c1', result: 'math__add ok' }],
    })
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 20, total_tokens: 30 } })
  })

  it("is read by the client's own stream helper", async () => {
    const { client } = await startChat(addThenAnswer)
    const stream = client.chat.completions.stream({ ...ask([mcp()]), stream: true })
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe('Let me see.\n\nIt is 42.')
  })

  it.each<[string, string]>([
    ['litellm_proxy/mcp/math', 'add,echo,text_upper'],
    ['patchbay/mcp/math', 'add,echo,text_upper'],
    ['litellm_proxy', 'math__add,math__echo,math__text_upper,docs__echo,docs__read'],
    ['patchbay/mcp', 'math__add,math__echo,math__text_upper,docs__echo,docs__read'],
    ['patchbay/mcp/both', 'math__add,math__echo,math__text_upper,docs__echo,docs__read'],
    ['<own>/mcp/docs', 'echo,read'],
    ['<own>/docs/mcp/', 'echo,read'],
    ['https://tools.example.com/mcp/docs', 'echo,read'],
  ])('takes server_url %s', async (serverUrl, names) => {
    const { client, provider, url } = await startChat([says('ok')], { publicUrl: 'https://tools.example.com' })
    await client.chat.completions.create(ask([mcp({ server_url: serverUrl.replace('<own>', url) })]))
    expect(provider.received[0]?.body.tools?.map(tool => tool.function.name).join()).toBe(names)
  })

  it('narrows an entry by its x-mcp-servers header', async () => {
    const { client, provider } = await startChat([says('ok')])
    await client.chat.completions.create(
      ask([mcp({ server_url: 'litellm_proxy', headers: { 'X-MCP-Servers': 'docs' } })]),
    )
    expect(provider.received[0]?.body.tools?.map(tool => tool.function.name)).toEqual(['docs__echo', 'docs__read'])
  })

  it("renames a tool that meets the caller's function, and calls it under its own name", async () => {
    const { client, provider, called } = await startChat([calls([{ name: 'add_2', args: { a: 1 } }]), says('ok')])
    const theirs = { ...own('add'), function: { name: 'add', description: 'mine', parameters: { x: 1 } } }
    await client.chat.completions.create(ask([theirs, mcp({ allowed_tools: ['add'] })]))
    expect(provider.received[0]?.body.tools).toMatchObject([theirs, { function: { name: 'add_2' } }])
    expect(called).toEqual([['math__add', { a: 1 }]])
  })

  it('calls the source of the entry, where two have a tool of one name', async () => {
    const twice = calls([
      { id: 'a', name: 'echo', args: {} },
      { id: 'b', name: 'echo_2', args: {} },
    ])
    const { client, called } = await startChat([twice, says('ok')])
    await client.chat.completions.create(ask([mcp(), mcp({ server_url: 'patchbay/mcp/docs' })]))
    expect(called.map(([name]) => name)).toEqual(['math__echo', 'docs__echo'])
  })

  it('hands back a call that needs approval, and the results of those that ran', async () => {
    const both = calls([
      { id: 'a', name: 'add', args: {} },
      { id: 'b', name: 'echo', args: {} },
    ])
    const { client, called, provider } = await startChat([both])
    const entry = mcp({ require_approval: { never: { tool_names: ['echo'] } } })
    const completion = await client.chat.completions.create(ask([entry]))
    const message = completion.choices[0]?.message as Traced
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls')
    expect(message.tool_calls).toMatchObject([{ id: 'a', function: { name: 'add' } }])
    expect(message.provider_specific_fields?.mcp_call_results).toMatchObject([
      { tool_call_id: 'b', result: 'math__echo ok' },
    ])
    expect(called.map(([name]) => name)).toEqual(['math__echo'])

    provider.script(says('done'))
    const history = [message, { role: 'tool', tool_call_id: 'a', content: '42' }] as OpenAI.ChatCompletionMessageParam[]
    await client.chat.completions.create(ask([entry], { messages: [{ role: 'user', content: 'hi' }, ...history] }))
    expect(
      provider.received[1]?.body.messages.map(({ role, tool_calls: [call] = [], tool_call_id: id }) => [
        role,
        call?.id ?? id,
      ]),
    ).toEqual([
      ['user', undefined],
      ['assistant', 'b'],
      ['tool', 'b'],
      ['assistant', 'a'],
      ['tool', 'a'],
    ])
  })

  it.each([false, true])("hands the caller's own call back (streamed: %s)", async isStreamed => {
    const { client } = await startChat([
      calls([
        { id: 'x', name: 'mine', args: { q: 1 } },
        { id: 'y', name: 'add', args: {} },
      ]),
    ])
    const params = ask([own('mine'), mcp()])
    const completion = isStreamed
      ? await client.chat.completions.stream({ ...params, stream: true }).finalChatCompletion()
      : await client.chat.completions.create(params)
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [{ id: 'x', type: 'function', function: { name: 'mine', arguments: '{"q":1}' } }],
      },
    })
  })

  it('tells the model of a tool that failed, and the caller too', async () => {
    const answer = () => errorResult('no such number')
    const { client, provider } = await startChat(addThenAnswer, { answer })
    const completion = await client.chat.completions.create(ask([mcp()]))
    expect(provider.received[1]?.body.messages.at(-1)?.content).toBe('Error: no such number')
    const message = completion.choices[0]?.message as Traced
    expect(message.provider_specific_fields?.mcp_call_results).toMatchObject([{ is_error: true }])
  })

  it('works with the demo model, which needs no key', async () => {
    const { client, called } = await startChat([])
    const completion = await client.chat.completions.create(
      ask([mcp()], { model: 'demo', messages: [{ role: 'user', content: 'add 2 and 40' }] }),
    )
    expect(called).toEqual([['math__add', { a: 2, b: 40 }]])
    expect(completion.choices[0]?.message.content).toContain('math__add ok')
  })
})

describe('a chat completion without mcp tools', () => {
  it('is passed through', async () => {
    const { client, provider } = await startChat([
      calls([{ id: 'x', name: 'mine', args: 'not json' }], { finish: 'stop' }),
    ])
    const completion = await client.chat.completions.create(ask([own('mine')], { tool_choice: 'required' }))
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { tool_calls: [{ id: 'x', function: { arguments: 'not json' } }] },
    })
    expect(completion.choices[0]?.message).not.toHaveProperty('provider_specific_fields')
    expect(provider.received[0]?.body).toMatchObject({ tool_choice: 'required', tools: [own('mine')] })
  })

  it('may ask for several choices', async () => {
    const choices = ['a', 'b'].map((content, index) => ({
      index,
      message: { role: 'assistant', content },
      logprobs: { content: [] },
      finish_reason: 'stop',
    }))
    const { client } = await startChat([
      (_, response) => void response.end(JSON.stringify({ object: 'chat.completion', choices })),
    ])
    const completion = await client.chat.completions.create({ ...ask([]), n: 2 })
    expect(completion.choices.map(choice => choice.message.content)).toEqual(['a', 'b'])
    expect(completion.choices[1]?.logprobs).toEqual({ content: [] })
  })

  it('keeps the calls of several choices apart in a stream, each choice with its own indexes', async () => {
    const piece = (choice: number, call: number, name?: string, args = '') => ({
      ...(chunk({}) as object),
      choices: [
        {
          index: choice,
          delta: {
            tool_calls: [
              {
                index: call,
                ...(name && { id: `c${choice}${call}`, type: 'function' }),
                function: { ...(name && { name }), arguments: args },
              },
            ],
          },
          finish_reason: null,
        },
      ],
    })
    const ends = [0, 1].map(index => ({
      ...(chunk({}) as object),
      choices: [{ index, delta: {}, finish_reason: 'tool_calls' }],
    }))
    const events = [
      piece(0, 0, 'f', '{"x"'),
      piece(1, 0, 'g', '{'),
      piece(0, 1, 'g', '{}'),
      piece(1, 0, undefined, '}'),
      piece(0, 0, undefined, ':1}'),
      piece(1, 1, 'f'),
      ...ends,
      '[DONE]',
    ]
    const { client } = await startChat([streams(events)])
    const stream = client.chat.completions.stream({ ...ask([own('f'), own('g')]), n: 2, stream: true })
    const { choices } = await stream.finalChatCompletion()
    expect(
      choices.map(({ message }) =>
        message.tool_calls?.map(
          call => call.type === 'function' && [call.id, call.function.name, call.function.arguments],
        ),
      ),
    ).toEqual([
      [
        ['c00', 'f', '{"x":1}'],
        ['c01', 'g', '{}'],
      ],
      [
        ['c10', 'g', '{}'],
        ['c11', 'f', '{}'],
      ],
    ])
  })
})

it('lists the configured models', async () => {
  const { client } = await startChat([])
  expect((await client.models.list()).data).toMatchObject([
    { id: 'fast', object: 'model', owned_by: 'openai', created: expect.any(Number) },
    { id: 'demo', object: 'model', owned_by: 'demo' },
  ])
})
