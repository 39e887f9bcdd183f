import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { ChatMessage, TurnRequest } from '../../src/core/model.ts'
import { aiSdkDialect } from '../../src/providers/ai-sdk/ai-sdk-dialect.ts'
import { toCallOptions } from '../../src/providers/ai-sdk/ai-sdk-options.ts'
import { anthropicCodec } from '../../src/providers/anthropic/anthropic.ts'
import { bedrockCodec } from '../../src/providers/bedrock/bedrock.ts'
import { enter } from '../../src/providers/boundary/boundary.ts'
import type { Dialect } from '../../src/providers/codec.ts'
import { geminiCodec } from '../../src/providers/gemini/gemini.ts'
import { openAiCodec } from '../../src/providers/openai/openai.ts'
import { openAiProfiles } from '../../src/providers/openai/profiles.ts'
import { faultsOf as anthropicFaults } from '../fakes/anthropic-rules.ts'
import type { GeminiBody } from '../fakes/gemini-provider.ts'
import { findFault } from '../fakes/gemini-provider.ts'
import { faultsOf as bedrockShapes } from './bedrock/service-model.ts'

type Written = Readonly<{ path: string; body: JsonObject }>

/** A wire, and what its provider would refuse in a body. */
type Judged = Readonly<{
  model: string
  dialect: Dialect
  write: (request: TurnRequest) => Written
  faults: (written: Written) => readonly string[]
}>

const { signal } = new AbortController()
const anthropic = anthropicCodec()
const mistral = openAiCodec(openAiProfiles.mistral)

const wires: Readonly<Record<string, Judged>> = {
  anthropic: { model: 'claude-sonnet-4-5', ...anthropic, faults: ({ body }) => anthropicFaults(body) },
  gemini: {
    model: 'gemini-3-pro-preview',
    ...geminiCodec,
    faults: ({ body, path }) => [findFault({ body: body as GeminiBody, path })].filter(fault => fault !== undefined),
  },
  bedrock: {
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    ...bedrockCodec,
    faults: ({ body }) => [...bedrockShapes(body), ...converseFaults(body as ConverseBody)],
  },
  mistral: { model: 'mistral-large', ...mistral, faults: ({ body }) => mistralFaults(body as ChatBody) },
  'the AI SDK': {
    model: 'x',
    dialect: aiSdkDialect,
    write: request => ({ path: '', body: { ...toCallOptions(request, 'v4', signal) } }),
    faults: ({ body }) => promptFaults(body as PromptBody),
  },
}

const png = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
const content = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    ' ',
    'words',
    null,
    [],
    [{ type: 'text', text: '' }],
    [{ type: 'text', text: 'x' }, png],
  ),
  fc.string({ maxLength: 5 }),
)
const id = fc.constantFrom('call|1', 'call_2', 'aaaaaaaa3')
const call = fc
  .tuple(id, fc.constantFrom('list', 'old/tool', '__proto__'), fc.constantFrom('', '{}', '{"a":1}', '[1]', '{"a'))
  .map(([id, name, args]) => ({ id, type: 'function', function: { name, arguments: args } }))
const asked = fc.record({
  role: fc.constant('assistant'),
  content: fc.constantFrom(null, '', ' ', 'words '),
  tool_calls: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }),
})
const answered = fc.record({ role: fc.constant('tool'), tool_call_id: id, content, is_error: fc.boolean() })
const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({ role: fc.constant('user'), content }),
  fc.record({ role: fc.constantFrom('system', 'developer'), content: fc.constantFrom('', 'rule') }),
  asked,
  answered,
)
/** As the API of OpenAI takes it: what is asked is answered at once. */
const round: fc.Arbitrary<ChatMessage[]> = fc
  .tuple(asked, content)
  .map(([message, words]) => [
    message,
    ...message.tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: words })),
  ])
const wholeHistory = fc
  .array(
    fc.oneof(
      round,
      fc.record({ role: fc.constant('user'), content }).map(message => [message]),
    ),
    { maxLength: 5 },
  )
  .map(rounds => rounds.flat())

const tools = [{ type: 'function', function: { name: 'list', parameters: { type: 'object', properties: {} } } }]

describe.each(Object.keys(wires))('any history, written for %s', name => {
  const { model, dialect, write, faults } = wires[name] as Judged
  // Callers of OpenAI's own format answer for the order of what they send; other wires mend it.
  const histories = name === 'mistral' ? wholeHistory : fc.array(message, { maxLength: 8 })

  it('is one that the provider takes, and is not changed', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), (messages, hasTools) => {
        const before = JSON.stringify(messages)
        const request = { model, messages, tools: hasTools ? tools : [], stream: false, rest: {} }
        const written = write(enter(request, dialect).request)
        expect(faults(JSON.parse(JSON.stringify(written)) as Written)).toEqual([])
        expect(JSON.stringify(messages)).toBe(before)
      }),
      { numRuns: 400 },
    )
  })
})

type ConverseBlock = {
  text?: string
  toolUse?: { toolUseId: string; name: string; input: unknown }
  toolResult?: { toolUseId: string; content: { text?: string }[] }
}
type ConverseBody = JsonObject & {
  messages: { role: string; content: ConverseBlock[] }[]
  toolConfig?: unknown
}

/** What Converse refuses beyond the shapes of its service model (ValidationException). */
function converseFaults({ messages, toolConfig }: ConverseBody): string[] {
  return [
    ...(messages[0]?.role === 'user' ? [] : ['a conversation must start with a user message']),
    ...messages.flatMap(({ role, content }, index) => {
      const uses = content.flatMap(({ toolUse }) => toolUse ?? [])
      const next = messages[index + 1]?.content.flatMap(({ toolResult }) => toolResult ?? []) ?? []
      const before = messages[index - 1]?.content.flatMap(({ toolUse }) => toolUse ?? []) ?? []
      const results = content.flatMap(({ toolResult }) => toolResult ?? [])
      const ids = uses.map(({ toolUseId }) => toolUseId)
      return [
        ...(content.length > 0 ? [] : [`messages.${index} is empty`]),
        ...(messages[index - 1]?.role === role ? [`messages.${index}: roles must alternate`] : []),
        ...(content.some(({ text }) => text !== undefined && text.trim() === '') ? ['a text is blank'] : []),
        ...(results.some(({ content }) => content.length === 0) ? ['a result is empty'] : []),
        ...(new Set(ids).size === ids.length ? [] : ['duplicate toolUseIds']),
        ...(isSame(
          ids,
          next.map(({ toolUseId }) => toolUseId),
        )
          ? []
          : [`toolUse of messages.${index} is not answered`]),
        ...(results.length > before.length ? [`toolResult of messages.${index} exceeds the toolUse before`] : []),
        ...(uses.length > 0 && toolConfig === undefined ? ['The toolConfig field must be defined'] : []),
        ...uses.flatMap(({ input }) => [
          ...(typeof input === 'object' && input !== null && !Array.isArray(input) ? [] : ['input is no object']),
        ]),
      ]
    }),
  ]
}

type ChatBody = JsonObject & {
  messages: {
    role: string
    content?: unknown
    tool_call_id?: string
    tool_calls?: { id: string; function: { arguments: string } }[]
  }[]
}

/** Codes 3230 and 3280 of Mistral, counts of calls and answers, and what its templates parse. */
function mistralFaults({ messages }: ChatBody): string[] {
  return messages.flatMap(({ role, content, tool_call_id: answers, tool_calls: calls }, index) => {
    const before = messages[index - 1]
    return [
      ...(role === 'user' && before?.role === 'tool' ? ['Unexpected role user after role tool'] : []),
      ...(role === 'assistant' && content === null && calls === undefined ? ['an assistant says nothing'] : []),
      ...(calls?.length === 0 ? ['tool_calls is empty'] : []),
      ...[...(calls ?? []).map(({ id }) => id), ...(answers === undefined ? [] : [answers])]
        .filter(id => !/^[a-zA-Z0-9]{9}$/.test(id))
        .map(id => `Tool call id was ${id}`),
      ...(calls ?? []).flatMap(call => (JSON.parse(call.function.arguments) instanceof Object ? [] : ['no object'])),
      ...(calls ?? []).flatMap(({ id }) =>
        messages.slice(index + 1).some(message => message.tool_call_id === id) ? [] : [`${id} is not answered`],
      ),
    ]
  })
}

type PromptBody = JsonObject & {
  prompt: { role: string; content: string | { type: string; text?: string; toolCallId?: string; input?: unknown }[] }[]
}

/** What packages of the AI SDK refuse, or send on to providers that do. */
function promptFaults({ prompt }: PromptBody): string[] {
  const firstOther = prompt.findIndex(({ role }) => role !== 'system')
  return prompt.flatMap(({ role, content }, index) => {
    const parts = typeof content === 'string' ? [] : content
    const idsIn = (type: string, at: number): unknown[] => {
      const { content = '' } = prompt[at] ?? {}
      return typeof content === 'string' ? [] : content.filter(part => part.type === type).map(part => part.toolCallId)
    }
    return [
      ...(content.length > 0 ? [] : [`prompt.${index} is empty`]),
      ...(role === 'system' && firstOther >= 0 && index > firstOther ? ['a system message is not in front'] : []),
      ...(parts.some(({ type, text }) => type === 'text' && text?.trim() === '') ? ['a text is blank'] : []),
      ...(isSame(idsIn('tool-call', index), idsIn('tool-result', index + 1)) ? [] : ['calls are not answered']),
      ...(parts.some(({ type, input }) => type === 'tool-call' && (Array.isArray(input) || !(input instanceof Object)))
        ? ['an input is no object']
        : []),
    ]
  })
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index])
}
