import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { ChatMessage, TurnRequest } from '../../../src/core/model.ts'
import type { OpenAiKind } from '../../../src/core/provider-name.ts'
import { openAiKinds } from '../../../src/core/provider-name.ts'
import { enter } from '../../../src/providers/boundary/boundary.ts'
import { openAiCodec } from '../../../src/providers/openai/openai.ts'
import { openAiProfiles } from '../../../src/providers/openai/profiles.ts'
import { hasFixtures, openAiSchema } from '../recorded-fixtures.ts'

const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }
const asked: ChatMessage = { role: 'assistant', content: null, tool_calls: [call] }
const user: ChatMessage = { role: 'user', content: 'hi' }
const text = (value: string) => ({ type: 'text', text: value })
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } }
const sound = { type: 'file', file: { filename: 'audio', file_data: 'data:audio/wav;base64,AAAA' } }
const answers = (content: unknown, others: object = {}): ChatMessage => ({
  role: 'tool',
  tool_call_id: 'call_1',
  content,
  ...others,
})

function write(kind: OpenAiKind, parts: Partial<TurnRequest>): JsonObject {
  const codec = openAiCodec(openAiProfiles[kind])
  const request = freeze({ model: 'm', messages: [user], tools: [], stream: false, rest: {}, ...parts })
  const { body } = codec.write(enter(request, codec.dialect).request)
  const sent = JSON.parse(JSON.stringify(body)) as JsonObject
  if (hasFixtures && kind === 'openai') {
    const validate = openAiSchema('CreateChatCompletionRequest')
    expect(validate(sent), JSON.stringify(validate.errors)).toBe(true)
  }
  return sent
}
const messagesOf = (kind: OpenAiKind, messages: readonly ChatMessage[]): unknown => write(kind, { messages }).messages

describe('a message to an endpoint of OpenAI', () => {
  it.each<[string, ChatMessage, unknown]>([
    ['an empty text stays', { role: 'user', content: '' }, { role: 'user', content: '' }],
    ['an empty list is an empty text', { role: 'assistant', content: [] }, { role: 'assistant', content: '' }],
    ['null without calls is an empty text', { role: 'assistant', content: null }, { role: 'assistant', content: '' }],
    ['null with calls stays', asked, asked],
    [
      'an empty list of calls goes',
      { role: 'assistant', content: 'a', tool_calls: [] },
      { role: 'assistant', content: 'a' },
    ],
    [
      'null beside a refusal stays',
      { role: 'assistant', content: null, refusal: 'no' },
      { role: 'assistant', content: null, refusal: 'no' },
    ],
    [
      'thoughts and signatures of others go',
      {
        ...asked,
        reasoning_content: 'hm',
        thinking_blocks: [{}],
        tool_calls: [{ ...call, extra_content: { google: {} } }],
      },
      asked,
    ],
    [
      'what is ours goes',
      { role: 'assistant', content: 'a', native: { wire: 'gemini', value: {} } },
      { role: 'assistant', content: 'a' },
    ],
  ])('%s', (_, message, sent) => {
    expect(messagesOf('openai', [message])).toEqual([sent])
  })

  it.each<[string, ChatMessage, string]>([
    ['a text stays', answers('x'), 'x'],
    ['texts become one', answers([text('a'), text('b')]), 'a\nb'],
    ['a failure is said in words', answers('no', { is_error: true }), 'Error: no'],
    ['but only once', answers('Error: no', { is_error: true }), 'Error: no'],
    ['a sound is described', answers([sound]), '[file audio audio/wav]'],
  ])('of an answer of a tool, %s', (_, message, content) => {
    expect(messagesOf('openai', [asked, message])).toEqual([asked, answers(content)])
  })

  it('shows images and PDFs after the last answer of the round', () => {
    const two: ChatMessage = { ...asked, tool_calls: [call, { ...call, id: 'call_2' }] }
    const second: ChatMessage = { role: 'tool', tool_call_id: 'call_2', content: 'y' }
    expect(messagesOf('openai', [two, answers([text('see'), image, pdf]), second, user])).toEqual([
      two,
      answers('see\n[image 1 of call_1] (shown below)\n[file 2 of call_1] (shown below)'),
      second,
      { role: 'user', content: [text('[image 1 of call_1]'), image, text('[file 2 of call_1]'), pdf] },
      user,
    ])
  })

  it.each<OpenAiKind>(['deepseek', 'ollama', 'generic'])('describes an image to %s', kind => {
    expect(messagesOf(kind, [asked, answers([image])])).toEqual([asked, answers('[image image/png]')])
  })

  it('puts something between an answer of a tool and the user for Mistral, and makes ids of nine characters', () => {
    const sent = messagesOf('mistral', [asked, answers('x'), user]) as { role: string; tool_call_id?: string }[]
    expect(sent.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant', 'user'])
    expect(sent[1]?.tool_call_id).toMatch(/^[a-zA-Z0-9]{9}$/)
    const shown = messagesOf('mistral', [asked, answers([image])]) as { role: string }[]
    expect(shown.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant', 'user'])
  })

  it('gives Mistral a file as a document, whoever it is from', () => {
    const file = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }
    const document = { type: 'document_url', document_url: file.file.file_data, document_name: 'a.pdf' }
    expect(messagesOf('mistral', [{ role: 'user', content: [file] }])).toEqual([{ role: 'user', content: [document] }])
    expect((messagesOf('mistral', [asked, answers([file])]) as object[]).at(-1)).toMatchObject({
      content: [{}, document],
    })
    expect(messagesOf('generic', [{ role: 'user', content: [file] }])).toEqual([{ role: 'user', content: [file] }])
  })

  it.each<[OpenAiKind, string, string]>([
    ['openai', '', '{}'],
    ['openai', '[1]', '[1]'],
    ['openai', '{"x"', '{"x"'],
    ['azure', '{"x"', '{"x"'],
    ['vllm', ' ', '{}'],
    ['vllm', '{"x":1}', '{"x":1}'],
    ['vllm', '[1]', '{"arguments":"[1]"}'],
    ['mistral', '{"x"', '{"arguments":"{\\"x\\""}'],
  ])('gives %s a call whose arguments were %j', (kind, text, sent) => {
    const call = { id: 'aaaaaaaa1', type: 'function', function: { name: 'f', arguments: text } }
    const messages = messagesOf(kind, [{ role: 'assistant', content: null, tool_calls: [call] }, answers('x')])
    expect((messages as object[])[0]).toMatchObject({ tool_calls: [{ function: { arguments: sent } }] })
  })

  it('gives DeepSeek its thoughts back between calls, and not once the user has spoken', () => {
    const thought = { ...asked, reasoning_content: 'hm' }
    expect(messagesOf('deepseek', [user, thought, answers('x')])).toEqual([user, thought, answers('x')])
    expect(messagesOf('deepseek', [user, thought, answers('x'), user])).toEqual([user, asked, answers('x'), user])
  })
})

describe('a body for an endpoint of OpenAI', () => {
  const tool = (others: object) => ({ type: 'function', function: { name: 'f', ...others } })
  const functionOf = (kind: OpenAiKind, others: object): JsonObject =>
    (write(kind, { tools: [tool(others)] }).tools as { function: JsonObject }[])[0]?.function as JsonObject

  it.each<[OpenAiKind, object, object]>([
    ['openai', { max_tokens: 5 }, { max_completion_tokens: 5 }],
    ['openai', { max_tokens: 5, max_completion_tokens: 6 }, { max_completion_tokens: 6 }],
    [
      'mistral',
      { max_completion_tokens: 5, seed: 1, stream_options: {}, user: 'u', x: 1 },
      { max_tokens: 5, random_seed: 1, x: 1 },
    ],
    ['generic', { max_tokens: 5, max_completion_tokens: 6, x: 1 }, { max_tokens: 5, max_completion_tokens: 6, x: 1 }],
    ['openai', { parallel_tool_calls: false }, {}],
  ])('%s gets %j as %j', (kind, rest, fields) => {
    expect(write(kind, { rest: rest as JsonObject })).toEqual({ model: 'm', messages: [user], ...fields })
  })

  it.each<[OpenAiKind, object | undefined]>([
    ['openai', { include_usage: true, include_obfuscation: false }],
    ['vllm', { include_usage: true, include_obfuscation: false }],
    ['azure', { include_obfuscation: false }],
    ['generic', { include_obfuscation: false }],
    ['mistral', undefined],
  ])('asks %s for the usage of a stream where it is known to tell it', (kind, expected) => {
    const options = { include_obfuscation: false }
    expect(write(kind, { stream: true, rest: { stream_options: options } }).stream_options).toEqual(expected)
    expect(write(kind, { stream: false }).stream_options).toBeUndefined()
    expect(options).toEqual({ include_obfuscation: false })
  })

  it.each(['auto', 'none'])('says nothing of tool_choice %s where there are no tools', toolChoice => {
    expect(write('openai', { toolChoice })).not.toHaveProperty('tool_choice')
  })

  it('keeps strict where the schema keeps its rules, and drops it elsewhere', () => {
    const inner = { type: 'object', properties: { y: {} }, required: ['y'], additionalProperties: false }
    const kept = { type: 'object', properties: { x: inner }, required: ['x'], additionalProperties: false }
    expect(functionOf('openai', { strict: true, parameters: kept })).toMatchObject({ strict: true })
    for (const parameters of [
      { ...kept, required: [] },
      { ...kept, additionalProperties: true },
      { ...kept, properties: { x: { ...inner, required: [] } } },
    ]) {
      expect(functionOf('openai', { strict: true, parameters })).not.toHaveProperty('strict')
    }
  })

  it('writes schemas with an object at the root and items in arrays, and always some', () => {
    const parameters = { anyOf: [{ properties: { a: { type: 'array' } } }] }
    expect(functionOf('openai', { parameters }).parameters).toEqual({
      type: 'object',
      properties: { a: { type: 'array', items: {} } },
    })
    expect(functionOf('generic', {}).parameters).toEqual({ type: 'object', properties: {} })
  })

  it('cuts descriptions for Azure', () => {
    expect(functionOf('azure', { description: 'x'.repeat(2_000) }).description).toHaveLength(1_024)
  })

  it('leaves tools out where an endpoint knows no allowed_tools', () => {
    const toolChoice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool({})] } }
    const tools = [
      tool({}),
      { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
    ]
    expect(write('openai', { tools, toolChoice })).toMatchObject({ tools: { length: 2 }, tool_choice: toolChoice })
    expect(write('generic', { tools, toolChoice })).toMatchObject({ tools: { length: 1 }, tool_choice: 'required' })
  })

  it.each(openAiKinds)('for %s is the same for the same request', kind => {
    const parts = { messages: [user, asked, answers([text('a'), image]), user], tools: [tool({})], rest: { top_p: 1 } }
    expect(JSON.stringify(write(kind, parts))).toBe(JSON.stringify(write(kind, parts)))
  })
})

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) freeze(child)
  return Object.freeze(value)
}
