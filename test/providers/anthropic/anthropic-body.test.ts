import { describe, expect, it } from 'vitest'
import type { TurnRequest } from '../../../src/core/model.ts'
import { anthropicCodec } from '../../../src/providers/anthropic/anthropic.ts'
import { toAnthropic } from '../../../src/providers/anthropic/anthropic-body.ts'
import { assistant, bodyOf, result, tool, turn, user } from './turn.ts'

const old = 'claude-sonnet-4-5-20250929'
const recent = 'claude-opus-4-8'
const rest = (fields: object, model = old, others: Partial<TurnRequest> = {}): Record<string, unknown> =>
  bodyOf({ model, rest: { ...fields }, ...others })

describe('max_tokens', () => {
  it.each<[string, string, object, number]>([
    ['is what the caller says', old, { max_tokens: 7 }, 7],
    ['is the newer word where both are there', old, { max_tokens: 7, max_completion_tokens: 9 }, 9],
    ['is sent for a current model that nobody bounds', recent, {}, 32_000],
    ['is sent for a model of version 3', 'claude-3-haiku-20240307', {}, 4_096],
    ['is sent for a model of version 3.5', 'claude-3-5-sonnet-20241022', {}, 8_192],
    ['is sent for a model that is no Claude', 'kimi-k2', { max_tokens: null }, 8_192],
  ])('%s', (_, model, fields, expected) => {
    expect(rest(fields, model).max_tokens).toBe(expected)
  })

  it('is what the operator says where the caller does not', () => {
    expect(toAnthropic(turn(), { maxOutputTokens: 500 }).max_tokens).toBe(500)
    expect(toAnthropic(turn({ rest: { max_tokens: 7 } }), { maxOutputTokens: 500 }).max_tokens).toBe(7)
  })
})

describe('parameters', () => {
  it.each<[string, object, object]>([
    ['temperature', { temperature: 0.2 }, { temperature: 0.2 }],
    ['a temperature above 1', { temperature: 1.7 }, { temperature: 1 }],
    ['top_p', { top_p: 0.9 }, { top_p: 0.9 }],
    ['temperature before top_p', { temperature: 0, top_p: 0.9 }, { temperature: 0 }],
    ['top_k', { top_k: 5 }, { top_k: 5 }],
    ['one stop sequence', { stop: 'END' }, { stop_sequences: ['END'] }],
    ['stop sequences that are not blank', { stop: ['', '\n', 'END'] }, { stop_sequences: ['END'] }],
    ['no stop sequence', { stop: [' '] }, {}],
    ['the user', { user: 'u1' }, { metadata: { user_id: 'u1' } }],
    [
      "Anthropic's own user before it",
      { user: 'u1', metadata: { user_id: 'u2', other: 'x' } },
      { metadata: { user_id: 'u2' } },
    ],
    ['a safety identifier', { safety_identifier: 'u3' }, { metadata: { user_id: 'u3' } }],
    ['service tiers', { service_tier: 'default' }, { service_tier: 'standard_only' }],
    ['no tier that there is not', { service_tier: 'flex' }, {}],
    [
      'a schema of the answer',
      { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } },
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    ],
    [
      'nothing of what the API has no word for',
      {
        seed: 1,
        logprobs: true,
        n: 1,
        frequency_penalty: 1,
        response_format: { type: 'json_object' },
        stream_options: {},
        parallel_tool_calls: false,
        unknown: 1,
      },
      {},
    ],
  ])('carry %s', (_, given, expected) => {
    const { model, messages, max_tokens: _m, ...others } = rest(given)
    expect(others).toEqual(expected)
  })

  it('leave sampling out where a model refuses it, unless the operator says that it does not', () => {
    expect('temperature' in rest({ temperature: 0.2 }, recent)).toBe(false)
    expect('temperature' in rest({ temperature: 0.2 }, 'claude-mythos-preview')).toBe(false)
    expect(toAnthropic(turn({ model: recent, rest: { temperature: 0.2 } }), { sampling: true }).temperature).toBe(0.2)
  })

  it('refuse a second choice, which the API cannot give', () => {
    expect(() => rest({ n: 2 })).toThrow(/n is 2/)
  })
})

describe('reasoning_effort', () => {
  it.each<[string, string, object, object]>([
    [
      'is a budget on top of an open end',
      old,
      { reasoning_effort: 'medium' },
      { max_tokens: 40_192, thinking: { type: 'enabled', budget_tokens: 8_192 } },
    ],
    [
      'is at most half of what the caller allows',
      old,
      { reasoning_effort: 'high', max_tokens: 8_000 },
      { max_tokens: 8_000, thinking: { type: 'enabled', budget_tokens: 4_000 } },
    ],
    [
      'is at least what the API takes',
      old,
      { reasoning_effort: 'low', max_tokens: 1_500 },
      { max_tokens: 1_500, thinking: { type: 'enabled', budget_tokens: 1_024 } },
    ],
    ['is nothing where there is no room', old, { reasoning_effort: 'low', max_tokens: 1_024 }, { max_tokens: 1_024 }],
    ['none is no thinking', old, { reasoning_effort: 'none' }, { max_tokens: 32_000 }],
    [
      'is adaptive on 4.6',
      'claude-opus-4-6',
      { reasoning_effort: 'xhigh' },
      { max_tokens: 32_000, thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    [
      'is adaptive and shown from 4.7 on',
      recent,
      { reasoning_effort: 'xhigh' },
      { max_tokens: 32_000, thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'xhigh' } },
    ],
    [
      'none is little effort on an adaptive model',
      recent,
      { reasoning_effort: 'none' },
      { max_tokens: 32_000, output_config: { effort: 'low' } },
    ],
    [
      "gives way to Anthropic's own field",
      old,
      { reasoning_effort: 'low', thinking: { type: 'enabled', budget_tokens: 5_000 } },
      { max_tokens: 37_000, thinking: { type: 'enabled', budget_tokens: 5_000 } },
    ],
  ])('%s', (_, model, fields, expected) => {
    const { model: _m, messages, ...others } = rest(fields, model)
    expect(others).toEqual(expected)
  })

  it('leaves no sampling beside thinking', () => {
    expect('temperature' in rest({ reasoning_effort: 'low', temperature: 0 })).toBe(false)
    expect(rest({ thinking: { type: 'disabled' }, temperature: 0 }).temperature).toBe(0)
  })

  it('is left out of a turn in which a call is forced, if it is a budget', () => {
    const forced = { tools: [tool()], toolChoice: 'required' }
    expect('thinking' in rest({ reasoning_effort: 'low' }, old, forced)).toBe(false)
    expect('thinking' in rest({ thinking: { type: 'enabled', budget_tokens: 2_000 } }, old, forced)).toBe(false)
    expect('thinking' in rest({ reasoning_effort: 'low' }, recent, forced)).toBe(true)
  })

  it('is left out where the calls being answered have lost their thinking, if it is a budget', () => {
    const history = [user('a'), assistant(null, 't1'), result('t1', 'x')]
    const thinking_blocks = [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }]
    const whole = [user('a'), { ...assistant(null, 't1'), thinking_blocks }, result('t1', 'x')]
    expect('thinking' in rest({ reasoning_effort: 'low' }, old, { messages: history })).toBe(false)
    expect('thinking' in rest({ reasoning_effort: 'low' }, old, { messages: whole })).toBe(true)
    expect('thinking' in rest({ reasoning_effort: 'low' }, recent, { messages: history })).toBe(true)
  })
})

describe('tools', () => {
  it('are functions with a schema, and without an empty description', () => {
    const bare = { type: 'function', function: { name: 'a', description: ' ' } }
    expect(bodyOf({ tools: [bare, tool('b', { strict: true })] }).tools).toEqual([
      { name: 'a', input_schema: { type: 'object', properties: {} } },
      { name: 'b', description: 'x', input_schema: { type: 'object', properties: {} }, strict: true },
    ])
  })

  it('are strict where the model knows what that is', () => {
    expect(
      JSON.stringify(bodyOf({ model: 'claude-3-7-sonnet-20250219', tools: [tool('b', { strict: true })] }).tools),
    ).not.toContain('strict')
  })

  it("keep Anthropic's own fields, and hosted tools as they are, in their order", () => {
    const hosted = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 }
    const cached = { ...tool('b'), cache_control: { type: 'ephemeral' }, defer_loading: true }
    expect(bodyOf({ tools: [tool('z'), hosted, cached] }).tools).toMatchObject([
      { name: 'z' },
      hosted,
      { name: 'b', cache_control: { type: 'ephemeral' }, defer_loading: true },
    ])
  })

  it("refuse OpenAI's custom tools by name", () => {
    expect(() => bodyOf({ tools: [{ type: 'custom', custom: { name: 'grep' } }] })).toThrow(/"grep"/)
  })

  it.each<[string, unknown, object, unknown]>([
    ['no choice', undefined, {}, undefined],
    ['auto', 'auto', {}, { type: 'auto' }],
    ['none', 'none', {}, { type: 'none' }],
    ['required', 'required', {}, { type: 'any' }],
    ['a function', { type: 'function', function: { name: 'a' } }, {}, { type: 'tool', name: 'a' }],
    [
      'one call at a time',
      undefined,
      { parallel_tool_calls: false },
      { type: 'auto', disable_parallel_tool_use: true },
    ],
    [
      'one call of a function',
      { type: 'function', function: { name: 'a' } },
      { parallel_tool_calls: false },
      { type: 'tool', name: 'a', disable_parallel_tool_use: true },
    ],
    ['none, one at a time', 'none', { parallel_tool_calls: false }, { type: 'none' }],
    ['many calls', 'auto', { parallel_tool_calls: true }, { type: 'auto' }],
  ])('are chosen by %s', (_, toolChoice, given, expected) => {
    const request = turn({
      tools: [tool('a'), tool('b')],
      rest: { ...given },
      ...(toolChoice !== undefined && { toolChoice }),
    })
    expect(toAnthropic(request).tool_choice).toEqual(expected)
  })

  it('are only those that allowed_tools names', () => {
    const toolChoice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'b' } }] },
    }
    expect(bodyOf({ tools: [tool('a'), tool('b')], toolChoice })).toMatchObject({
      tools: [{ name: 'b' }],
      tool_choice: { type: 'any' },
    })
  })

  it('are needed for a choice', () => {
    const body = bodyOf({ toolChoice: 'auto', rest: { parallel_tool_calls: false } })
    expect('tools' in body || 'tool_choice' in body).toBe(false)
    expect(() => bodyOf({ tools: [tool()], toolChoice: { type: 'nonsense' } })).toThrow(/tool_choice names no tool/)
  })

  it('of the history are named, and may not be called, where the turn has none', () => {
    expect(
      bodyOf({ messages: [user('a'), assistant(null, 't1', 't2'), result('t1', 'x'), result('t2', 'y')] }),
    ).toMatchObject({
      tools: [{ name: 'get_pet', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    })
  })
})

describe('a caller who speaks this wire', () => {
  const value = {
    max_tokens: 50,
    top_k: 3,
    thinking: { type: 'adaptive' },
    context_management: { edits: [] },
    system: [{ type: 'text', text: 'theirs' }],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    messages: 'not taken',
    betas: ['context-management-2025-06-27'],
  }
  const request = turn({
    model: recent,
    messages: [{ role: 'system', content: 'ours' }, user('a')],
    tools: [tool()],
    stream: true,
    rest: { temperature: 0.5, max_tokens: 9 },
    native: { wire: 'anthropic', value },
  })

  it('has their own fields in place of the parameters', () => {
    const { messages, tools, model, ...others } = toAnthropic(request)
    expect(others).toEqual({
      max_tokens: 50,
      top_k: 3,
      thinking: { type: 'adaptive' },
      context_management: { edits: [] },
      system: [{ type: 'text', text: 'theirs' }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      stream: true,
    })
    expect(messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'a' }] }])
  })

  it('has their beta features in the header, beside the configured ones', () => {
    const { path, headers, body } = anthropicCodec({ betas: ['files-api-2025-04-14'] }).write(request)
    expect(path).toBe('/v1/messages')
    expect(headers).toEqual({
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'files-api-2025-04-14,context-management-2025-06-27',
    })
    expect('betas' in body).toBe(false)
    expect(anthropicCodec().write(turn()).headers).toEqual({ 'anthropic-version': '2023-06-01' })
  })

  it('is not taken for one of another wire', () => {
    expect(toAnthropic({ ...request, native: { wire: 'gemini', value } })).toMatchObject({
      max_tokens: 9,
      system: 'ours',
    })
  })
})

it('lets nothing internal reach the wire, and changes nothing of the request', () => {
  const request = turn({
    messages: [
      user('a'),
      { ...assistant('b', 't1'), reasoning_content: 'hm', name: 'x', native: { wire: 'openai', value: {} } },
      result('t1', 'x', { is_error: false, name: 'get_pet' }),
    ],
    tools: [tool()],
  })
  const before = JSON.stringify(request)
  const body = JSON.stringify(toAnthropic(request))
  expect(body).not.toMatch(/native|is_error|reasoning_content|tool_calls|tool_call_id/)
  expect(JSON.stringify(request)).toBe(before)
})
