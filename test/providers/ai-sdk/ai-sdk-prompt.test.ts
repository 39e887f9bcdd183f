import { describe, expect, it } from 'vitest'
import type { ChatMessage, TurnRequest } from '../../../src/core/model.ts'
import type { CallOptions } from '../../../src/providers/ai-sdk/language-model.ts'
import { finishes, mockModel, turnOf } from './mock-model.ts'

const parts = [(finishes.v4 as (word: string) => { type: string })('stop')]
const png = 'data:image/png;base64,iVBORw0KGgo='
const call = (id: string, name = 'f', args = '{"a":1}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: args },
})

/** What a model of the AI SDK is asked for this turn. */
async function ask(request: Partial<TurnRequest>, version = 'v4'): Promise<CallOptions> {
  const { provider, asked } = mockModel({ parts }, version)
  await turnOf(provider, frozen(request))
  return asked[0] as CallOptions
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) frozen(child)
  return Object.freeze(value)
}

describe('a prompt of the AI SDK', () => {
  it.each<[string, ChatMessage[], unknown]>([
    [
      'has its system messages in front',
      [
        { role: 'user', content: 'hi' },
        { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'system', content: '' },
      ],
      [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      ],
    ],
    [
      'says something where a user said nothing, and nothing where an assistant did',
      [
        { role: 'user', content: ' ' },
        { role: 'assistant', content: '' },
      ],
      [{ role: 'user', content: [{ type: 'text', text: '(no content)' }] }],
    ],
    [
      'has all results of a round in one message, in the order of the calls',
      [
        { role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [call('a'), call('b', 'g', '')] },
        { role: 'tool', tool_call_id: 'b', content: 'B', is_error: true },
        { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'A' }] },
      ],
      [
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.' },
            { type: 'tool-call', toolCallId: 'a', toolName: 'f', input: { a: 1 } },
            { type: 'tool-call', toolCallId: 'b', toolName: 'g', input: {} },
          ],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId: 'a', toolName: 'f', output: { type: 'text', value: 'A' } },
            { type: 'tool-result', toolCallId: 'b', toolName: 'g', output: { type: 'error-text', value: 'B' } },
          ],
        },
      ],
    ],
    [
      'answers a call that nobody answered, and keeps a result without a call as text',
      [
        { role: 'assistant', content: null, tool_calls: [call('a')] },
        { role: 'tool', tool_call_id: 'gone', content: 'old' },
      ],
      [
        expect.anything(),
        {
          role: 'tool',
          content: [
            expect.objectContaining({ toolCallId: 'a', output: expect.objectContaining({ type: 'error-text' }) }),
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'Result of the tool call gone:\nold' }] },
      ],
    ],
    [
      'shows arguments that are no object inside one',
      [{ role: 'assistant', content: null, tool_calls: [call('a', 'f', '[1]'), call('b', 'f', '{"x')] }],
      [
        {
          role: 'assistant',
          content: [
            expect.objectContaining({ input: { arguments: [1] } }),
            expect.objectContaining({ input: { arguments: '{"x' } }),
          ],
        },
        expect.anything(),
      ],
    ],
    [
      'describes an image that a tool returned',
      [
        { role: 'assistant', content: null, tool_calls: [call('a')] },
        { role: 'tool', tool_call_id: 'a', content: [{ type: 'image_url', image_url: { url: png } }] },
      ],
      [
        expect.anything(),
        {
          role: 'tool',
          content: [expect.objectContaining({ output: { type: 'text', value: '[image image/png]' } })],
        },
      ],
    ],
  ])('%s', async (_, messages, prompt) => {
    expect((await ask({ messages })).prompt).toEqual(prompt)
  })

  it.each<[string, unknown]>([
    ['v2', 'iVBORw0KGgo='],
    ['v3', 'iVBORw0KGgo='],
    ['v4', { type: 'data', data: 'iVBORw0KGgo=' }],
  ])('of version %s has images and files by their bytes', async (version, data) => {
    const content = [
      { type: 'image_url', image_url: { url: png } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,iVBORw0KGgo=' } },
      { type: 'input_audio', input_audio: { data: 'iVBORw0KGgo=', format: 'mp3' } },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ]
    const address = new URL('https://example.com/a.png')
    expect((await ask({ messages: [{ role: 'user', content }] }, version)).prompt[0]?.content).toEqual([
      { type: 'file', mediaType: 'image/png', data },
      { type: 'file', mediaType: 'application/pdf', data, filename: 'a.pdf' },
      { type: 'file', mediaType: 'audio/mpeg', data },
      { type: 'file', mediaType: 'image/*', data: version === 'v4' ? { type: 'url', url: address } : address },
    ])
  })

  it('refuses a part that has no form, with its place', async () => {
    const messages = [{ role: 'user', content: [{ type: 'video_url', video_url: { url: 'x' } }] }]
    await expect(ask({ messages })).rejects.toThrow(/messages\[0\]\.content\[0\]/)
  })

  it('replays what a model had said under the ids and names of now', async () => {
    const value = {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm.', providerOptions: { p: { signature: 's' } } },
        {
          type: 'tool-call',
          toolCallId: 'a.1',
          toolName: 'foo/bar',
          input: { a: 1 },
          providerOptions: { p: { t: 's' } },
        },
      ],
    }
    const messages: ChatMessage[] = [
      { role: 'assistant', content: null, tool_calls: [call('a.1', 'foo/bar')], native: { wire: 'ai-sdk', value } },
      { role: 'tool', tool_call_id: 'a.1', content: 'A' },
    ]
    const { prompt } = await ask({ messages })
    const [assistant = [], tool] = prompt.map(({ content }) => content as readonly { toolCallId?: string }[])
    const [, made] = assistant
    expect(assistant).toMatchObject([value.content[0], { toolName: 'foo_bar', providerOptions: { p: { t: 's' } } }])
    expect(made?.toolCallId).toMatch(/^[\w-]+$/)
    expect(tool).toMatchObject([{ toolCallId: made?.toolCallId, toolName: 'foo_bar' }])
  })
})

describe('a call of the AI SDK', () => {
  const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } })

  it('has tools under legal names, with schemas that are objects, and no empty description', async () => {
    const tools = [tool('1/x', { description: ' ', strict: true }), tool('g', { parameters: { anyOf: [{}] } })]
    const { tools: sent, toolChoice } = await ask({
      tools,
      toolChoice: { type: 'function', function: { name: '1/x' } },
    })
    expect(sent).toMatchObject([
      { type: 'function', name: '_1_x', inputSchema: { type: 'object', properties: {} }, strict: true },
      { type: 'function', name: 'g', inputSchema: { type: 'object' } },
    ])
    expect(sent?.[0]).not.toHaveProperty('description')
    expect(sent?.[1]?.inputSchema).not.toHaveProperty('anyOf')
    expect(toolChoice).toEqual({ type: 'tool', toolName: '_1_x' })
  })

  it.each<[string, unknown, unknown, string[]]>([
    ['auto', 'auto', { type: 'auto' }, ['f', 'g']],
    ['none', 'none', { type: 'none' }, ['f', 'g']],
    ['required', 'required', { type: 'required' }, ['f', 'g']],
    [
      'allowed tools, by leaving the others out',
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('g')] } },
      { type: 'required' },
      ['g'],
    ],
  ])('chooses %s', async (_, toolChoice, sent, names) => {
    const options = await ask({ tools: [tool('f'), tool('g')], toolChoice })
    expect(options.toolChoice).toEqual(sent)
    expect(options.tools?.map(({ name }) => name)).toEqual(names)
  })

  it('has neither tools nor a choice where there are none', async () => {
    expect(Object.keys(await ask({ toolChoice: 'auto' })).sort()).toEqual(['abortSignal', 'prompt'])
  })

  it('has the parameters that the AI SDK has words for', async () => {
    const rest = {
      max_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 4,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      seed: 7,
      stop: 'END',
      reasoning_effort: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
      provider_options: { cohere: { thinking: { type: 'disabled' } } },
      user: 'someone',
    }
    const { prompt: _, abortSignal: __, ...options } = await ask({ rest })
    expect(options).toEqual({
      maxOutputTokens: 9,
      temperature: 0.5,
      topP: 0.9,
      topK: 4,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      seed: 7,
      stopSequences: ['END'],
      reasoning: 'low',
      responseFormat: { type: 'json', name: 'n', schema: { type: 'object' } },
      providerOptions: { cohere: { thinking: { type: 'disabled' } } },
    })
    // Before version 4 there was no word for it.
    expect(await ask({ rest }, 'v3')).not.toHaveProperty('reasoning')
  })

  it.each<[string, Partial<TurnRequest>, RegExp]>([
    ['several answers', { rest: { n: 2 } }, /n is more than 1/],
    [
      'tools that are no functions',
      { tools: [{ type: 'custom', custom: { name: 'sql' } }] },
      /tools\[0\] is of type "custom"/,
    ],
  ])('refuses %s', async (_, request, message) => {
    await expect(ask(request)).rejects.toThrow(message)
  })
})
