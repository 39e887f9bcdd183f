import { describe, expect, it } from 'vitest'
import { answersMessage, streamsEvents } from '../../../fakes/anthropic-provider.ts'
import type { Body } from './messages-setup.ts'
import { orderFaults, readStream, startMessages } from './messages-setup.ts'

const server = { type: 'url', name: 'calc', url: 'patchbay/mcp/math' } as const
const toolset = { type: 'mcp_toolset', mcp_server_name: 'calc' } as const
const mine = { name: 'mine', input_schema: { type: 'object', properties: { path: { type: 'string' } } } } as const
const ask = (fields: object = {}): Body => ({
  model: 'claude',
  max_tokens: 4_000,
  messages: [{ role: 'user', content: 'Go.' }],
  ...fields,
})
const thought = (text: string): Body => ({ type: 'thinking', thinking: text, signature: `signed ${text}` })
const text = (words: string): Body => ({ type: 'text', text: words })

/** Blocks of a tool that Anthropic runs itself, and a text that cites what it found. */
const searched: Body[] = [
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'tea' } },
  {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_1',
    content: [{ type: 'web_search_result', title: 'Tea', url: 'https://tea.example', encrypted_content: 'x' }],
  },
]

describe("a request to a model of Anthropic's", () => {
  it('reaches it in the words of the caller', async () => {
    const { client, sent, headers } = await startMessages({ anthropic: [answersMessage([text('ok')])] })
    const cache_control = { type: 'ephemeral' }
    const body = {
      system: [{ type: 'text', text: 'Be brief.', cache_control }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a', cache_control },
            { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            thought('hm'),
            { type: 'redacted_thinking', data: 'zzz' },
            ...searched,
            {
              type: 'text',
              text: 'b',
              citations: [
                {
                  type: 'web_search_result_location',
                  url: 'https://tea.example',
                  title: 'Tea',
                  encrypted_index: 'i',
                  cited_text: 't',
                },
              ],
            },
            { type: 'tool_use', id: 'toolu_1', name: 'mine', input: { path: '/' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'c' }], cache_control },
            { type: 'text', text: 'd' },
          ],
        },
      ],
      tools: [
        { ...mine, description: 'Mine.', cache_control, eager_input_streaming: true, a_new_field: 1 },
        { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
      ],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      stop_sequences: ['END'],
      metadata: { user_id: 'u'.repeat(100) },
      service_tier: 'auto',
      context_management: { edits: [] },
    }
    await client.beta.messages.create(ask({ ...body, betas: ['context-1', 'mcp-client-2025-11-20'] }))
    const { model, max_tokens, ...others } = sent.anthropic()[0]
    expect([model, max_tokens]).toEqual(['claude-sonnet-4-5', 4_000])
    expect(others).toEqual(body)
    expect(headers()['anthropic-beta']).toBe('context-1')
  })

  it('gets what a toolset says of caching and late loading on its tools', async () => {
    const { client, sent } = await startMessages({ anthropic: [answersMessage([text('ok')])] })
    const configs = { echo: { defer_loading: false } }
    const tools = [
      { ...toolset, default_config: { defer_loading: true }, configs, cache_control: { type: 'ephemeral' } },
    ]
    await client.beta.messages.create(ask({ mcp_servers: [server], tools: [...tools, mine] }))
    expect(sent.anthropic()[0].tools.map(({ input_schema: _, description: __, ...tool }: Body) => tool)).toEqual([
      { name: 'add', defer_loading: true },
      { name: 'echo' },
      { name: 'text_upper', defer_loading: true, cache_control: { type: 'ephemeral' } },
      { name: 'mine' },
    ])
  })
})

describe("an answer of a model of Anthropic's", () => {
  const cited = { ...text('Tea is hot.'), citations: [{ type: 'char_location', cited_text: 'hot', document_index: 0 }] }
  const content = [thought('Search.'), { type: 'redacted_thinking', data: 'zzz' }, ...searched, thought('So.'), cited]

  it.each([false, true])('passes block by block as it came, streamed %s', async stream => {
    const usage = { input_tokens: 7, cache_read_input_tokens: 5, cache_creation_input_tokens: 3, output_tokens: 9 }
    const { client } = await startMessages({ anthropic: [answersMessage(content, { stop: 'pause_turn', usage })] })
    const message = stream ? await client.messages.stream(ask()).finalMessage() : await client.messages.create(ask())
    expect(message.content).toMatchObject(content)
    expect(message).toMatchObject({ stop_reason: 'pause_turn', model: 'claude-fake-20260101', usage })
  })

  it('is streamed with the signature in the block that it signs, and usage from the start', async () => {
    const anthropic = [answersMessage([thought('Search.'), ...searched, text('done')])]
    const { events } = await readStream(await startMessages({ anthropic }), ask())
    expect(orderFaults(events)).toEqual([])
    expect(events[0]?.message.usage).toMatchObject({ input_tokens: 10, output_tokens: 1 })
    const kinds = events.map(({ type, delta, content_block: block }) => delta?.type ?? block?.type ?? type)
    expect(kinds.slice(1, 9)).toEqual([
      'thinking',
      'thinking_delta',
      'thinking_delta',
      'signature_delta',
      'content_block_stop',
      'server_tool_use',
      'content_block_stop',
      'web_search_tool_result',
    ])
  })

  it("streams the input of the caller's own tool piece by piece", async () => {
    const use = { type: 'tool_use', id: 'toolu_9', name: 'mine', input: { path: '/a/long/path' } }
    const server = await startMessages({ anthropic: [answersMessage([text('I look.'), use])] })
    const { events } = await readStream(server, ask({ tools: [mine] }))
    const pieces = events.filter(({ delta }) => delta?.type === 'input_json_delta')
    expect(orderFaults(events)).toEqual([])
    expect(pieces.length).toBe(2)
    expect(pieces.map(({ delta }) => delta.partial_json).join('')).toBe('{"path":"/a/long/path"}')
    expect(events.filter(({ content_block: block }) => block?.type === 'tool_use')).toHaveLength(1)
    expect(events.at(-2)?.delta.stop_reason).toBe('tool_use')
  })

  it('has the own keys and names of a tool in calls, streamed or not', async () => {
    const tools = [{ name: 'find.it', input_schema: { type: 'object', properties: { $filter: { type: 'string' } } } }]
    for (const stream of [false, true]) {
      const { client, sent } = await startMessages({
        anthropic: [
          ({ body }, response) => {
            const [tool] = body.tools as Body[]
            const input = { [Object.keys(tool.input_schema.properties)[0] ?? '']: 'x' }
            return answersMessage([{ type: 'tool_use', id: 'toolu_1', name: tool.name, input }])(
              { body } as never,
              response,
            )
          },
        ],
      })
      const params = ask({ tools })
      const message = stream
        ? await client.messages.stream(params).finalMessage()
        : await client.messages.create(params)
      expect(message.content).toMatchObject([{ type: 'tool_use', name: 'find.it', input: { $filter: 'x' } }])
      expect(JSON.stringify(sent.anthropic()[0].tools)).not.toMatch(/\$filter|find\.it/)
    }
  })

  it('puts blocks that overlap into one row, and closes what was left open', async () => {
    const events = [
      { type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', content: [], usage: {} } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: 'toolu_1', name: 'mine', input: {} },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{}' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'b' } },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } },
      { type: 'message_stop' },
    ]
    const server = await startMessages({ anthropic: [streamsEvents(events)] })
    const { events: told } = await readStream(server, ask({ tools: [mine] }))
    expect(orderFaults(told)).toEqual([])
    const message = await (await startMessages({ anthropic: [streamsEvents(events)] })).client.messages
      .stream(ask({ tools: [mine] }))
      .finalMessage()
    expect(message.content).toMatchObject([{ text: 'ab' }, { type: 'tool_use', id: 'toolu_1', input: {} }])
  })
})

describe('thinking around the calls of our tools', () => {
  const anthropic = [
    answersMessage([
      thought('Add.'),
      text('Let me see.'),
      { type: 'tool_use', id: 'toolu_1', name: 'add', input: { a: 1 } },
      { type: 'tool_use', id: 'toolu_2', name: 'mine', input: {} },
    ]),
    answersMessage([text('done')]),
  ]
  const params = ask({
    mcp_servers: [server],
    tools: [toolset, mine],
    thinking: { type: 'enabled', budget_tokens: 2_000 },
  })

  it.each([false, true])('is replayed where it stood, beside a call of the caller, streamed %s', async stream => {
    const { client, sent, called } = await startMessages({ anthropic })
    const first = stream
      ? await client.beta.messages.stream(params).finalMessage()
      : await client.beta.messages.create(params)
    expect(first.content.map(({ type }) => type)).toEqual([
      'thinking',
      'text',
      'tool_use',
      'mcp_tool_use',
      'mcp_tool_result',
    ])
    expect(first.stop_reason).toBe('tool_use')
    expect(called).toHaveLength(1)
    const messages = [
      ...params.messages,
      { role: 'assistant', content: first.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_2', content: 'c' }] },
    ]
    await client.beta.messages.create({ ...params, messages })
    expect(sent.anthropic()[1].messages.slice(1)).toMatchObject([
      {
        role: 'assistant',
        content: [
          thought('Add.'),
          text('Let me see.'),
          { type: 'tool_use', id: 'toolu_2', name: 'mine' },
          { type: 'tool_use', id: 'toolu_1', name: 'add' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'c' },
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'math__add ok' },
        ],
      },
    ])
  })
})
