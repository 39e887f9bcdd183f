import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../../../src/core/model.ts'
import type { LoopEvent } from '../../../../src/llm/loop-event.ts'
import { toLegacyEvents, toToolChoice, toToolMessages } from '../../../../src/serve/llm/chat/legacy-functions.ts'

const user: ChatMessage = { role: 'user', content: 'hi' }
const asked = (name: string, args: unknown = '{}'): ChatMessage => ({
  role: 'assistant',
  content: null,
  function_call: { name, arguments: args },
})
const answered = (name: string, content: unknown = 'done'): ChatMessage => ({ role: 'function', name, content })
const called = (id: string, name: string, args = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})
const calls = (...list: object[]) => ({ role: 'assistant', content: null, tool_calls: list })
const result = (id: string, content = 'done') => ({ role: 'tool', tool_call_id: id, content })
const none = 'No result was given.'

describe('a history with functions', () => {
  it.each<[string, ChatMessage[], object[]]>([
    [
      'has calls and results',
      [user, asked('f', '{"a":1}'), answered('f'), { role: 'assistant', content: 'ok' }],
      [
        user,
        calls(called('call_function_1', 'f', '{"a":1}')),
        result('call_function_1'),
        { role: 'assistant', content: 'ok' },
      ],
    ],
    [
      'has the same function twice',
      [asked('f'), answered('f', 'one'), asked('f'), answered('f', 'two')],
      [
        calls(called('call_function_0', 'f')),
        result('call_function_0', 'one'),
        calls(called('call_function_2', 'f')),
        result('call_function_2', 'two'),
      ],
    ],
    [
      'has a call that nobody has answered',
      [asked('f'), user, asked('g')],
      [
        calls(called('call_function_0', 'f')),
        result('call_function_0', none),
        user,
        calls(called('call_function_2', 'g')),
        result('call_function_2', none),
      ],
    ],
    [
      'has a result that nobody has asked for',
      [user, answered('f')],
      [user, calls(called('call_function_1', 'f')), result('call_function_1')],
    ],
    [
      'has the result of another function',
      [asked('f'), answered('g')],
      [
        calls(called('call_function_0', 'f')),
        result('call_function_0', none),
        calls(called('call_function_1', 'g')),
        result('call_function_1'),
      ],
    ],
    [
      'has arguments that are no text, and a result that is nothing',
      [asked('f', { a: 1 }), answered('f', null)],
      [calls(called('call_function_0', 'f', '{"a":1}')), result('call_function_0', '')],
    ],
    [
      'has calls of tools beside one of a function',
      [{ ...asked('f'), tool_calls: [called('t', 'tool')] as never }, result('t') as ChatMessage, answered('f')],
      [calls(called('t', 'tool'), called('call_function_0', 'f')), result('t'), result('call_function_0')],
    ],
  ])('that %s becomes one with tools', (_, messages, expected) => {
    const before = structuredClone(messages)
    expect(toToolMessages(messages)).toEqual(expected)
    expect(messages).toEqual(before)
  })

  it('keeps what a call carries for its provider', () => {
    const extra = { google: { thought_signature: 's' } }
    const message = { ...asked('f'), function_call: { name: 'f', arguments: '{}', extra_content: extra } }
    expect(toToolMessages([message])[0]?.tool_calls).toEqual([
      { ...called('call_function_0', 'f'), extra_content: extra },
    ])
  })

  it('that has none stays what it is', () => {
    const messages: ChatMessage[] = [user, { role: 'assistant', content: 'ok', function_call: null }]
    expect(toToolMessages(messages)).toBe(messages)
  })

  it('is refused where a result does not say whose it is', () => {
    expect(() => toToolMessages([user, { role: 'function', content: 'x' }])).toThrow(/"messages\[1\]\.name"/)
  })
})

it.each([
  ['auto', 'auto'],
  ['none', 'none'],
  [{ name: 'f' }, { type: 'function', function: { name: 'f' } }],
  [undefined, undefined],
])('the choice %j becomes %j', (choice, expected) => {
  expect(toToolChoice(choice)).toEqual(expected)
})

describe('an answer to a caller of functions', () => {
  const read = async (...events: LoopEvent[]): Promise<LoopEvent[]> => {
    const all: LoopEvent[] = []
    const given = (async function* () {
      yield* events
    })()
    for await (const event of toLegacyEvents(given, new Set(['f', 'g']))) all.push(event)
    return all
  }
  const handsBack = (...list: object[]): LoopEvent => ({ type: 'tool_calls', choice: 0, calls: list as never })
  const finish = (reason: string): LoopEvent => ({ type: 'finish', choice: 0, reason })

  it('hands back the first call of a function, and says so', async () => {
    expect(await read(handsBack(called('1', 'f', '{"a":1}'), called('2', 'g')), finish('tool_calls'))).toEqual([
      { type: 'delta', choice: 0, delta: { function_call: { name: 'f', arguments: '{"a":1}' } } },
      finish('function_call'),
    ])
  })

  it('leaves calls of tools what they are', async () => {
    const tool = called('1', 'tool')
    expect(await read(handsBack(tool), finish('tool_calls'))).toEqual([handsBack(tool), finish('tool_calls')])
    expect(await read(handsBack(tool, called('2', 'f')), finish('tool_calls'))).toEqual([
      { type: 'delta', choice: 0, delta: { function_call: { name: 'f', arguments: '{}' } } },
      handsBack(tool),
      finish('tool_calls'),
    ])
  })

  it('keeps the reason of an answer that was cut, and texts', async () => {
    const events: LoopEvent[] = [{ type: 'delta', choice: 0, delta: { content: 'x' } }, finish('stop')]
    expect(await read(...events)).toEqual(events)
    expect((await read(handsBack(called('1', 'f')), finish('length'))).at(-1)).toEqual(finish('length'))
  })
})
