import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../../src/core/model.ts'
import { toAnthropic } from '../../../src/providers/anthropic/anthropic-body.ts'
import { faultsOf } from '../../fakes/anthropic-rules.ts'
import { assistant, bodyOf, call, messagesOf, result, text, tool, turn, use, user } from './turn.ts'

const png = 'data:image/png;base64,iVBORw0KGgo='
const image = { type: 'image_url', image_url: { url: png } }
const imageBlock = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }
const toolResult = (id: string, content?: unknown, others: object = {}): object => ({
  type: 'tool_result',
  tool_use_id: id,
  ...(content !== undefined && { content }),
  ...others,
})

describe('a conversation', () => {
  it('puts system and developer messages in front, also those from its middle', () => {
    const body = bodyOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        user('a'),
        {
          role: 'developer',
          content: [{ type: 'text', text: 'Now in French.', cache_control: { type: 'ephemeral' } }],
        },
        user('b'),
      ],
    })
    expect(body.system).toEqual([
      text('Be brief.'),
      { ...text('Now in French.'), cache_control: { type: 'ephemeral' } },
    ])
    expect(body.messages).toEqual([{ role: 'user', content: [text('a'), text('b')] }])
  })

  it('sends one system text as a string, and an empty one not at all', () => {
    expect(bodyOf({ messages: [{ role: 'system', content: 'Be brief.' }, user('a')] }).system).toBe('Be brief.')
    expect('system' in bodyOf({ messages: [{ role: 'system', content: ' \n' }, user('a')] })).toBe(false)
  })

  it('makes one turn of neighbours of one role', () => {
    expect(messagesOf(user('a'), user('b'), assistant('c'), assistant('d'), user('e'))).toEqual([
      { role: 'user', content: [text('a'), text('b')] },
      { role: 'assistant', content: [text('c'), text('d')] },
      { role: 'user', content: [text('e')] },
    ])
  })

  it.each<[string, ChatMessage[]]>([
    ['as a string', [user(''), assistant(''), user('a')]],
    ['as white space', [user(' \n'), assistant(' '), user('a')]],
    [
      'in a list',
      [
        user([{ type: 'text', text: '' }]),
        assistant([{ type: 'text', text: '' }]),
        user([
          { type: 'text', text: 'a' },
          { type: 'text', text: ' ' },
        ]),
      ],
    ],
    ['as null', [user(null), assistant(null), user('a')]],
  ])('never sends an empty text: %s', (_, messages) => {
    expect(messagesOf(...messages)).toEqual([{ role: 'user', content: [text('a')] }])
  })

  it('says so where a turn of the user would be empty', () => {
    expect(messagesOf(user('a'), assistant('b'), user(''), assistant('c'), user('d'))).toMatchObject([
      {},
      {},
      { role: 'user', content: [text('(no content)')] },
      {},
      {},
    ])
  })

  it('begins with the user, also where there is nothing to say', () => {
    expect(messagesOf(assistant('a'), user('b'))).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      { role: 'user' },
    ])
    expect(messagesOf({ role: 'system', content: 'a' })).toEqual([{ role: 'user', content: [text('(no content)')] }])
  })

  it('takes white space from the end of an answer that is to be continued', () => {
    expect(messagesOf(user('a'), assistant('The answer is \n'))).toMatchObject([
      {},
      { content: [text('The answer is')] },
    ])
  })

  it('refuses a role that nobody knows, and says where', () => {
    expect(() => bodyOf({ messages: [user('a'), { role: 'function', name: 'f', content: 'x' }] })).toThrow(
      /messages\[1\] has role "function"/,
    )
  })
})

describe('a round of calls', () => {
  it('has its results first, in one turn, in the order of the calls', () => {
    expect(
      messagesOf(user('a'), assistant('b', 't1', 't2'), user('c'), result('t2', 'two'), result('t1', 'one'), user('d')),
    ).toEqual([
      { role: 'user', content: [text('a')] },
      { role: 'assistant', content: [text('b'), use('t1'), use('t2')] },
      { role: 'user', content: [toolResult('t1', 'one'), toolResult('t2', 'two'), text('c'), text('d')] },
    ])
  })

  it('has no content where a tool answered nothing', () => {
    expect(messagesOf(assistant(null, 't1'), result('t1', ''))).toMatchObject([{}, {}, { content: [toolResult('t1')] }])
    expect(messagesOf(assistant(null, 't1'), result('t1', [{ type: 'text', text: ' ' }]))).toMatchObject([
      {},
      {},
      { content: [toolResult('t1')] },
    ])
  })

  it('tells a failure, which always has a text and nothing but text', () => {
    expect(messagesOf(assistant(null, 't1'), result('t1', '', { is_error: true }))).toMatchObject([
      {},
      {},
      { content: [toolResult('t1', '(no content)', { is_error: true })] },
    ])
    expect(
      messagesOf(
        assistant(null, 't1', 't2'),
        result('t1', [text('bad'), image], { is_error: true }),
        result('t2', 'ok'),
      ),
    ).toMatchObject([
      {},
      {},
      { content: [toolResult('t1', 'bad', { is_error: true }), toolResult('t2', 'ok'), imageBlock] },
    ])
  })

  it('carries text, images and documents in a result', () => {
    const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }
    expect(messagesOf(assistant(null, 't1'), result('t1', [text('see'), image, pdf]))).toMatchObject([
      {},
      {},
      {
        content: [
          toolResult('t1', [
            text('see'),
            imageBlock,
            {
              type: 'document',
              title: 'a.pdf',
              source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
            },
          ]),
        ],
      },
    ])
  })

  it('tells in words what a tool gave and the API cannot carry', () => {
    const zip = { type: 'file', file: { filename: 'a.zip', file_data: 'data:application/zip;base64,UEs=' } }
    expect(messagesOf(assistant(null, 't1'), result('t1', [zip]))).toMatchObject([
      {},
      {},
      { content: [toolResult('t1', '[a part of type "file" (application/zip, a.zip)]')] },
    ])
  })

  it('answers a call that nobody answered with a failure that says so', () => {
    const missing = toolResult('t1', 'This call was given no result.', { is_error: true })
    expect(messagesOf(user('a'), assistant(null, 't1'), user('b'))).toMatchObject([
      {},
      {},
      { content: [missing, text('b')] },
    ])
    expect(messagesOf(user('a'), assistant(null, 't1'))).toMatchObject([{}, {}, { content: [missing] }])
  })

  it('has ids of its own, also where an earlier round has used them', () => {
    expect(
      messagesOf(user('a'), assistant(null, 't1'), result('t1', 'one'), assistant(null, 't1'), result('t1', 'two')),
    ).toMatchObject([
      {},
      { content: [use('t1')] },
      { content: [toolResult('t1', 'one')] },
      { content: [use('t1_2')] },
      { content: [toolResult('t1_2', 'two')] },
    ])
  })

  it('keeps a result whose call is not there as text', () => {
    expect(messagesOf(result('t9', 'nine'), user('b'))).toEqual([
      { role: 'user', content: [text('Result of the tool call t9:'), text('nine'), text('b')] },
    ])
  })

  it.each<[string, string, object]>([
    ['no arguments', '', {}],
    ['empty arguments', '{}', {}],
    ['an object', '{"a":{"b":[1]}}', { a: { b: [1] } }],
    ['text that is no JSON', '{"a":', { arguments: '{"a":' }],
    ['a list', '[1]', { arguments: [1] }],
    ['null', 'null', { arguments: null }],
  ])('sends arguments as an object: %s', (_, args, input) => {
    const message = { role: 'assistant', content: null, tool_calls: [call('t1', args)] }
    expect(messagesOf(message, result('t1', 'x'))).toMatchObject([{}, { content: [{ type: 'tool_use', input }] }, {}])
  })

  it('ignores an empty list of calls', () => {
    expect(messagesOf(user('a'), { role: 'assistant', content: 'b', tool_calls: [] }, user('c'))).toMatchObject([
      {},
      { content: [text('b')] },
      {},
    ])
  })

  it('keeps the breakpoints of prompt caching, on a part, a message and a result', () => {
    const cache = { cache_control: { type: 'ephemeral', ttl: '1h' } }
    expect(
      messagesOf(
        { ...user('a'), ...cache },
        assistant(null, 't1'),
        result('t1', 'x', cache),
        user([{ ...image, ...cache }]),
      ),
    ).toEqual([
      { role: 'user', content: [{ ...text('a'), ...cache }] },
      { role: 'assistant', content: [use('t1')] },
      { role: 'user', content: [toolResult('t1', 'x', cache), { ...imageBlock, ...cache }] },
    ])
  })
})

describe('thinking', () => {
  const thought = { type: 'thinking', thinking: 'hm', signature: 'c2ln' }
  const redacted = { type: 'redacted_thinking', data: 'eA==' }

  it('comes first, signed, and exactly as it was', () => {
    const message = { ...assistant('b', 't1'), reasoning_content: 'hm', thinking_blocks: [thought, redacted] }
    expect(messagesOf(user('a'), message, result('t1', 'x'))).toMatchObject([
      {},
      { content: [thought, redacted, text('b'), use('t1')] },
      {},
    ])
  })

  it('is left out without a signature: the API would refuse it', () => {
    const message = {
      ...assistant('b'),
      reasoning_content: 'hm',
      thinking_blocks: [
        { type: 'thinking', thinking: 'hm' },
        { ...thought, signature: '' },
      ],
    }
    expect(messagesOf(user('a'), message, user('c'))).toMatchObject([{}, { content: [text('b')] }, {}])
  })

  it('keeps its place in a message that Anthropic itself had said', () => {
    const content = [
      text('one'),
      thought,
      use('t1'),
      { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} },
    ]
    const native = { wire: 'anthropic', value: { role: 'assistant', content } } as const
    expect(messagesOf(user('a'), { ...assistant('other', 't1'), native }, result('t1', 'x'))).toMatchObject([
      {},
      { content },
      {},
    ])
    const renumbered = { ...assistant('other', 'call_new'), native }
    expect(messagesOf(user('a'), renumbered, result('call_new', 'x'))).toMatchObject([
      {},
      { content: [text('one'), thought, use('call_new'), {}] },
      { content: [toolResult('call_new', 'x')] },
    ])
  })

  it('reads the fields beside a message of another wire', () => {
    const native = { wire: 'gemini', value: { role: 'model', parts: [] } } as const
    expect(messagesOf(user('a'), { ...assistant('b'), native }, user('c'))).toMatchObject([
      {},
      { content: [text('b')] },
      {},
    ])
  })

  it('sends no empty text of a message that Anthropic itself had said', () => {
    const native = { wire: 'anthropic', value: { role: 'assistant', content: [text(''), use('t1')] } } as const
    expect(messagesOf(user('a'), { ...assistant(null, 't1'), native }, result('t1', 'x'))).toMatchObject([
      {},
      { content: [use('t1')] },
      {},
    ])
  })
})

describe('images and files', () => {
  const part = (url: string): object => ({ type: 'image_url', image_url: { url, detail: 'high' } })
  const file = (file: object): object => ({ type: 'file', file })
  it.each<[string, object, object]>([
    ['an image as data', part(png), imageBlock],
    [
      'image/jpg by its real name',
      part('data:image/jpg;base64,/9j/'),
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/' } },
    ],
    [
      'an image at an address',
      part('https://x.test/a.png'),
      { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } },
    ],
    [
      'an address alone',
      { type: 'image_url', image_url: 'https://x.test/a.png' },
      { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } },
    ],
    [
      'a PDF',
      file({ filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }),
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
    ],
    [
      'a PDF without a head',
      file({ file_data: 'JVBERi0xLjQ=' }),
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQ=' } },
    ],
    [
      'a text file',
      file({ filename: 'a.csv', file_data: 'data:text/csv;base64,YSxi' }),
      { type: 'document', title: 'a.csv', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
    ],
    [
      'an escaped text',
      file({ file_data: 'data:,a%20b' }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a b' } },
    ],
    ['an image as a file', file({ filename: 'a.png', file_data: png }), imageBlock],
    [
      'an uploaded file',
      file({ file_id: 'file_1' }),
      { type: 'document', source: { type: 'file', file_id: 'file_1' } },
    ],
    [
      "Anthropic's own block",
      { type: 'search_result', source: 's', title: 't', content: [text('x')] },
      { type: 'search_result', source: 's', title: 't', content: [text('x')] },
    ],
  ])('takes %s', (_, sent, block) => {
    expect(messagesOf(user([sent]))).toEqual([{ role: 'user', content: [block] }])
  })

  it.each<[string, object, RegExp]>([
    [
      'audio',
      { type: 'input_audio', input_audio: { format: 'wav', data: 'x' } },
      /messages\[0\].content\[1\].*input_audio" \(wav\)/,
    ],
    ['SVG', part('data:image/svg+xml;base64,PHN2Zz4='), /image\/svg\+xml/],
    ['an archive', file({ filename: 'a.zip', file_data: 'data:application/zip;base64,UEs=' }), /a\.zip/],
  ])('refuses %s, and says where', (_, sent, message) => {
    expect(() => bodyOf({ messages: [user([text('a'), sent])] })).toThrow(message)
  })

  it('refuses an image in a system message', () => {
    expect(() => bodyOf({ messages: [{ role: 'system', content: [image] }] })).toThrow(/messages\[0\]\.content/)
  })
})

describe('any history', () => {
  const content = fc.oneof(
    fc.constantFrom<unknown>('', ' ', 'words', null, [], [text('x'), text('')], [image]),
    fc.string({ maxLength: 5 }),
  )
  const id = fc.constantFrom('t1', 't2', 't3')
  const ids = fc.uniqueArray(id, { maxLength: 3 })
  const message: fc.Arbitrary<ChatMessage> = fc.oneof(
    fc.record({ role: fc.constantFrom('user'), content }),
    fc.record({ role: fc.constantFrom('system', 'developer'), content: fc.constantFrom('', 'rule') }),
    fc.tuple(fc.constantFrom(null, '', ' ', 'words '), ids).map(([words, calls]) => assistant(words, ...calls)),
    fc.tuple(id, content, fc.boolean()).map(([call, words, is_error]) => result(call, words, { is_error })),
  )

  it('becomes a body that the API takes, and is not changed', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.constantFrom('medium', undefined), (messages, effort) => {
        const before = JSON.stringify(messages)
        const request = turn({ messages, tools: [tool()], rest: { reasoning_effort: effort } })
        expect(faultsOf(JSON.parse(JSON.stringify(toAnthropic(request))))).toEqual([])
        expect(JSON.stringify(messages)).toBe(before)
      }),
      { numRuns: 500 },
    )
  })
})
