import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { ChatMessage, ToolCall, TurnRequest } from '../src/core/model.ts'

/**
 * One request that every wire is asked to write. `theirs` says it in the AI SDK's words, where our bridge, by which it is
 * translated, says less.
 */
export type Case = Readonly<{
  name: string
  request: Partial<TurnRequest>
  theirs?: (options: LanguageModelV4CallOptions) => LanguageModelV4CallOptions
}>

const png = 'data:image/png;base64,iVBORw0KGgo='
const pdf = 'data:application/pdf;base64,JVBERi0='

const user: ChatMessage = { role: 'user', content: 'What is the weather?' }

const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', description: 'Its name.' }, days: { type: 'integer' } },
      required: ['city'],
    },
  },
}
const ping = { type: 'function', function: { name: 'ping', parameters: { type: 'object', properties: {} } } }
const tools = [weather, ping]

const call = (id: string, args: string, name = 'weather'): ToolCall => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})
const asks = (...calls: ToolCall[]): ChatMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: calls,
})
const answers = (id: string, content: unknown, more: object = {}): ChatMessage => ({
  role: 'tool',
  tool_call_id: id,
  content,
  ...more,
})
const oslo = call('aaaaaaaa1', '{"city":"Oslo"}')
const rome = call('aaaaaaaa2', '{"city":"Rome","days":2}')
const round = [user, asks(oslo), answers('aaaaaaaa1', 'Sun.')]

const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

/** Requests that callers send, one idea each. Ids of calls are legal on every wire, as are the names. */
export const cases: readonly Case[] = [
  { name: 'a question', request: { messages: [user] } },
  { name: 'a question, streamed', request: { messages: [user], stream: true } },
  { name: 'a system message', request: { messages: [{ role: 'system', content: 'Be brief.' }, user] } },
  {
    name: 'a conversation',
    request: { messages: [user, { role: 'assistant', content: 'Where?' }, { role: 'user', content: 'In Oslo.' }] },
  },
  {
    name: 'two messages of the user',
    request: { messages: [user, { role: 'user', content: 'In Oslo.' }] },
  },
  {
    name: 'parts of text',
    request: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What' },
            { type: 'text', text: ' is it?' },
          ],
        },
      ],
    },
  },
  {
    name: 'an image',
    request: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: png } },
          ],
        },
      ],
    },
  },
  {
    name: 'a PDF',
    request: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'file', file: { filename: 'a.pdf', file_data: pdf } },
          ],
        },
      ],
    },
  },
  { name: 'tools', request: { messages: [user], tools } },
  ...(['auto', 'required', 'none'] as const).map(choice => ({
    name: `tool_choice ${choice}`,
    request: { messages: [user], tools, toolChoice: choice },
  })),
  {
    name: 'tool_choice of a function',
    request: { messages: [user], tools, toolChoice: { type: 'function', function: { name: 'weather' } } },
  },
  { name: 'a call and its result', request: { messages: round, tools } },
  { name: 'a call and its result, without the tools', request: { messages: round } },
  {
    name: 'parallel calls and their results',
    request: {
      messages: [user, asks(oslo, rome), answers('aaaaaaaa1', 'Sun.'), answers('aaaaaaaa2', 'Rain.')],
      tools,
    },
  },
  {
    name: 'a text beside a call',
    request: {
      messages: [user, { ...asks(oslo), content: 'I look.' }, answers('aaaaaaaa1', 'Sun.')],
      tools,
    },
  },
  {
    name: 'a call without arguments',
    request: { messages: [user, asks(call('aaaaaaaa1', '', 'ping')), answers('aaaaaaaa1', 'pong')], tools },
  },
  {
    name: 'a result that failed',
    request: { messages: [user, asks(oslo), answers('aaaaaaaa1', 'No such city.', { is_error: true })], tools },
  },
  {
    name: 'a result that is JSON',
    request: { messages: [user, asks(oslo), answers('aaaaaaaa1', '{"sun":true}')], tools },
  },
  {
    name: 'rounds one after the other, and the user again',
    request: {
      messages: [
        ...round,
        asks(rome),
        answers('aaaaaaaa2', 'Rain.'),
        { role: 'assistant', content: 'Sun and rain.' },
        { role: 'user', content: 'Thanks.' },
      ],
      tools,
    },
  },
  {
    name: 'the user right after a result',
    request: { messages: [...round, { role: 'user', content: 'And now?' }], tools },
  },
  { name: 'max_tokens', request: { messages: [user], rest: { max_tokens: 100 } } },
  { name: 'temperature', request: { messages: [user], rest: { temperature: 0.5 } } },
  { name: 'top_p', request: { messages: [user], rest: { top_p: 0.9 } } },
  { name: 'top_k', request: { messages: [user], rest: { top_k: 4 } } },
  { name: 'penalties', request: { messages: [user], rest: { presence_penalty: 0.5, frequency_penalty: 0.25 } } },
  { name: 'seed', request: { messages: [user], rest: { seed: 7 } } },
  { name: 'stop', request: { messages: [user], rest: { stop: ['END', 'STOP'] } } },
  { name: 'any JSON', request: { messages: [user], rest: { response_format: { type: 'json_object' } } } },
  {
    name: 'JSON by a schema',
    request: {
      messages: [user],
      rest: { response_format: { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } } },
    },
  },
  ...(['low', 'high'] as const).map(effort => ({
    name: `effort ${effort}`,
    request: { messages: [user], rest: { reasoning_effort: effort } },
  })),
  {
    name: 'a result with an image',
    request: {
      messages: [
        user,
        asks(oslo),
        answers('aaaaaaaa1', [
          { type: 'text', text: 'Look.' },
          { type: 'image_url', image_url: { url: png } },
        ]),
      ],
      tools,
    },
    theirs: withParts('tool', part => ({
      ...part,
      output: {
        type: 'content',
        value: [
          { type: 'text', text: 'Look.' },
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw0KGgo=' } },
        ],
      },
    })),
  },
  {
    name: 'signed thinking before a call',
    request: {
      messages: [
        user,
        {
          ...asks({ ...oslo, extra_content: { google: { thought_signature: 'c2ln' } } }),
          reasoning_content: 'Hm.',
          thinking_blocks: [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }],
        },
        answers('aaaaaaaa1', 'Sun.'),
      ],
      tools,
    },
    theirs: withParts('assistant', part => ({
      ...part,
      providerOptions:
        part.type === 'reasoning'
          ? { anthropic: { signature: 'c2ln' }, bedrock: { signature: 'c2ln' }, amazonBedrock: { signature: 'c2ln' } }
          : { google: { thoughtSignature: 'c2ln' } },
    })),
  },
  {
    name: 'one call at a time',
    request: { messages: [user], tools, rest: { parallel_tool_calls: false } },
    theirs: options => ({
      ...options,
      providerOptions: {
        openai: { parallelToolCalls: false },
        mistral: { parallelToolCalls: false },
        anthropic: { disableParallelToolUse: true },
        generic: { parallel_tool_calls: false },
      },
    }),
  },
  {
    name: 'a cached system message',
    request: {
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }] },
        user,
      ],
    },
    theirs: options => ({
      ...options,
      prompt: options.prompt.map(message => ({
        ...message,
        ...(message.role === 'system' && {
          providerOptions: {
            anthropic: { cacheControl: { type: 'ephemeral' } },
            bedrock: { cachePoint: { type: 'default' } },
            amazonBedrock: { cachePoint: { type: 'default' } },
          },
        }),
      })) as LanguageModelV4Prompt,
    }),
  },
]

/** Changes the parts of the messages of one role. */
function withParts(
  role: string,
  change: (part: Record<string, unknown>) => object,
): (options: LanguageModelV4CallOptions) => LanguageModelV4CallOptions {
  return options => ({
    ...options,
    prompt: options.prompt.map(message =>
      message.role === role && Array.isArray(message.content)
        ? { ...message, content: message.content.map(part => change(part as unknown as Record<string, unknown>)) }
        : message,
    ) as LanguageModelV4Prompt,
  })
}
