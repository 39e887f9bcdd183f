import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../../../src/core/model.ts'
import type { ContentPart } from '../../../src/providers/ai-sdk/language-model.ts'
import { finishes, mockModel, turnOf } from './mock-model.ts'

const call: ContentPart = { type: 'tool-call', toolCallId: 'call_1', toolName: 'f', input: '{"a":1}' }
const usage = {
  prompt_tokens: 3,
  completion_tokens: 2,
  total_tokens: 5,
  prompt_tokens_details: { cached_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 1 },
}
const finish = (word: string): ContentPart => (finishes.v4 as (word: string) => ContentPart)(word)

function callsOf(events: readonly TurnEvent[]): unknown {
  return events.flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
}

describe.each(Object.keys(finishes))('an answer of a model of version %s', version => {
  const end = finishes[version] as (word: string) => ContentPart

  it('is streamed piece by piece, its calls whole and just before the end', async () => {
    const parts = [
      { type: 'stream-start', warnings: [] },
      { type: 'response-metadata', modelId: 'x-2026' },
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
      { type: 'reasoning-end', id: 'r', providerMetadata: { p: { signature: 's' } } },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'I ' },
      { type: 'text-delta', id: 't', delta: 'call.' },
      { type: 'text-end', id: 't' },
      { type: 'tool-input-start', id: 'call_1', toolName: 'f' },
      { type: 'tool-input-delta', id: 'call_1', delta: '{"a":1}' },
      { type: 'tool-input-end', id: 'call_1' },
      call,
      end('tool-calls'),
    ]
    const events = await turnOf(mockModel({ parts }, version).provider)
    expect(events).toEqual([
      { type: 'meta', model: 'x-2026' },
      { type: 'delta', choice: 0, delta: { reasoning_content: 'Hm.' } },
      { type: 'delta', choice: 0, delta: { content: 'I ' } },
      { type: 'delta', choice: 0, delta: { content: 'call.' } },
      { type: 'meta', usage },
      {
        type: 'tool_calls',
        choice: 0,
        calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
      { type: 'finish', choice: 0, reason: 'tool_calls', native: expect.anything() },
    ])
    expect(events.at(-1)).toMatchObject({
      native: {
        wire: 'ai-sdk',
        value: {
          content: [
            { type: 'reasoning', text: 'Hm.', providerOptions: { p: { signature: 's' } } },
            { type: 'text', text: 'I call.' },
            { type: 'tool-call', toolCallId: 'call_1', toolName: 'f', input: { a: 1 } },
          ],
        },
      },
    })
  })

  it('is read whole', async () => {
    const { finishReason, usage: spent } = end('stop')
    const whole = {
      content: [{ type: 'text', text: 'hello' }],
      finishReason,
      usage: spent,
      response: { modelId: 'x-2026' },
    }
    const events = await turnOf(mockModel({ whole }, version).provider, { stream: false })
    expect(events).toMatchObject([
      { type: 'meta', model: 'x-2026' },
      { type: 'delta', delta: { content: 'hello' } },
      { type: 'meta', usage },
      { type: 'finish', reason: 'stop' },
    ])
  })
})

describe('a call of a model of the AI SDK', () => {
  it.each<[string, ContentPart[]]>([
    ['a stream ends without a finish', [call]],
    ['a stream has an error after it', [call, { type: 'error', error: 'cut' }, finish('tool-calls')]],
    [
      'the end knows no reason, which is how packages tell of a connection that was cut',
      [call, { type: 'finish', finishReason: { unified: 'other', raw: undefined } }],
    ],
    ['the end knows no reason, in version 2', [call, { type: 'finish', finishReason: 'unknown' }]],
    ['the end is an error', [call, finish('error')]],
    ['the end is "interrupted", which some packages say of a connection that was cut', [call, finish('interrupted')]],
  ])('is not told when %s', async (_, parts) => {
    const seen: TurnEvent[] = []
    const { provider } = mockModel({ parts })
    const read = async (): Promise<void> => {
      const request = { model: 'x', messages: [], tools: [], stream: true, rest: {} }
      for await (const event of provider.turn(request, { signal: AbortSignal.timeout(5_000) })) seen.push(event)
    }
    await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_ERROR' })
    expect(seen).toEqual([])
  })

  it.each(['error', 'interrupted'])('is not told when a whole answer ended with "%s"', async word => {
    const whole = { content: [call], finishReason: { unified: word, raw: undefined } }
    const turn = turnOf(mockModel({ whole }).provider, { stream: false })
    await expect(turn).rejects.toMatchObject({ code: 'PROVIDER_ERROR', data: { status: 502 } })
  })

  it('is told when a whole answer does not say how it ended', async () => {
    const whole = { content: [call], finishReason: { unified: 'other', raw: undefined } }
    const events = await turnOf(mockModel({ whole }).provider, { stream: false })
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool_calls' })
  })

  it.each(['length', 'content-filter'])('is not told when the answer ended with "%s"', async word => {
    const events = await turnOf(mockModel({ parts: [call, finish(word)] }).provider)
    expect(events.map(({ type }) => type)).toEqual(['meta', 'finish'])
    expect(JSON.stringify(events)).not.toContain('call_1')
  })

  it.each<[string, unknown, string]>([
    ['no arguments', '', '{}'],
    ['arguments that are an object', { a: 1 }, '{"a":1}'],
    ['arguments that are cut', '{"a"', '{"a"'],
  ])('has %s as text', async (_, input, text) => {
    const events = await turnOf(mockModel({ parts: [{ ...call, input }, finish('tool-calls')] }).provider)
    expect(callsOf(events)).toMatchObject([{ function: { arguments: text } }])
  })

  it('has an id that no other has, also where the package gives none', async () => {
    const parts = [{ ...call, toolCallId: '' }, call, call, finish('stop')]
    const events = await turnOf(mockModel({ parts }).provider)
    const ids = (callsOf(events) as { id: string }[]).map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
    expect(ids.every(id => id !== '')).toBe(true)
    expect(events.at(-1)).toEqual({ type: 'finish', choice: 0, reason: 'tool_calls' })
  })

  it('that the provider runs itself is not told', async () => {
    const parts = [{ ...call, providerExecuted: true }, { type: 'text-delta', id: 't', delta: 'x' }, finish('stop')]
    expect(callsOf(await turnOf(mockModel({ parts }).provider))).toEqual([])
  })
})

it('an image that a model of the AI SDK made is told as a data URI', async () => {
  const data = { type: 'data', data: new Uint8Array([1, 2]) }
  const parts = [{ type: 'file', mediaType: 'image/png', data }, finish('stop')]
  const events = await turnOf(mockModel({ parts }).provider)
  expect(events[0]).toEqual({
    type: 'delta',
    choice: 0,
    delta: { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AQI=' } }] },
  })
})

it('an answer of a model of the AI SDK is bounded', async () => {
  const parts = [{ type: 'text-delta', id: 't', delta: 'x'.repeat(1_001) }, finish('stop')]
  await expect(turnOf(mockModel({ parts }).provider)).rejects.toThrow(/larger than 1000 bytes/)
})

describe('a failure of a model of the AI SDK', () => {
  const key = 'a-key-that-is-secret'
  const more = { apiKey: key, settings: { nested: ['another-secret-value'] } }

  it.each([true, false])('keeps status, words and delay of the provider, and no secret (streamed %s)', async stream => {
    const throws = Object.assign(new Error('Too many'), {
      name: 'AI_APICallError',
      statusCode: 429,
      responseBody: JSON.stringify({ error: { message: `slow down, ${key} another-secret-value`, type: 'rate' } }),
      responseHeaders: { 'retry-after': '7' },
    })
    const { provider } = mockModel({ throws }, 'v4', more)
    const thrown = await turnOf(provider, { stream }).catch((thrown: unknown) => thrown)
    expect(thrown).toMatchObject({
      code: 'PROVIDER_ERROR',
      data: { status: 429, retryAfter: '7', error: { message: 'slow down, *** ***', type: 'rate' } },
    })
  })

  it('that the package refuses to write is the fault of the request', async () => {
    const throws = Object.assign(new Error(`"x" functionality not supported ${key}`), {
      name: 'AI_UnsupportedFunctionalityError',
    })
    await expect(turnOf(mockModel({ throws }, 'v4', more).provider)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('not supported ***'),
    })
  })

  it('that came before any answer is told without secrets', async () => {
    const throws = new TypeError('fetch failed', { cause: new Error(`connect ${key}`) })
    const thrown = await turnOf(mockModel({ throws }, 'v4', more).provider).catch((thrown: unknown) => thrown)
    expect(thrown).toMatchObject({ code: 'PROVIDER_ERROR', data: { status: 502 } })
    expect(JSON.stringify([thrown, (thrown as Error).message])).not.toContain(key)
  })
})
