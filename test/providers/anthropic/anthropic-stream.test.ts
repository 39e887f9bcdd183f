import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TurnEvent } from '../../../src/core/model.ts'
import { fromAnthropic } from '../../../src/providers/anthropic/anthropic-answer.ts'
import { fromAnthropicStream } from '../../../src/providers/anthropic/anthropic-stream.ts'
import { readStream } from '../read-stream.ts'
import { collect, each, text, told, use } from './turn.ts'

const context = { model: 'm', redact: (words: string) => words.replaceAll('sk-secret', '***') }
const read = (events: readonly object[]): Promise<TurnEvent[]> =>
  collect(readStream(fromAnthropicStream(context), each(events.map(event => ({ data: JSON.stringify(event) })))))

const usage = { input_tokens: 3, cache_read_input_tokens: 4, cache_creation_input_tokens: 5, output_tokens: 1 }
const start = (id = 'msg_1', others: object = {}): object => ({
  type: 'message_start',
  message: {
    id,
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [],
    stop_reason: null,
    usage,
    ...others,
  },
})
const begin = (index: number, block: object): object => ({ type: 'content_block_start', index, content_block: block })
const piece = (index: number, delta: object): object => ({ type: 'content_block_delta', index, delta })
const stop = (index: number): object => ({ type: 'content_block_stop', index })
const end = (reason: string | null, others: object = {}): object[] => [
  {
    type: 'message_delta',
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 9 },
    ...others,
  },
  { type: 'message_stop' },
]
const said = (index: number, words: string): object[] => [
  begin(index, text('')),
  piece(index, { type: 'text_delta', text: words }),
  stop(index),
]
const called = (index: number, id: string, ...json: string[]): object[] => [
  begin(index, { ...use(id, {}) }),
  ...json.map(partial_json => piece(index, { type: 'input_json_delta', partial_json })),
  stop(index),
]
const ping = { type: 'ping' }
const last = (events: readonly TurnEvent[]): TurnEvent | undefined => events.at(-1)
const argumentsOf = (events: readonly TurnEvent[]): unknown =>
  events.flatMap(event =>
    event.type === 'tool_calls' ? event.calls.map(call => (call.function as JsonObject).arguments) : [],
  )

describe('a stream', () => {
  it('tells text and thinking as they come, and the rest at its end', async () => {
    const events = await read([
      start(),
      begin(0, { type: 'thinking', thinking: '', signature: '' }),
      piece(0, { type: 'thinking_delta', thinking: 'h' }),
      piece(0, { type: 'thinking_delta', thinking: 'm' }),
      piece(0, { type: 'signature_delta', signature: 'c2ln' }),
      stop(0),
      begin(1, { type: 'redacted_thinking', data: 'eA==' }),
      stop(1),
      ping,
      ...said(2, 'Hello'),
      ...called(3, 't1', '{"id"', ':1}'),
      ping,
      ...end('tool_use'),
    ])
    const thinking = [
      { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'eA==' },
    ]
    expect(events).toEqual([
      { type: 'meta', model: 'claude-x' },
      { type: 'delta', choice: 0, delta: { reasoning_content: 'h' } },
      { type: 'delta', choice: 0, delta: { reasoning_content: 'm' } },
      { type: 'delta', choice: 0, delta: { content: 'Hello' } },
      { type: 'delta', choice: 0, delta: { thinking_blocks: thinking } },
      {
        type: 'meta',
        usage: {
          prompt_tokens: 12,
          completion_tokens: 9,
          total_tokens: 21,
          prompt_tokens_details: { cached_tokens: 4 },
          cache_read_input_tokens: 4,
          cache_creation_input_tokens: 5,
        },
      },
      {
        type: 'tool_calls',
        choice: 0,
        calls: [{ id: 't1', type: 'function', function: { name: 'get_pet', arguments: '{"id":1}' } }],
      },
      {
        type: 'finish',
        choice: 0,
        reason: 'tool_calls',
        native: { wire: 'anthropic', value: { role: 'assistant', content: [...thinking, text('Hello'), use('t1')] } },
      },
    ])
  })

  it('gives a call without arguments as {}', async () => {
    expect(argumentsOf(await read([start(), ...called(0, 't1', ''), ...called(1, 't2'), ...end('tool_use')]))).toEqual([
      '{}',
      '{}',
    ])
  })

  it('keeps calls apart that overlap, or that all have index 0', async () => {
    const overlap = [
      begin(0, use('a', {})),
      begin(1, use('b', {})),
      piece(1, { type: 'input_json_delta', partial_json: '{"n":2}' }),
      piece(0, { type: 'input_json_delta', partial_json: '{"n":1}' }),
      stop(0),
      stop(1),
    ]
    expect(argumentsOf(await read([start(), ...overlap, ...end('tool_use')]))).toEqual(['{"n":1}', '{"n":2}'])
    const careless = [...said(0, 'x'), ...called(0, 'a', '{"n":1}'), ...called(0, 'b', '{"n":2}')]
    expect(argumentsOf(await read([start(), ...careless, ...end('tool_use')]))).toEqual(['{"n":1}', '{"n":2}'])
  })

  it('counts each block once where message_start comes twice', async () => {
    const events = await read([start(), start(), ...said(0, 'Hi'), start(), ...end('end_turn')])
    expect(told(events, 'content')).toBe('Hi')
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1)
  })

  it('begins anew where another message is spliced in, and never gives the half call', async () => {
    const half = [begin(0, { ...use('t0', {}) }), piece(0, { type: 'input_json_delta', partial_json: '{"id":"ha' })]
    const events = await read([
      start('msg_1'),
      ...half,
      start('msg_2'),
      ...called(0, 't1', '{"id":1}'),
      ...end('tool_use'),
    ])
    expect(argumentsOf(events)).toEqual(['{"id":1}'])
    expect(last(events)).toMatchObject({ native: { value: { content: [use('t1')] } } })
  })

  it('is broken where another message is spliced in after text', async () => {
    await expect(
      read([start('msg_1'), ...said(0, 'Hel'), start('msg_2'), ...said(0, 'Hello'), ...end('end_turn')]),
    ).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
      message: expect.stringContaining('began another answer') as string,
    })
  })

  it.each<[string, string, number]>([
    ['overloaded', 'overloaded_error', 529],
    ['a rate', 'rate_limit_error', 429],
    ['the request', 'invalid_request_error', 400],
    ['anything else', 'new_error', 502],
  ])('that ends in an error tells it: %s', async (_, type, status) => {
    const error = { type: 'error', error: { type, message: 'No sk-secret here' } }
    await expect(read([start(), ...said(0, 'Hel'), error])).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
      data: { status, error: { type, message: 'No *** here' } },
    })
  })

  it('that is cut anywhere is broken, and gives no call', async () => {
    const whole = [start(), ...said(0, 'Hi'), ...called(1, 't1', '{"id"', ':1}'), ...end('tool_use')]
    for (let length = 0; length < whole.length - 2; length += 1) {
      const seen: TurnEvent[] = []
      const reading = async (): Promise<void> => {
        const frames = each(whole.slice(0, length).map(event => ({ data: JSON.stringify(event) })))
        for await (const event of readStream(fromAnthropicStream(context), frames)) seen.push(event)
      }
      await expect(reading()).rejects.toMatchObject({ code: 'PROVIDER_ERROR' })
      expect(seen.some(({ type }) => type === 'tool_calls' || type === 'finish')).toBe(false)
    }
    expect(last(await read(whole.slice(0, -1)))).toMatchObject({ reason: 'tool_calls' })
  })

  it.each<[string, string[]]>([
    ['an event that is not JSON', ['{"type":']],
    ['an event that is no object', ['[]']],
    [
      'a piece of a call that had not begun',
      [JSON.stringify(start()), JSON.stringify(piece(0, { type: 'input_json_delta', partial_json: '{' }))],
    ],
    ['nothing but an end', [JSON.stringify({ type: 'message_stop' })]],
  ])('is broken by %s', async (_, lines) => {
    await expect(
      collect(readStream(fromAnthropicStream(context), each(lines.map(data => ({ data }))))),
    ).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
    })
  })

  it('takes the input tokens of its end where it has them', async () => {
    const events = await read([
      start(),
      ...said(0, 'x'),
      ...end('end_turn', {
        usage: {
          input_tokens: 61,
          output_tokens: 2,
          output_tokens_details: { thinking_tokens: 1 },
          cache_read_input_tokens: null,
        },
      }),
    ])
    expect(events.find(event => event.type === 'meta' && event.usage !== undefined)).toMatchObject({
      usage: {
        prompt_tokens: 70,
        completion_tokens: 2,
        completion_tokens_details: { reasoning_tokens: 1 },
        prompt_tokens_details: { cached_tokens: 4 },
      },
    })
  })

  it('hands on a call that is cut by max_tokens as it came, and keeps no message that cannot be replayed', async () => {
    const events = await read([start(), ...called(0, 't1', '{"id"'), ...end('max_tokens')])
    expect(argumentsOf(events)).toEqual(['{"id"'])
    expect(last(events)).toEqual({ type: 'finish', choice: 0, reason: 'length' })
  })

  it("keeps blocks of Anthropic's own tools, citations and what it does not know in the message", async () => {
    const block = { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }
    const found = {
      type: 'web_search_tool_result',
      tool_use_id: 's1',
      content: [{ type: 'web_search_result', url: 'u' }],
    }
    const events = await read([
      start(),
      begin(0, block),
      piece(0, { type: 'input_json_delta', partial_json: '{"query":"q"}' }),
      stop(0),
      begin(1, found),
      stop(1),
      begin(2, { ...text(''), citations: [] }),
      piece(2, { type: 'citations_delta', citation: { url: 'u' } }),
      piece(2, { type: 'text_delta', text: 'x' }),
      stop(2),
      begin(3, { type: 'compaction', content: null }),
      piece(3, { type: 'compaction_delta', content: 'summary' }),
      stop(3),
      ...end('end_turn', { context_management: { applied_edits: [] } }),
    ])
    expect(argumentsOf(events)).toEqual([])
    expect(events).toContainEqual({ type: 'meta', fields: { context_management: { applied_edits: [] } } })
    expect(last(events)).toMatchObject({
      reason: 'stop',
      native: {
        value: {
          content: [
            { ...block, input: { query: 'q' } },
            found,
            { ...text('x'), citations: [{ url: 'u' }] },
            { type: 'compaction', content: 'summary' },
          ],
        },
      },
    })
  })
})

describe('a whole answer', () => {
  const answer = (content: object[], others: object = {}): readonly TurnEvent[] =>
    fromAnthropic({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-x',
      content,
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage,
      ...others,
    })

  it('is the same turn as its stream', async () => {
    const content = [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }, text('Hi'), use('t1')]
    const streamed = await read([
      start(),
      ...content.flatMap((block, index) => [begin(index, block), stop(index)]),
      ...end('tool_use'),
    ])
    const whole = answer(content, { stop_reason: 'tool_use', usage: { ...usage, output_tokens: 9 } })
    expect(last(whole)).toEqual(last(streamed))
    for (const field of ['content', 'reasoning_content']) expect(told(whole, field)).toBe(told(streamed, field))
    expect(whole.filter(({ type }) => type === 'tool_calls' || type === 'meta')).toEqual(
      streamed.filter(({ type }) => type === 'tool_calls' || type === 'meta'),
    )
  })

  it.each<[string | null, string, object | undefined]>([
    ['end_turn', 'stop', undefined],
    ['max_tokens', 'length', undefined],
    ['stop_sequence', 'stop', { stop_reason: 'stop_sequence', stop_sequence: 'END' }],
    ['pause_turn', 'length', { stop_reason: 'pause_turn' }],
    ['refusal', 'content_filter', { stop_reason: 'refusal' }],
    ['model_context_window_exceeded', 'length', { stop_reason: 'model_context_window_exceeded' }],
    ['compaction', 'length', { stop_reason: 'compaction' }],
    ['something_new', 'stop', { stop_reason: 'something_new' }],
    [null, 'stop', undefined],
  ])('that stops with %s finishes with %s', (raw, reason, fields) => {
    const events = answer([text('x')], { stop_reason: raw, stop_sequence: raw === 'stop_sequence' ? 'END' : null })
    expect(last(events)).toMatchObject({ type: 'finish', reason, ...(fields && { fields }) })
    if (fields === undefined) expect(last(events)).not.toHaveProperty('fields')
  })

  it('tells why the model refused, and has no message to replay', () => {
    const details = { type: 'refusal', category: 'cyber', explanation: 'No.' }
    const events = answer([], { stop_reason: 'refusal', stop_details: details })
    expect(told(events, 'refusal')).toBe('No.')
    expect(last(events)).toEqual({
      type: 'finish',
      choice: 0,
      reason: 'content_filter',
      fields: { stop_reason: 'refusal', stop_details: details },
    })
  })

  it('is nothing where it is no message', () => {
    expect(fromAnthropic({ id: 'x' })).toEqual([])
  })
})
