import { describe, expect, it } from 'vitest'
import { answersMessage, streamsEvents } from '../../../fakes/anthropic-provider.ts'
import { answers, geminiCalls, geminiSays } from '../../../fakes/gemini-provider.ts'
import { calls, chunk, says, streams } from '../../../fakes/openai-provider.ts'
import type { Body } from './messages-setup.ts'
import { ask, mcp, orderFaults, readStream, startMessages } from './messages-setup.ts'

const mine = {
  name: 'mine',
  description: 'Mine.',
  input_schema: { type: 'object', properties: {} },
  cache_control: { type: 'ephemeral' },
} as const
const png = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' }

describe('a request to a model of another wire', () => {
  it('says all that the wire has words for', async () => {
    const { client, sent } = await startMessages({ openai: [says('ok')] })
    const cache_control = { type: 'ephemeral' }
    await client.beta.messages.create(
      ask({
        system: [
          { type: 'text', text: 'Be brief.', cache_control },
          { type: 'text', text: 'Be kind.' },
        ],
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look:', cache_control },
              { type: 'image', source: png },
            ],
          },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'hm', signature: '' },
              { type: 'text', text: 'I call.' },
              { type: 'tool_use', id: 'toolu_1', name: 'mine', input: { a: 1 } },
              { type: 'tool_use', id: 'toolu_2', name: 'mine', input: {} },
            ],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'toolu_2', content: 'no', is_error: true },
              {
                type: 'tool_result',
                tool_use_id: 'toolu_1',
                content: [
                  { type: 'text', text: 'one' },
                  { type: 'text', text: 'two' },
                ],
              },
              { type: 'text', text: 'Go on.' },
            ],
          },
        ],
        tools: [mine],
        tool_choice: { type: 'any', disable_parallel_tool_use: true },
        thinking: { type: 'enabled', budget_tokens: 4_000 },
        stop_sequences: ['END'],
        temperature: 0.5,
        top_p: 0.9,
        top_k: 5,
        metadata: { user_id: 'u'.repeat(100) },
        service_tier: 'standard_only',
        output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
        betas: ['mcp-client-2025-11-20', 'context-management-2025-06-27'],
      }),
    )
    const { model, messages, ...others } = sent.openai()[0]
    expect(model).toBe('fake-1')
    expect(messages).toEqual([
      { role: 'system', content: 'Be brief.\n\nBe kind.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png.data}` } },
        ],
      },
      {
        role: 'assistant',
        content: 'I call.',
        reasoning_content: 'hm',
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'mine', arguments: '{"a":1}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'mine', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'toolu_2', content: 'Error: no' },
      { role: 'tool', tool_call_id: 'toolu_1', content: 'one\ntwo' },
      { role: 'user', content: 'Go on.' },
    ])
    expect(others).toEqual({
      max_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stop: ['END'],
      reasoning_effort: 'medium',
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
      user: expect.stringMatching(/^[0-9a-f]{64}$/),
      service_tier: 'default',
      parallel_tool_calls: false,
      tool_choice: 'required',
      tools: [
        {
          type: 'function',
          function: { name: 'mine', description: 'Mine.', parameters: { type: 'object', properties: {} } },
        },
      ],
    })
  })

  it.each<[string, object, unknown]>([
    [
      'a document of text',
      { type: 'document', title: 'Notes', source: { type: 'text', media_type: 'text/plain', data: 'abc' } },
      'Notes\n\nabc',
    ],
    [
      'a document of blocks',
      { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'abc' }] } },
      'abc',
    ],
    [
      'a PDF',
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
      [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }],
    ],
    [
      'an address',
      { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
      [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }],
    ],
    [
      'an uploaded file',
      { type: 'document', source: { type: 'file', file_id: 'f1' } },
      [{ type: 'file', file: { file_id: 'f1' } }],
    ],
    [
      'a search result',
      { type: 'search_result', title: 'T', source: 'https://x.example', content: [{ type: 'text', text: 'abc' }] },
      'T\nhttps://x.example\nabc',
    ],
    ['a block that nobody knows', { type: 'hologram', name: 'h' }, '[hologram h]'],
  ])('sends %s as the wire has it', async (_, block, content) => {
    const { client, sent } = await startMessages({ openai: [says('ok')] })
    await client.messages.create(ask({ messages: [{ role: 'user', content: [block] }] }))
    expect(sent.openai()[0].messages).toEqual([{ role: 'user', content }])
  })

  it("tells what Anthropic's own tools had found", async () => {
    const { client, sent } = await startMessages({ openai: [says('ok')] })
    const content = [
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'tea' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_1',
        content: [{ type: 'web_search_result', title: 'Tea', url: 'https://tea.example', encrypted_content: 'secret' }],
      },
      { type: 'text', text: 'Tea is hot.' },
    ]
    await client.messages.create(
      ask({
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content },
          { role: 'user', content: 'b' },
        ],
      }),
    )
    const told = sent.openai()[0].messages[1].content
    expect(told).toBe(
      '[server_tool_use web_search {"query":"tea"}]\n\n[web_search_tool_result Tea https://tea.example]\n\nTea is hot.',
    )
  })

  it('forces a tool by the name that it has in the request', async () => {
    const { client, sent } = await startMessages({ openai: [says('ok')] })
    const tools = [{ ...mine, name: 'echo' }]
    await client.messages.create(ask({ ...mcp, tools, tool_choice: { type: 'tool', name: 'add' } }))
    await client.messages.create(ask({ ...mcp, tools, tool_choice: { type: 'tool', name: 'echo' } }))
    await client.messages.create(ask({ ...mcp, tools: [], tool_choice: { type: 'tool', name: 'echo' } }))
    expect(sent.openai().map(({ tool_choice: choice }) => choice.function.name)).toEqual(['add', 'echo', 'echo'])
  })

  it('names a tool of a server in the history as it is called now', async () => {
    const { client, sent } = await startMessages({ openai: [says('ok')] })
    const content = [
      { type: 'mcp_tool_use', id: 'mcptoolu_01', name: 'echo', server_name: 's', input: {} },
      { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_01', is_error: false, content: [{ type: 'text', text: 'x' }] },
    ]
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content },
      { role: 'user', content: 'b' },
    ]
    await client.beta.messages.create(ask({ ...mcp, tools: [{ ...mine, name: 'echo' }], messages }))
    expect(sent.openai()[0].messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'toolu_01', type: 'function', function: { name: 'echo_2', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'toolu_01', content: 'x' },
      { role: 'user', content: 'b' },
    ])
  })
})

describe('an answer of a model of another wire', () => {
  it.each([false, true])("hands the caller's calls back as tool_use, streamed %s", async stream => {
    const { client } = await startMessages({
      openai: [calls([{ id: 'x', name: 'mine', args: { a: 1 } }], { content: 'Now.' })],
    })
    const params = ask({ tools: [mine] })
    const message = stream ? await client.messages.stream(params).finalMessage() : await client.messages.create(params)
    expect(message.content).toMatchObject([
      { type: 'text', text: 'Now.' },
      { type: 'tool_use', name: 'mine', input: { a: 1 } },
    ])
    expect(message.stop_reason).toBe('tool_use')
    expect(message.usage).toMatchObject({ input_tokens: 10, output_tokens: 5 })
  })

  it('has thinking before the text, and no blank text before a call', async () => {
    const thinks = streams([
      chunk({ reasoning_content: 'Hm' }),
      chunk({ reasoning_content: '.' }),
      chunk({ content: '\n\n' }),
      chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{}' } }] }),
      chunk({}, 'tool_calls'),
      '[DONE]',
    ])
    const server = await startMessages({ openai: [thinks, says('done')] })
    const { events } = await readStream(server, ask(mcp))
    expect(orderFaults(events)).toEqual([])
    const started = events.flatMap(({ content_block: block }) => (block ? [block.type] : []))
    expect(started).toEqual(['thinking', 'mcp_tool_use', 'mcp_tool_result', 'text'])
  })

  it('hands a call of ours back where its entry asks for approval', async () => {
    const { client, called } = await startMessages({ openai: [calls([{ name: 'add', args: {} }])] })
    const servers = [{ ...mcp.mcp_servers[0], require_approval: 'always' }]
    const message = await client.messages.create(ask({ mcp_servers: servers }))
    expect(message).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'add' }] })
    expect(called).toEqual([])
  })

  it('counts what was read from the cache beside the input', async () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 },
    }
    const { client } = await startMessages({ openai: [says('ok', { usage })] })
    expect((await client.messages.create(ask())).usage).toMatchObject({
      input_tokens: 6,
      cache_read_input_tokens: 4,
      output_tokens: 5,
      output_tokens_details: { thinking_tokens: 2 },
    })
  })

  it('shows arguments that are no JSON object inside one', async () => {
    for (const stream of [false, true]) {
      const { client } = await startMessages({ openai: [calls([{ name: 'mine', args: '{"a":' }])] })
      const params = ask({ tools: [mine] })
      const message = stream
        ? await client.messages.stream(params).finalMessage()
        : await client.messages.create(params)
      expect(message.content).toMatchObject([{ type: 'tool_use', input: { arguments: '{"a":' } }])
    }
  })
})

describe('bugs that others had', () => {
  it.each([false, true])("LiteLLM#25322: Gemini's signature comes back with its call, streamed %s", async stream => {
    const { client, sent, called } = await startMessages({
      gemini: [geminiCalls({ name: 'mine', args: {} }, { name: 'add', args: {} }), geminiSays('done')],
    })
    const params = ask({ model: 'flash', ...mcp, tools: [mine] })
    const first = stream ? await client.messages.stream(params).finalMessage() : await client.messages.create(params)
    expect(called).toHaveLength(1)
    const [use] = first.content.filter(({ type }) => type === 'tool_use') as { id: string }[]
    expect(use?.id).toMatch(/^[\w-]+$/)
    // Clients that build the message anew keep nothing but the fields they know.
    const content = JSON.parse(
      JSON.stringify(first.content, [
        'type',
        'id',
        'name',
        'input',
        'server_name',
        'text',
        'tool_use_id',
        'content',
        'is_error',
      ]),
    )
    const result = { type: 'tool_result', tool_use_id: use?.id, content: 'r' }
    const messages = [...params.messages, { role: 'assistant', content }, { role: 'user', content: [result] }]
    await client.messages.create({ ...params, messages })
    const parts = sent.gemini()[1].contents[1].parts
    expect(parts.map(({ functionCall: call, thoughtSignature }: Body) => [call.name, thoughtSignature])).toEqual([
      ['mine', 'c2lnbmVk'],
      ['add', undefined],
    ])
    expect(JSON.stringify(sent.gemini()[1])).not.toContain('signed_by_google')
  })

  it('LiteLLM#15307: parallel calls of a Converse stream are blocks of their own', async () => {
    const use = (index: number, id: string, text: string): object[] => [
      { contentBlockStart: { contentBlockIndex: index, start: { toolUse: { toolUseId: id, name: 'mine' } } } },
      { contentBlockDelta: { contentBlockIndex: index, delta: { toolUse: { input: text } } } },
      { contentBlockStop: { contentBlockIndex: index } },
    ]
    const events = [
      { messageStart: { role: 'assistant' } },
      ...use(0, 'tooluse_0123456789', '{"a":1}'),
      ...use(1, 'tooluse_9876543210', '{"a":2}'),
      { messageStop: { stopReason: 'tool_use' } },
      { metadata: { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 }, metrics: { latencyMs: 1 } } },
    ]
    const server = await startMessages({ bedrock: [{ events }] })
    const { events: told } = await readStream(server, ask({ model: 'converse', tools: [mine] }))
    expect(orderFaults(told)).toEqual([])
    expect(told.flatMap(({ content_block: block }) => block ?? [])).toMatchObject([
      { type: 'tool_use', id: 'tooluse_0123456789', input: {} },
      { type: 'tool_use', id: 'tooluse_9876543210', input: {} },
    ])
    expect(told.flatMap(({ delta }) => delta?.partial_json ?? [])).toEqual(['{"a":1}', '{"a":2}'])
    expect(told.at(-2)?.delta.stop_reason).toBe('tool_use')
  })

  it('Bifrost#3441: no overlap, the right stop reason and ids of one kind from a careless endpoint', async () => {
    // Text after a call has begun, index 0 for every call, ids that are no ids, and "stop" for a reason.
    const careless = streams([
      chunk({ content: 'I ' }),
      chunk({ tool_calls: [{ index: 0, id: 'functions.mine:0', function: { name: 'mine', arguments: '{}' } }] }),
      chunk({ content: 'call.' }),
      chunk({ tool_calls: [{ index: 0, id: 'functions.mine:1', function: { name: 'mine', arguments: '{}' } }] }),
      chunk({}, 'stop'),
      '[DONE]',
    ])
    const server = await startMessages({ openai: [careless] })
    const { events } = await readStream(server, ask({ tools: [mine] }))
    expect(orderFaults(events)).toEqual([])
    const blocks = events.flatMap(({ content_block: block }) => block ?? [])
    expect(blocks.map(({ type }) => type)).toEqual(['text', 'tool_use', 'tool_use'])
    const ids = blocks.flatMap(({ id }) => id ?? [])
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^toolu_[\w-]{20,}$/)
    expect(events.at(-2)?.delta.stop_reason).toBe('tool_use')
  })

  it('Bifrost#4556: one message_start, however often a provider says it and however many turns there are', async () => {
    const message = { id: 'm', type: 'message', role: 'assistant', content: [], usage: { input_tokens: 1 } }
    const again = { type: 'message_start', message }
    const events = [
      again,
      again,
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'toolu_1', name: 'add', input: {} },
      },
      again,
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } },
      { type: 'message_stop' },
    ]
    const anthropic = [streamsEvents(events), answersMessage([{ type: 'text', text: 'done' }])]
    const server = await startMessages({ anthropic })
    const { events: told } = await readStream(server, ask({ model: 'claude', ...mcp }))
    expect(orderFaults(told)).toEqual([])
    expect(told.filter(({ type }) => type === 'message_start')).toHaveLength(1)
    expect(told.at(-2)?.usage).toMatchObject({ input_tokens: 11, output_tokens: 8 })
  })

  it('Gemini thinks in a block of its own', async () => {
    const thinks = answers([{ text: 'Hm.', thought: true }], [{ text: 'Yes.' }])
    const { client } = await startMessages({ gemini: [thinks] })
    const message = await client.messages.stream(ask({ model: 'flash' })).finalMessage()
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Hm.', signature: '' },
      { type: 'text', text: 'Yes.' },
    ])
  })
})
