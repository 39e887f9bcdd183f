import { describe, expect, it } from 'vitest'
import type { TurnRequest } from '../../../src/core/model.ts'
import { faultsOf } from '../../fakes/anthropic-rules.ts'
import type { NamedBody } from '../check-types.ts'
import { checkTypes, pathInPackage } from '../check-types.ts'
import { assistant, bodyOf, call, result, text, tool, use, user } from './turn.ts'

/**
 * The SDK has no sampling parameters any more, since current models refuse them; older ones take them. Blocks of hosted
 * tools and betas have types of their own and are left to the provider.
 */
const header = `
  import type { MessageCreateParamsBase } from ${JSON.stringify(pathInPackage('@anthropic-ai/sdk', 'resources/messages/messages.js'))}
  type Body = MessageCreateParamsBase & { temperature?: number; top_p?: number; top_k?: number }
`

const cache = { cache_control: { type: 'ephemeral' } }
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }
const note = { type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain,a%20b' } }
const thinking = [
  { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
  { type: 'redacted_thinking', data: 'eA==' },
]
const round = [
  assistant('b', 't1', 't2'),
  result('t2', [text('x'), image, pdf]),
  result('t1', 'no', { is_error: true }),
]
const native = {
  wire: 'anthropic',
  value: { role: 'assistant', content: [...thinking, text('b'), use('t1')] },
} as const
const schema = { name: 'x', schema: { type: 'object', properties: {}, additionalProperties: false } }

const sent: readonly (readonly [string, Partial<TurnRequest>])[] = [
  ['text', {}],
  [
    'system',
    {
      messages: [
        { role: 'system', content: 'a' },
        { role: 'developer', content: [{ ...text('b'), ...cache }] },
        user('c'),
      ],
    },
  ],
  [
    'images and files',
    {
      messages: [
        user([
          text('a'),
          image,
          pdf,
          note,
          { ...image, ...cache },
          { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
          { type: 'file', file: { file_id: 'f' } },
        ]),
      ],
    },
  ],
  ['a round of calls', { messages: [user('a'), ...round], tools: [tool()] }],
  ['a round without tools', { messages: [user('a'), ...round] }],
  ['a broken history', { messages: [result('t9', [image]), assistant(null, 't1'), user(''), assistant('b ')] }],
  ['bad arguments', { messages: [{ role: 'assistant', tool_calls: [call('t1', '{"a'), call('t2', '')] }] }],
  [
    'thinking',
    {
      messages: [user('a'), { ...assistant('b', 't1'), thinking_blocks: thinking }, result('t1', '')],
      tools: [tool()],
      rest: { reasoning_effort: 'high' },
    },
  ],
  [
    'a native message',
    { messages: [user('a'), { ...assistant('b', 't1'), native }, result('t1', 'x')], tools: [tool()] },
  ],
  [
    'a native request',
    {
      native: {
        wire: 'anthropic',
        value: { max_tokens: 5, thinking: { type: 'adaptive' }, system: 'a', betas: ['x'] },
      },
    },
  ],
  [
    'tools',
    {
      tools: [
        { ...tool('a', { strict: true }), ...cache, defer_loading: true },
        { type: 'web_search_20250305', name: 'web_search' },
        { type: 'function', function: { name: 'b' } },
      ],
      toolChoice: 'auto',
    },
  ],
  [
    'one tool, one call',
    {
      tools: [tool('a')],
      toolChoice: { type: 'function', function: { name: 'a' } },
      rest: { parallel_tool_calls: false },
    },
  ],
  ['any tool', { tools: [tool('a')], toolChoice: 'required' }],
  ['no tool', { tools: [tool('a')], toolChoice: 'none' }],
  [
    'parameters',
    {
      stream: true,
      rest: {
        temperature: 2,
        top_k: 3,
        max_tokens: 5,
        stop: 'x',
        user: 'u',
        service_tier: 'auto',
        response_format: { type: 'json_schema', json_schema: schema },
      },
    },
  ],
  ['adaptive thinking', { model: 'claude-opus-4-8', rest: { reasoning_effort: 'xhigh' } }],
]

describe("the types of Anthropic's own SDK", () => {
  it('take every body that is sent', async () => {
    const bodies = sent.map(([name, fields]): NamedBody => [name, bodyOf(fields)])
    expect(await checkTypes(header, bodies)).toEqual([])
  }, 60_000)

  it('would refuse what the wire does not have', async () => {
    const good = bodyOf({ tools: [tool()] })
    const { max_tokens: _, ...unbounded } = good
    const faults = await checkTypes(header, [
      ['no bound', unbounded],
      ['a role', { ...good, messages: [{ role: 'tool', content: 'x' }] }],
      ['a choice', { ...good, tool_choice: { type: 'required' } }],
      ['no input', { ...good, messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b' }] }] }],
      ['a schema', { ...good, tools: [{ name: 'a', input_schema: { type: 'string' } }] }],
      ['a field', { ...good, parallel_tool_calls: true }],
      ['a good one', good],
    ])
    expect(faults.map(fault => fault.split(':')[0])).toEqual([
      'no bound',
      'a role',
      'a choice',
      'no input',
      'a schema',
      'a field',
    ])
  }, 60_000)
})

it.each(sent)('the rules of the API take a body with %s', (_, fields) => {
  expect(faultsOf(bodyOf(fields))).toEqual([])
})
