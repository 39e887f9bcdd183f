import { describe, expect, it } from 'vitest'
import type { ChatMessage, TurnRequest } from '../../../src/core/model.ts'
import { geminiCodec } from '../../../src/providers/gemini/gemini.ts'
import { asks, call, everything, png, request, result } from './requests.ts'

type Content = { role: string; parts: Record<string, unknown>[] }

function write(parts: Partial<TurnRequest>): { contents: Content[]; systemInstruction?: unknown } {
  return geminiCodec.write(request(parts)).body as { contents: Content[] }
}

const user = { role: 'user', content: 'hi' }
const hi = { role: 'user', parts: [{ text: 'hi' }] }
const bridge = { role: 'user', parts: [{ text: 'Continue.' }] }

describe('turns for Gemini', () => {
  it.each<[string, ChatMessage[], unknown[]]>([
    [
      'two turns of the user are one',
      [user, { role: 'user', content: 'there' }],
      [{ role: 'user', parts: [{ text: 'hi' }, { text: 'there' }] }],
    ],
    [
      'the model never comes first or last',
      [{ role: 'assistant', content: 'Hello.' }],
      [bridge, { role: 'model', parts: [{ text: 'Hello.' }] }, bridge],
    ],
    [
      'empty parts and turns are left out, as text and as a list',
      [user, { role: 'assistant', content: '' }, { role: 'user', content: [{ type: 'text', text: '' }] }],
      [hi],
    ],
    ['a conversation of nothing still asks', [{ role: 'user', content: '' }], [bridge]],
    [
      'what only another model reads is left out',
      [
        user,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'x' },
            { type: 'text', text: 'Yes.' },
          ],
          reasoning_content: 'x',
        },
        user,
      ],
      [hi, { role: 'model', parts: [{ text: 'Yes.' }] }, hi],
    ],
  ])('%s', (_, messages, contents) => {
    expect(write({ messages }).contents).toEqual(contents)
  })

  it('joins messages of the system and the developer, wherever they stand', () => {
    const messages = [
      { role: 'system', content: 'a' },
      user,
      { role: 'developer', content: [{ type: 'text', text: 'b' }] },
    ]
    expect(write({ messages })).toEqual({
      contents: [hi],
      systemInstruction: { parts: [{ text: 'a' }, { text: 'b' }] },
    })
    expect(write({ messages: messages.slice(0, 1) })).toEqual({ contents: [{ role: 'user', parts: [{ text: 'a' }] }] })
  })

  it('gives data as inlineData and addresses as fileData, each with its media type', () => {
    const { contents } = geminiCodec.write(everything.media as TurnRequest).body as { contents: Content[] }
    expect(contents[0]?.parts).toEqual([
      { text: 'Look.' },
      { inlineData: { mimeType: 'image/png', data: 'aGk=' } },
      { fileData: { mimeType: 'image/webp', fileUri: 'https://host/a.webp' } },
      { inlineData: { mimeType: 'audio/mpeg', data: 'aGk=' } },
      { inlineData: { mimeType: 'application/pdf', data: 'aGk=' } },
      { fileData: { mimeType: 'video/mp4', fileUri: 'gs://bucket/a.mp4' } },
    ])
  })

  it.each<[string, unknown, RegExp]>([
    ['a part of no known type', [{ type: 'hologram' }], /messages\[0\]\.content\[0\] has the type "hologram"/],
    ['an image without address', [{ type: 'image_url', image_url: {} }], /has neither data nor an address/],
    ['content that is no content', 7, /messages\[0\]\.content is neither text nor a list/],
  ])('refuses %s, and says where', (_, content, message) => {
    expect(() => write({ messages: [{ role: 'user', content }] })).toThrow(message)
  })
})

describe('calls and results for Gemini', () => {
  const names = (content: Content | undefined): unknown[] =>
    (content?.parts ?? []).map(part => (part.functionResponse as { response: unknown } | undefined)?.response)

  it('answers every call in one user turn, in the order of the calls (gemini-cli#3814)', () => {
    const messages = [user, asks(call('a', 'f'), call('b', 'g')), result('b', 'two'), result('a', 'one'), user]
    expect(write({ messages }).contents).toEqual([
      hi,
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }, { functionCall: { name: 'g', args: {} } }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'f', response: { output: 'one' } } },
          { functionResponse: { name: 'g', response: { output: 'two' } } },
          { text: 'hi' },
        ],
      },
    ])
  })

  it('matches parallel results by id, however often an id comes again (LiteLLM#22578)', () => {
    const round = (text: string): ChatMessage[] => [
      asks(call('call_0', 'f'), call('call_0', 'f')),
      result('call_0', `${text}1`),
      result('call_0', `${text}2`),
    ]
    const { contents } = write({ messages: [user, ...round('a'), ...round('b')] })
    expect(contents.map(names).slice(1)).toEqual([
      [undefined, undefined],
      [{ output: 'a1' }, { output: 'a2' }],
      [undefined, undefined],
      [{ output: 'b1' }, { output: 'b2' }],
    ])
  })

  it('gives a call without a result an error, and a result without a call as text', () => {
    const { contents } = write({ messages: [user, asks(call('a', 'f')), user, result('z', 'orphan')] })
    expect(contents[2]?.parts).toEqual([
      { functionResponse: { name: 'f', response: { error: 'No result was given.' } } },
      { text: 'hi' },
      { text: 'The result of a call that is not in this conversation:' },
      { text: 'orphan' },
    ])
  })

  it('says failures as errors, and JSON as text, so that no $ref in it is followed (hermes-agent#100441, vercel/ai#13020)', () => {
    const schema = '{"$ref":"#/$defs/x","n":12345678901234567890}'
    const messages = [
      user,
      asks(call('a', 'f'), call('b', 'f'), call('c', 'f')),
      result('a', schema),
      result('b', 'no', { is_error: true }),
      result('c', { a: 1 }),
    ]
    expect(names(write({ messages }).contents[2])).toEqual([{ output: schema }, { error: 'no' }, { output: '{"a":1}' }])
  })

  it('puts images inside results for Gemini 3, and beside them for earlier models (vercel/ai#8357)', () => {
    const messages = [
      user,
      asks(call('a', 'f')),
      result('a', [
        { type: 'text', text: 'x' },
        { type: 'image_url', image_url: { url: png } },
      ]),
    ]
    const inlineData = { mimeType: 'image/png', data: 'aGk=' }
    expect(write({ messages, model: 'gemini-3-flash' }).contents[2]?.parts).toEqual([
      { functionResponse: { name: 'f', response: { output: 'x' }, parts: [{ inlineData }] } },
    ])
    expect(write({ messages }).contents[2]?.parts).toEqual([
      { functionResponse: { name: 'f', response: { output: 'x' } } },
      { text: 'From the result of f:' },
      { inlineData },
    ])
  })

  it('describes what a tool returned and no model reads', () => {
    const zip = { type: 'file', file: { file_data: 'data:application/zip;base64,aGk=' } }
    const { contents } = write({ messages: [user, asks(call('a', 'f')), result('a', [zip])] })
    expect(names(contents[2])).toEqual([{ output: '[file application/zip, which cannot be shown]' }])
  })

  it('gives a PDF as a file, never as text (vercel/ai#16994)', () => {
    const file = { type: 'file', file: { file_data: 'data:application/pdf;base64,aGk=' } }
    const { contents } = write({ messages: [user, asks(call('a', 'f')), result('a', [file])], model: 'gemini-3-pro' })
    expect(contents[2]?.parts).toEqual([
      {
        functionResponse: {
          name: 'f',
          response: { output: 'A file with it.' },
          parts: [{ inlineData: { mimeType: 'application/pdf', data: 'aGk=' } }],
        },
      },
    ])
  })

  it.each<[string, unknown]>([
    ['', {}],
    ['{"a":1}', { a: 1 }],
    ['not JSON', { input: 'not JSON' }],
    ['[1]', { input: [1] }],
    ['{"__proto__":{"x":1}}', JSON.parse('{"__proto__":{"x":1}}')],
  ])('replays arguments %j as an object (vercel/ai#16643)', (text, args) => {
    const { contents } = write({ messages: [user, asks(call('a', 'f', text)), result('a', 'x')] })
    expect(JSON.stringify(contents[1]?.parts[0])).toBe(JSON.stringify({ functionCall: { name: 'f', args } }))
  })

  it('takes the older function_call and its answer', () => {
    const old = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } }
    const { contents } = write({ messages: [user, old, { role: 'function', name: 'f', content: 'x' }] })
    expect(names(contents[2])).toEqual([{ output: 'x' }])
  })
})

describe('thought signatures', () => {
  const model = 'gemini-3-pro-preview'
  const signed = { extra_content: { google: { thought_signature: 'c2ln' } } }
  const parts = (message: ChatMessage, to = model): unknown =>
    write({ model: to, messages: [user, message, ...(message.tool_calls ?? []).map(({ id }) => result(id, 'x'))] })
      .contents[1]?.parts

  it('stand beside the call, never in it (Portkey#1450), and are replayed as they came (LiteLLM#16893)', () => {
    expect(parts(asks(call('a', 'f', '{}', signed), call('b', 'f')))).toEqual([
      { functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' },
      { functionCall: { name: 'f', args: {} } },
    ])
  })

  it('are skipped for the first of several unsigned calls, for Gemini 3 alone', () => {
    const sentinel = { functionCall: { name: 'f', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }
    const unsigned = { functionCall: { name: 'f', args: {} } }
    const message = asks(call('a', 'f'), call('b', 'f'))
    expect(parts(message)).toEqual([sentinel, unsigned])
    expect(parts(message, 'gemini-flash-latest')).toEqual([sentinel, unsigned])
    expect(parts(message, 'gemini-2.5-pro')).toEqual([unsigned, unsigned])
  })

  it('of another model are left out', () => {
    const other = { extra_content: { google: { thought_signature: 'c2ln', model: 'gemini-2.5-flash' } } }
    expect(parts(asks(call('a', 'f', '{}', other)))).toMatchObject([
      { thoughtSignature: 'skip_thought_signature_validator' },
    ])
    expect(parts(asks(call('a', 'f', '{}', other)), 'gemini-2.5-flash')).toMatchObject([{ thoughtSignature: 'c2ln' }])
    expect(parts(asks(call('a', 'f', '{}', other)), 'gemini-2.5-flash-lite')).toEqual([
      { functionCall: { name: 'f', args: {} } },
    ])
  })

  const said = [
    { text: 'Hm.', thought: true },
    { text: 'So.', thoughtSignature: 'dGV4dA==' },
    { functionCall: { id: 'g1', name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' },
    { functionCall: { id: 'g2', name: 'f' } },
  ]
  const native = (value: object): ChatMessage => ({
    ...asks(call('x1', 'f', '{"a":1}', signed), call('x2', 'f')),
    native: { wire: 'gemini', value: { role: 'model', parts: said, ...value } },
  })

  it('of a message of this wire are replayed in its own parts, and results carry its own ids', () => {
    const messages = [user, native({ modelVersion: `${model}-11-2025` }), result('x2', 'two'), result('x1', 'one')]
    const { contents } = write({ model, messages })
    expect(contents[1]).toEqual({ role: 'model', parts: said })
    expect(contents[2]?.parts).toEqual([
      { functionResponse: { id: 'g1', name: 'f', response: { output: 'one' } } },
      { functionResponse: { id: 'g2', name: 'f', response: { output: 'two' } } },
    ])
    expect(JSON.stringify(contents)).not.toContain('modelVersion')
  })

  it('of a message of this wire, but another model, are left out with its thoughts', () => {
    expect(parts(native({ modelVersion: 'gemini-2.5-pro' }))).toEqual([
      { text: 'So.' },
      { functionCall: { id: 'g1', name: 'f', args: { a: 1 } }, thoughtSignature: 'skip_thought_signature_validator' },
      { functionCall: { id: 'g2', name: 'f' } },
    ])
  })

  it('go by the calls where those were changed since, or the message is of another wire', () => {
    const fromCalls = [{ functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' }]
    const [first] = native({}).tool_calls ?? []
    expect(parts({ ...native({}), tool_calls: first ? [first] : [] })).toEqual(fromCalls)
    expect(parts({ ...asks(call('x1', 'f', '{"a":1}', signed)), native: { wire: 'anthropic', value: {} } })).toEqual(
      fromCalls,
    )
  })

  it('are renamed with their calls by the dialect, and nothing else is', () => {
    const renamed = geminiCodec.dialect.renameNative?.({ role: 'model', parts: said }, name => `${name}_2`)
    expect(renamed).toEqual({
      role: 'model',
      parts: [
        said[0],
        said[1],
        { functionCall: { id: 'g1', name: 'f_2', args: { a: 1 } }, thoughtSignature: 'c2ln' },
        { functionCall: { id: 'g2', name: 'f_2' } },
      ],
    })
  })
})
