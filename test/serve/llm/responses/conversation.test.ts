import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../../../src/core/model.ts'
import { toConversation } from '../../../../src/serve/llm/responses/conversation.ts'
import { parseInput } from '../../../../src/serve/llm/responses/input-items.ts'

const user = { role: 'user', content: 'hi' }
const says = (text: string, id?: string) => ({ role: 'assistant', content: text, ...(id && { id }) })
const thinks = (text: string, id = 'rs_1') => ({ type: 'reasoning', id, summary: [{ type: 'summary_text', text }] })
const calls = (id: string) => ({ type: 'function_call', call_id: id, name: 'mine', arguments: '{}' })
const output = (id: string) => ({ type: 'function_call_output', call_id: id, output: `${id} ok` })
const ran = (id: string, more: object = {}) => ({
  type: 'mcp_call',
  id,
  server_label: 'm',
  name: 'add',
  arguments: '{}',
  output: `${id} ok`,
  error: null,
  ...more,
})

const read = (items: readonly object[], replays: Readonly<Record<string, ChatMessage>> = {}) =>
  toConversation(parseInput(items), {
    earlier: 0,
    nameOf: (label, name) => (label === 'm' ? `${name}_2` : undefined),
    replayOf: ({ id }) => (id ? replays[id] : undefined),
  })

/** Each message in short: what was said or thought, and the ids of calls. */
const inShort = ({
  role,
  content,
  reasoning_content: thought,
  tool_calls: made,
  tool_call_id: id,
}: ChatMessage): string =>
  [role[0], id, thought && `(${String(thought)})`, content, made?.map(call => call.id).join('+')]
    .filter(Boolean)
    .join(' ')

describe('the turns of a conversation', () => {
  it.each<[string, readonly object[], readonly string[]]>([
    [
      'calls together are one turn, answered in its order',
      [calls('a'), calls('b'), output('b'), output('a')],
      ['a a+b', 't a a ok', 't b b ok'],
    ],
    [
      'a call behind an answer is another turn',
      [calls('a'), output('a'), calls('b'), output('b')],
      ['a a', 't a a ok', 'a b', 't b b ok'],
    ],
    ['a text before calls is of their turn', [says('See.'), calls('a'), output('a')], ['a See. a', 't a a ok']],
    ['a text behind calls is another turn', [ran('a'), says('Done.')], ['a a', 't a a ok', 'a Done.']],
    ['a text behind a text is another turn', [says('One.'), says('Two.')], ['a One.', 'a Two.']],
    [
      'thoughts are of the turn that they begin',
      [thinks('Hm.'), ran('a'), thinks('So.'), says('Done.')],
      ['a (Hm.) a', 't a a ok', 'a (So.) Done.'],
    ],
    [
      'an answer stands behind its calls, whoever spoke between',
      [calls('a'), user, output('a')],
      ['a a', 't a a ok', 'u hi'],
    ],
    [
      'an id that comes again is of the last call',
      [calls('a'), output('a'), calls('a'), output('a')],
      ['a a', 't a a ok', 'a a', 't a a ok'],
    ],
    ['ours and theirs may be of one turn', [ran('a'), calls('b'), output('b')], ['a a+b', 't a a ok', 't b b ok']],
  ])('%s', (_, items, messages) => {
    expect(read(items).messages.map(inShort)).toEqual(messages)
  })

  const whole = (content: string, ids: readonly string[]): ChatMessage => ({
    role: 'assistant',
    content,
    thinking_blocks: [{ signature: 's' }],
    tool_calls: ids.map(id => ({ id, type: 'function', function: { name: 'add', arguments: '{}' } })),
  })

  it.each<[string, readonly object[], ChatMessage]>([
    ['rounds of calls are told apart', [thinks('Hm.'), ran('a'), ran('b')], whole('', ['a'])],
    [
      'a text in pieces is put together',
      [thinks('Hm.'), says('One. '), thinks('Or.', 'rs_2'), says('Two.'), ran('a')],
      whole('One. Two.', ['a']),
    ],
    ['a text may stand before the item that knows', [says('See.'), thinks(''), ran('a')], whole('See.', ['a'])],
  ])('where a turn is known as it was said, %s', (_, items, replay) => {
    const { messages } = read(items, { rs_1: replay })
    expect(messages[0]).toBe(replay)
    expect(messages[1]).toMatchObject({ role: 'tool', tool_call_id: 'a' })
  })

  it.each<[string, readonly object[]]>([
    ['another text', [thinks('Hm.'), says('Other.'), ran('a')]],
    ['other arguments', [thinks('Hm.'), says('See.'), ran('a', { arguments: '{"a":1}' })]],
    ['a call less', [thinks('Hm.'), says('See.')]],
  ])('and where its items now tell %s, that is what it said', (_, items) => {
    const replay = whole('See.', ['a'])
    const [message] = read(items, { rs_1: replay }).messages
    expect(message).not.toBe(replay)
    expect(message).toMatchObject({ role: 'assistant', thinking_blocks: [{ signature: 's' }] })
  })

  it.each<[string, object, string, boolean]>([
    ['an output', { output: '42' }, '42', false],
    [
      'a failure of the tool',
      { output: null, error: { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: 'no' }] } },
      'Error: no',
      true,
    ],
    [
      'a failure of the protocol',
      { output: null, error: { type: 'mcp_protocol_error', code: 1, message: 'bad' } },
      'Error: bad',
      true,
    ],
    ['a failure in words', { output: null, error: 'bad' }, 'Error: bad', true],
    [
      'nothing, since it broke off',
      { output: null, status: 'incomplete' },
      'This call broke off. What came of it is not known.',
      true,
    ],
  ])('a call of ours is answered by %s', (_, fields, content, isError) => {
    const [asked, answer] = read([ran('mcp_x', fields)]).messages
    expect(asked?.tool_calls?.[0]).toMatchObject({ id: 'mcp_x', function: { name: 'add_2' } })
    expect([answer?.content, answer?.is_error ?? false]).toEqual([content, isError])
  })

  it('never changes the items', () => {
    const items = parseInput([user, thinks('Hm.'), calls('a'), output('a')])
    const before = structuredClone(items)
    toConversation(items, { earlier: 0, nameOf: () => undefined, replayOf: () => undefined })
    expect(items).toEqual(before)
  })
})
