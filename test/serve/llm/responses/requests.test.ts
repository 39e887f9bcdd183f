import { describe, expect, it } from 'vitest'
import { says } from '../../../fakes/openai-provider.ts'
import type { Input } from './responses-setup.ts'
import { ask, mcp, own, startResponses } from './responses-setup.ts'

const post = async (url: string, body: unknown) => {
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const { error } = (await response.json()) as { error: Record<string, unknown> }
  return { status: response.status, error }
}
const message = (part: object) => ({ ...ask([]), input: [{ role: 'user', content: [part] }] })
const output = { type: 'function_call_output', call_id: 'x', output: '1' }

describe('a request that cannot be answered', () => {
  it.each<[string, unknown, RegExp, string | null]>([
    ['no JSON', '{', /not valid JSON/, null],
    ['no model', { input: 'hi' }, /"model"/, 'model'],
    ['no input', { model: 'fast' }, /"input": is missing/, 'input'],
    ['empty input', { model: 'fast', input: [] }, /"input": is empty/, 'input'],
    ['an item of no kind', { ...ask([]), input: [7] }, /"input\[0\]": must be an item/, 'input[0]'],
    [
      'a hosted item',
      { ...ask([]), input: [{ type: 'web_search_call' }] },
      /"web_search_call" items have no place/,
      'input[0].type',
    ],
    [
      'a call without a name',
      { ...ask([]), input: [{ type: 'function_call', call_id: 'x' }] },
      /input\[0\]/,
      'input[0].name',
    ],
    ['a role of chat', { ...ask([]), input: [{ role: 'tool', content: 'x' }] }, /input\[0\]\.role/, 'input[0].role'],
    ['a part of no kind', message({ type: 'video' }), /part 0\.type: must be input_text/, 'input[0].content'],
    ['a part without its text', message({ type: 'input_text' }), /part 0\.text/, 'input[0].content'],
    [
      'an uploaded image',
      message({ type: 'input_image', file_id: 'f' }),
      /must come as image_url/,
      'input[0].content[0]',
    ],
    [
      'an output without its call',
      { ...ask([]), input: [output] },
      /No tool call found .* call_id x/,
      'input[0].call_id',
    ],
    ['background', { ...ask([]), background: true }, /"background": cannot be true here/, 'background'],
    ['a kept conversation', { ...ask([]), conversation: 'conv_1' }, /"conversation": is not kept here/, 'conversation'],
    ['a kept prompt', { ...ask([]), prompt: { id: 'p' } }, /"prompt": is not kept here/, 'prompt'],
    [
      'a hosted tool',
      { ...ask([]), tools: [{ type: 'web_search' }] },
      /"web_search" is a tool that OpenAI runs itself/,
      'tools[0].type',
    ],
    [
      'its dated name',
      { ...ask([]), tools: [{ type: 'web_search_preview_2025_03_11' }] },
      /OpenAI runs itself/,
      'tools[0].type',
    ],
    [
      "chat's form of a function",
      { ...ask([]), tools: [{ type: 'function', function: { name: 'f' } }] },
      /stands flat here/,
      'tools[0].name',
    ],
    [
      'no label',
      { ...ask([]), tools: [mcp({ server_label: undefined })] },
      /"tools\[0\]\.server_label": is missing/,
      'tools[0].server_label',
    ],
    [
      'a label twice',
      { ...ask([]), tools: [mcp(), mcp()] },
      /"m" is the label of tools\[0\] too/,
      'tools[1].server_label',
    ],
    [
      "OpenAI's connector",
      { ...ask([]), tools: [mcp({ server_url: undefined, connector_id: 'connector_gmail' })] },
      /names a connector/,
      'tools[0].connector_id',
    ],
    [
      "another's server",
      { ...ask([]), tools: [mcp({ server_url: 'https://mcp.example.com/mcp' })] },
      /not of this gateway/,
      'tools',
    ],
    [
      'a choice of no kind',
      { ...ask([mcp()]), tool_choice: { type: 'web_search_preview' } },
      /"tool_choice": must be "auto"/,
      'tool_choice',
    ],
    [
      'a choice that is not offered',
      { ...ask([mcp()]), tool_choice: { type: 'mcp', server_label: 'm', name: 'nope' } },
      /no tool "nope" of an mcp entry/,
      'tool_choice',
    ],
    ['no calls at all', { ...ask([mcp()]), max_tool_calls: 0 }, /max_tool_calls/, 'max_tool_calls'],
  ])('is told why, with the place: %s', async (_, body, text, param) => {
    const { url, provider } = await startResponses([says('ok')])
    const { status, error } = await post(url, body)
    expect([status, error.param]).toEqual([400, param])
    expect(error.message).toMatch(text)
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type'])
    expect(provider.received).toEqual([])
  })
})

describe('a request', () => {
  it('is written in the words of chat', async () => {
    const { client, provider } = await startResponses([says('{}')])
    await client.responses.create({
      ...ask([own('mine')]),
      instructions: 'Be brief.',
      max_output_tokens: 100,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { verbosity: 'low', format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true } },
      temperature: 0.5,
      top_p: 0.9,
      parallel_tool_calls: false,
      service_tier: 'flex',
      user: 'u',
      metadata: { a: 'b' },
      truncation: 'auto',
      include: ['message.output_text.logprobs'],
      top_logprobs: 2,
      prompt_cache_key: 'k',
      store: false,
      ...{ top_k: 5 },
    })
    const { messages, tools, ...others } = provider.received[0]?.body ?? { messages: [] }
    expect(messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'what is 2 and 40?' },
    ])
    expect(tools).toEqual([
      { type: 'function', function: { name: 'mine', parameters: { type: 'object', properties: {} }, strict: false } },
    ])
    expect(others).toEqual({
      model: 'fake-1',
      max_completion_tokens: 100,
      reasoning_effort: 'low',
      verbosity: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
      temperature: 0.5,
      top_p: 0.9,
      parallel_tool_calls: false,
      service_tier: 'flex',
      user: 'u',
      logprobs: true,
      top_logprobs: 2,
      prompt_cache_key: 'k',
      top_k: 5,
    })
  })

  it('may hold texts, images and files, of messages and of outputs', async () => {
    const { client, provider } = await startResponses([says('ok')])
    const image = { type: 'input_image' as const, image_url: 'data:image/png;base64,AAAA', detail: 'low' as const }
    const file = { type: 'input_file' as const, filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' }
    const input: Input[] = [
      { role: 'developer', content: 'Be brief.' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'See.' }, image, file] },
      {
        type: 'message',
        role: 'assistant',
        id: 'msg_1',
        status: 'completed',
        content: [{ type: 'refusal', refusal: 'No.' }],
      },
      { type: 'function_call', call_id: 'x', name: 'mine', arguments: '{}' },
      { type: 'function_call_output', call_id: 'x', output: [{ type: 'input_text', text: 'This:' }, file] },
    ]
    await client.responses.create(ask([own('mine')], { input }))
    const messages = provider.received[0]?.body.messages ?? []
    expect(messages.slice(0, 4)).toEqual([
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See.' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        refusal: 'No.',
        tool_calls: [{ id: 'x', type: 'function', function: { name: 'mine', arguments: '{}' } }],
      },
      expect.objectContaining({ role: 'tool', tool_call_id: 'x', content: expect.stringContaining('This:') }),
    ])
  })

  it.each<[string, unknown, unknown]>([
    ['a word', 'required', 'required'],
    ['a function', { type: 'function', name: 'mine' }, { type: 'function', function: { name: 'mine' } }],
    [
      'a tool of a server',
      { type: 'mcp', server_label: 'm', name: 'add' },
      { type: 'function', function: { name: 'add_2' } },
    ],
  ])('may choose %s', async (_, choice, sent) => {
    const { client, provider } = await startResponses([says('ok')])
    await client.responses.create(ask([own('mine'), own('add'), mcp()], { tool_choice: choice as never }))
    expect(provider.received[0]?.body.tool_choice).toEqual(sent)
  })

  it.each<[string, object, string]>([
    ['a server', { type: 'mcp', server_label: 'd' }, 'echo,read'],
    [
      'some tools',
      {
        type: 'allowed_tools',
        mode: 'auto',
        tools: [
          { type: 'function', name: 'mine' },
          { type: 'mcp', server_label: 'd', name: 'read' },
        ],
      },
      'mine,read',
    ],
  ])('may choose among %s', async (_, choice, names) => {
    const { client, provider } = await startResponses([says('ok')])
    const docs = mcp({ server_label: 'd', server_url: 'patchbay/mcp/docs' })
    await client.responses.create(ask([own('mine'), docs], { tool_choice: choice as never }))
    expect(provider.received[0]?.body.tools?.map(tool => tool.function.name).join()).toBe(names)
  })

  it('is repeated in the answer without its secrets', async () => {
    const { client } = await startResponses([says('ok')])
    const tool = mcp({ headers: { 'x-secret': 's3cret' }, authorization: 's3cret' })
    const response = await client.responses.create(ask([tool], { instructions: 'Be brief.' }))
    expect(response).toMatchObject({
      instructions: 'Be brief.',
      tools: [{ type: 'mcp', server_label: 'm', headers: null }],
    })
    expect(JSON.stringify(response)).not.toContain('s3cret')
  })
})
