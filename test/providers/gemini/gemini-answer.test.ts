import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { ToolCall } from '../../../src/core/model.ts'
import { isFunctionCall } from '../../../src/core/model.ts'
import { callsIn, chunk, fixture, readChunks, readWhole, said } from './read.ts'

const sse = (name: string): string[] => fixture(name).split('\n').filter(Boolean)

describe('an answer of Gemini', () => {
  it('is read with thoughts, texts, calls and counts', () => {
    expect(readWhole(JSON.parse(fixture('parallel-calls.json')) as JsonObject)).toEqual([
      { type: 'meta', model: 'gemini-3-pro-preview' },
      { type: 'delta', choice: 0, delta: { reasoning_content: 'Two cities.' } },
      { type: 'delta', choice: 0, delta: { content: 'Let me look.' } },
      {
        type: 'meta',
        usage: {
          prompt_tokens: 45,
          completion_tokens: 27,
          total_tokens: 72,
          prompt_tokens_details: { cached_tokens: 10, text_tokens: 40 },
          completion_tokens_details: { reasoning_tokens: 7 },
        },
      },
      {
        type: 'tool_calls',
        choice: 0,
        calls: [
          {
            id: 'g1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Rome"}' },
            extra_content: { google: { thought_signature: 'c2ln', model: 'gemini-3-pro-preview' } },
          },
          {
            id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Oslo"}' },
          },
        ],
      },
      {
        type: 'finish',
        choice: 0,
        reason: 'tool_calls',
        fields: { google: { finishMessage: 'Model generated function call(s).' } },
        native: {
          wire: 'gemini',
          value: {
            role: 'model',
            modelVersion: 'gemini-3-pro-preview',
            parts: [
              { text: 'Two cities.', thought: true },
              { text: 'Let me look.' },
              { functionCall: { id: 'g1', name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'c2ln' },
              { functionCall: { id: 'g1', name: 'weather', args: { city: 'Oslo' } } },
            ],
          },
        },
      },
    ])
  })

  it.each<[string, string, boolean]>([
    ['STOP', 'stop', false],
    ['MAX_TOKENS', 'length', false],
    ['SAFETY', 'content_filter', true],
    ['RECITATION', 'content_filter', true],
    ['PROHIBITED_CONTENT', 'content_filter', true],
    ['OTHER', 'stop', true],
    ['SOMETHING_NEW', 'stop', true],
  ])('that ends with %s ends with %s', (finishReason, reason, isTold) => {
    const events = readWhole(chunk([{ text: 'x' }], { finishReason }) as JsonObject)
    const finish = events.at(-1)
    expect(finish).toMatchObject({ type: 'finish', reason })
    expect(finish?.type === 'finish' && finish.fields?.native_finish_reason).toBe(isTold ? finishReason : undefined)
  })

  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE'])(
    'that ends with %s is an error that says so',
    async finishReason => {
      const bad = chunk([], { finishReason, finishMessage: 'Malformed: f(secret' })
      const error = {
        code: 'PROVIDER_ERROR',
        data: {
          status: 502,
          error: { code: finishReason.toLowerCase(), message: expect.stringContaining('Malformed: f(***') },
        },
      }
      for (const read of [async () => readWhole(bad as JsonObject), () => readChunks([bad])])
        await expect(read()).rejects.toMatchObject(error)
    },
  )

  it('keeps a call from what a filter has stopped', () => {
    const parts = [{ functionCall: { name: 'f', args: {} } }]
    expect(callsIn(readWhole(chunk(parts, { finishReason: 'SAFETY' }) as JsonObject))).toEqual([])
  })

  it('tells why a prompt was refused', async () => {
    const refused = {
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
    }
    for (const events of [readWhole(refused), await readChunks([refused])]) {
      expect(said(events, 'refusal')).toBe('Gemini refused the prompt: PROHIBITED_CONTENT.')
      expect(events.at(-1)).toMatchObject({
        type: 'finish',
        reason: 'content_filter',
        fields: { native_finish_reason: 'PROHIBITED_CONTENT' },
      })
    }
  })

  it('gives images as data URIs, and what Google ran as text', () => {
    const parts = [
      { inlineData: { mimeType: 'image/png', data: 'aGk=' } },
      { inlineData: { mimeType: 'audio/wav', data: 'aGk=' } },
      { executableCode: { language: 'PYTHON', code: 'print(1)' } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
    ]
    const events = readWhole(
      chunk(parts, { finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['q'] } }) as JsonObject,
    )
    expect(events.slice(1, 3)).toMatchObject([
      { delta: { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }] } },
      { delta: { files: [{ type: 'file', file: { file_data: 'data:audio/wav;base64,aGk=' } }] } },
    ])
    expect(said(events.slice(3), 'content')).toBe('\n```python\nprint(1)\n```\n\n```\n1\n```\n')
    expect(events.at(-1)).toMatchObject({
      fields: { google: { groundingMetadata: { webSearchQueries: ['q'] } } },
      native: { value: { parts } },
    })
  })

  it('gives log probabilities as OpenAI has them', () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'hi', logProbability: -0.1, tokenId: 7 }],
      topCandidates: [
        {
          candidates: [
            { token: 'hi', logProbability: -0.1 },
            { token: 'ho', logProbability: -2 },
          ],
        },
      ],
    }
    const events = readWhole(chunk([{ text: 'hi' }], { finishReason: 'STOP', logprobsResult }) as JsonObject)
    expect(events).toContainEqual(
      expect.objectContaining({
        fields: {
          logprobs: {
            content: [
              {
                token: 'hi',
                logprob: -0.1,
                bytes: [104, 105],
                top_logprobs: [
                  expect.objectContaining({ token: 'hi' }),
                  expect.objectContaining({ token: 'ho', logprob: -2 }),
                ],
              },
            ],
            refusal: null,
          },
        },
      }),
    )
  })

  it('of several candidates ends each', () => {
    const candidate = (index: number): object => ({
      index,
      content: { parts: [{ text: `t${index}` }] },
      finishReason: 'STOP',
    })
    const events = readWhole({ candidates: [candidate(0), candidate(1)] })
    expect(events.filter(event => event.type === 'finish').map(({ choice }) => choice)).toEqual([0, 1])
  })

  it('that is none gives nothing', () => {
    for (const none of [{}, { candidates: [] }, { candidates: 'x' }, { promptFeedback: {} }])
      expect(readWhole(none)).toEqual([])
  })

  it.each([
    {},
    { content: {} },
    { content: { role: 'model' } },
    { content: { parts: null } },
    { content: { parts: [{}] } },
  ])('without parts is one that says nothing: %j (Portkey#837)', async candidate => {
    const answer = { candidates: [{ ...candidate, finishReason: 'STOP' }] }
    const nothing = [expect.objectContaining({ type: 'finish', choice: 0, reason: 'stop' })]
    expect(readWhole(answer)).toEqual(nothing)
    expect(await readChunks([answer])).toEqual(nothing)
  })

  it('holds no call that can reach a prototype (vercel/ai#16040)', () => {
    const args = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as object
    const events = readWhole(chunk([{ functionCall: { name: 'f', args } }], { finishReason: 'STOP' }) as JsonObject)
    const [call] = events.flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
    expect(argumentsOf(call)).toBe('{"__proto__":{"polluted":true},"constructor":1}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('a stream of Gemini', () => {
  it('passes text on as it comes, and calls with the end, each under an id of its own (LiteLLM#16188)', async () => {
    const events = await readChunks(sse('parallel-calls.chunks.txt'))
    expect(events.map(({ type }) => type)).toEqual(['meta', 'delta', 'delta', 'delta', 'meta', 'tool_calls', 'finish'])
    expect([said(events, 'reasoning_content'), said(events, 'content')]).toEqual(['Two cities.', 'Let me look.'])
    expect(callsIn(events)).toEqual([
      ['weather', { city: 'Rome' }],
      ['weather', { city: 'Oslo' }],
    ])
    const ids = events.flatMap(event => (event.type === 'tool_calls' ? event.calls.map(({ id }) => id) : []))
    expect(new Set(ids).size).toBe(2)
  })

  it('keeps the signature of a call, and of the empty text at its end (LiteLLM#16893)', async () => {
    const events = await readChunks([
      chunk([{ text: 'a' }]),
      chunk([{ text: 'b' }]),
      chunk([{ text: '', thoughtSignature: 'ZW5k' }]),
      chunk([{ functionCall: { name: 'f' }, thoughtSignature: 'c2ln' }], { finishReason: 'STOP' }),
    ])
    expect(events.at(-1)).toMatchObject({
      native: {
        value: {
          parts: [
            { text: 'ab' },
            { text: '', thoughtSignature: 'ZW5k' },
            { functionCall: { name: 'f' }, thoughtSignature: 'c2ln' },
          ],
        },
      },
    })
    expect(callsIn(events)).toEqual([['f', {}]])
  })

  const piece = (partialArgs: object[], willContinue = true): object =>
    chunk([{ functionCall: { partialArgs, ...(willContinue && { willContinue }) } }])
  const begin = chunk([{ functionCall: { name: 'f', willContinue: true } }])
  const stop = chunk([], { finishReason: 'STOP' })

  it('puts arguments together that come in pieces, whatever their names', async () => {
    const events = await readChunks([
      begin,
      piece([{ jsonPath: "$['a b'].list[0]", stringValue: 'x', willContinue: true }]),
      piece([
        { jsonPath: "$['a b'].list[0]", stringValue: 'y' },
        { jsonPath: "$['a b'].list[1]", numberValue: 2 },
      ]),
      piece([
        { jsonPath: '$["it\\"s"]', boolValue: false },
        { jsonPath: '$.none', nullValue: 'NULL_VALUE' },
      ]),
      piece([{ jsonPath: '$.__proto__.polluted', boolValue: true }], false),
      stop,
    ])
    const [call] = events.flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
    expect(argumentsOf(call)).toBe('{"a b":{"list":["xy",2]},"it\\"s":false,"none":null,"__proto__":{"polluted":true}}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each<[string, object[]]>([
    ['a path that leads nowhere', [begin, piece([{ jsonPath: '$..x', stringValue: 'x' }], false), stop]],
    ['a list with holes', [begin, piece([{ jsonPath: '$.x[999999999]', stringValue: 'x' }], false), stop]],
    [
      'a path through a text',
      [
        begin,
        piece(
          [
            { jsonPath: '$.x', stringValue: 'x' },
            { jsonPath: '$.x.y', stringValue: 'x' },
          ],
          false,
        ),
        stop,
      ],
    ],
    ['arguments of no call', [piece([{ jsonPath: '$.x', stringValue: 'x' }], false), stop]],
    [
      'a text of an argument that never ends',
      [begin, piece([{ jsonPath: '$.x', stringValue: 'x', willContinue: true }]), stop],
    ],
    ['no end', [chunk([{ text: 'x' }])]],
    ['no answer', [{ usageMetadata: {} }]],
    ['nothing', []],
  ])('with %s is a turn that broke off', async (_, chunks) => {
    await expect(readChunks(chunks)).rejects.toMatchObject({ code: 'PROVIDER_ERROR', data: { status: 502 } })
  })

  it.each<[string, (error: object) => object]>([
    ['alone', error => ({ error })],
    ['in a list', error => [{ error }]],
  ])('tells an error that comes %s, without our credentials', async (_, wrap) => {
    const error = {
      code: 503,
      message: 'The model is overloaded; secret.',
      status: 'UNAVAILABLE',
      details: [{ '@type': 'x', retryDelay: '3s' }],
    }
    await expect(readChunks([chunk([{ text: 'x' }]), wrap(error)])).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
      data: {
        status: 503,
        retryAfter: '3',
        error: { message: 'The model is overloaded; ***.', status: 'UNAVAILABLE' },
      },
    })
  })

  it.each(['{', '7', '[]'])('with the chunk %j is a turn that broke off', async text => {
    await expect(readChunks([text])).rejects.toMatchObject({ code: 'PROVIDER_ERROR' })
  })
})

function argumentsOf(call: ToolCall | undefined): string | undefined {
  return call !== undefined && isFunctionCall(call) ? call.function.arguments : undefined
}
