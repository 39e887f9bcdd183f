import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatMessage, ChatTool, ToolCall, TurnEvent, TurnRequest } from '../../src/core/model.ts'
import { isFunctionTool } from '../../src/core/model.ts'
import type { Entered } from '../../src/providers/boundary/boundary.ts'
import { enter } from '../../src/providers/boundary/boundary.ts'
import type { Codec } from '../../src/providers/codec.ts'

/** What the tool boundary promises before every wire: the dialect's rules kept on the way out, and taken back. */
export function describeBoundary(wire: string, codec: Codec): void {
  const { dialect } = codec
  const enterWith = (parts: Partial<TurnRequest>): Entered => enter(frozen(request(parts)), dialect)
  const namesSent = (names: readonly string[]): readonly string[] =>
    enterWith({ tools: names.map(name => tool(name)) }).request.tools.map(sentName)

  describe(`the tool boundary before ${wire}`, () => {
    it.each<[string, string[], string[]]>([
      ['a legal name stays', ['foo_bar'], ['foo_bar']],
      ['an illegal character becomes an underscore', ['foo/bar'], ['foo_bar']],
      ['the legal name of two keeps itself', ['foo/bar', 'foo_bar'], ['foo_bar_2', 'foo_bar']],
      ['and does so in the other order', ['foo_bar', 'foo/bar'], ['foo_bar', 'foo_bar_2']],
      ['three meet on one name', ['foo/bar', 'foo bar', 'foo_bar'], ['foo_bar_3', 'foo_bar_2', 'foo_bar']],
      [
        'the order of the request decides nothing',
        ['foo bar', 'foo_bar', 'foo/bar'],
        ['foo_bar_2', 'foo_bar', 'foo_bar_3'],
      ],
      [
        'a suffix steps over a name that has it',
        ['foo/bar', 'foo_bar', 'foo_bar_2'],
        ['foo_bar_3', 'foo_bar', 'foo_bar_2'],
      ],
      [
        'names of a prototype are names',
        ['__proto__', 'constructor', 'toString'],
        ['__proto__', 'constructor', 'toString'],
      ],
    ])('%s', (_, names, sent) => {
      expect(namesSent(names)).toEqual(sent)
    })

    it('cuts names that are too long, and tells long neighbours apart', () => {
      const { maxLength } = dialect.names
      const long = 'x'.repeat(maxLength + 10)
      const sent = namesSent([long, `${long}y`, 'x'.repeat(maxLength)])
      expect(sent.map(name => name.length)).toEqual([maxLength, maxLength, maxLength])
      expect(new Set(sent).size).toBe(3)
      expect(sent[2]).toBe('x'.repeat(maxLength))
    })

    it('sends a definition that comes twice once, and refuses two that differ', () => {
      expect(namesSent(['a', 'b', 'a'])).toEqual(['a', 'b'])
      const other = { type: 'function', function: { name: 'a', parameters: { type: 'object', properties: {} } } }
      expect(() => enterWith({ tools: [tool('a'), other] })).toThrow(/Two tools are named "a", and they differ/)
    })

    it('refuses more tools than the wire takes, and says what to do', () => {
      const few = { ...dialect, maxTools: 2 }
      const tools = ['a', 'b', 'c'].map(name => tool(name))
      expect(() => enter(request({ tools }), few)).toThrow(
        /3 tools.*at most 2.*allowed_tools.*server_url.*"mode": "search"/,
      )
      expect(enter(request({ tools: [...tools.slice(0, 2), tool('a')] }), few).request.tools).toHaveLength(2)
    })

    it('leaves hosted tools alone and their names to them', () => {
      const hosted = { type: 'custom', custom: { name: 'run_sql' } }
      const { tools } = enterWith({ tools: [tool('run/sql'), hosted] }).request
      expect(tools[1]).toEqual(hosted)
      expect(sentName(tools[0] as ChatTool)).toBe('run_sql_2')
    })

    it.each<[string, ChatTool, string]>([
      ['its name', { type: 'web_search_20250305', name: 'web_search' }, 'web/search'],
      ['its type', { type: 'code_interpreter', container: { type: 'auto' } }, 'code interpreter'],
      ['the name in the object of its type', { type: 'namespace', namespace: { name: 'crm_tools' } }, 'crm tools'],
    ])('knows a hosted tool by %s, whichever comes first', (_, hosted, clashing) => {
      for (const tools of [
        [hosted, tool(clashing)],
        [tool(clashing), hosted],
      ]) {
        const { tools: sent } = enterWith({ tools }).request
        expect(sent.filter(({ type }) => type !== 'function')).toEqual([hosted])
        expect(sent.filter(isFunctionTool).map(sentName)).toEqual([`${clashing.replace(/[^a-z]/g, '_')}_2`])
      }
    })

    it('tells an absent tool of the history from one that is here, and gives each its own name back', () => {
      const messages: ChatMessage[] = [
        { role: 'assistant', content: null, tool_calls: [call('foo_bar', 'aaaaaaaa1'), call('foo bar', 'aaaaaaaa2')] },
        { role: 'tool', tool_call_id: 'aaaaaaaa1', content: 'x' },
        { role: 'tool', tool_call_id: 'aaaaaaaa2', content: 'y' },
      ]
      const { request: sent, leave } = enterWith({ tools: [tool('foo/bar')], messages })
      const here = sentName(sent.tools[0] as ChatTool)
      const before = (sent.messages[0]?.tool_calls ?? []).map(call => (call.function as { name: string }).name)
      expect(new Set([here, ...before]).size).toBe(3)
      const calls = [here, ...before].map(name => call(name, 'aaaaaaaa3'))
      expect(namesOf(leave({ type: 'tool_calls', choice: 0, calls }))).toEqual(['foo/bar', 'foo_bar', 'foo bar'])
    })

    it('renames the older form of a call and of its answer', () => {
      const messages: ChatMessage[] = [
        { role: 'assistant', content: null, function_call: { name: 'foo/bar', arguments: '{}' } },
        { role: 'function', name: 'foo/bar', content: 'x' },
      ]
      expect(enterWith({ messages }).request.messages).toMatchObject([
        { function_call: { name: 'foo_bar' } },
        { name: 'foo_bar' },
      ])
    })

    it('gives any names legal ones, one each, whatever their order, and gives them back', () => {
      const { illegal, first = /^/, maxLength } = dialect.names
      const anyName = fc.oneof(fc.string({ minLength: 1, maxLength: 140 }), fc.stringMatching(/^[ab]{1,2}[_/. ][ab]$/))
      fc.assert(
        fc.property(fc.uniqueArray(anyName, { minLength: 1, maxLength: 12 }), names => {
          const { request: sent, leave } = enterWith({ tools: names.map(name => tool(name)) })
          const legal = sent.tools.map(sentName)
          expect(new Set(legal).size).toBe(names.length)
          for (const name of legal) {
            expect(name.replace(illegal, '')).toBe(name)
            expect(name.length).toBeGreaterThan(0)
            expect(name.length).toBeLessThanOrEqual(maxLength)
            expect(name).toMatch(first)
          }
          const calls = legal.map(name => call(name, 'aaaaaaaa1'))
          expect(namesOf(leave({ type: 'tool_calls', choice: 0, calls }))).toEqual(names)
          expect(namesSent(names.toReversed())).toEqual(legal.toReversed())
        }),
        { numRuns: 60 },
      )
    })

    it.each<[string, unknown, unknown]>([
      ['a named choice', choice('foo/bar'), choice('foo_bar')],
      ['a choice of a tool that is absent', choice('old/tool'), choice('old_tool')],
      ['a choice of several', allowed('foo/bar', 'old/tool'), allowed('foo_bar', 'old_tool')],
      ['a word', 'required', 'required'],
    ])('renames %s', (_, toolChoice, sent) => {
      expect(enterWith({ tools: [tool('foo/bar')], toolChoice }).request.toolChoice).toEqual(sent)
    })

    it('renames the history, also of tools that are absent, and never what a person is called', () => {
      const messages: ChatMessage[] = [
        { role: 'user', name: 'foo/bar', content: 'hi' },
        { role: 'assistant', content: null, tool_calls: [call('foo/bar', 'aaaaaaaa1'), call('old/tool', 'aaaaaaaa2')] },
        { role: 'tool', tool_call_id: 'aaaaaaaa1', name: 'foo/bar', content: 'x' },
        { role: 'tool', tool_call_id: 'aaaaaaaa2', content: 'y' },
      ]
      expect(enterWith({ tools: [tool('foo/bar')], messages }).request.messages).toMatchObject([
        { name: 'foo/bar' },
        { tool_calls: [{ function: { name: 'foo_bar' } }, { function: { name: 'old_tool' } }] },
        { name: 'foo_bar' },
        {},
      ])
    })

    it('a longer history renames no tool', () => {
      const tools = ['foo/bar', 'foo bar'].map(name => tool(name))
      const messages = [{ role: 'assistant', content: null, tool_calls: [call('foo*bar', 'aaaaaaaa1')] }]
      expect(enterWith({ tools, messages }).request.tools).toEqual(enterWith({ tools }).request.tools)
    })

    it('gives back the names it changed, and no others', () => {
      const { leave } = enterWith({ tools: ['foo/bar', 'foo_bar'].map(name => tool(name)) })
      const calls = ['foo_bar', 'foo_bar_2', 'invented'].map(name => call(name, 'aaaaaaaa1'))
      expect(namesOf(leave({ type: 'tool_calls', choice: 0, calls }))).toEqual(['foo_bar', 'foo/bar', 'invented'])
    })

    it('hands on every other event as it is', () => {
      const { leave } = enterWith({ tools: [tool('foo/bar')] })
      const events: TurnEvent[] = [
        { type: 'delta', choice: 0, delta: { content: 'foo_bar' } },
        { type: 'meta', model: 'm' },
        { type: 'finish', choice: 0, reason: 'stop' },
      ]
      for (const event of events) expect(leave(event)).toBe(event)
    })

    it('makes ids of calls legal, the same each time, and gives them back', () => {
      const id = 'call|a.b/1'
      const messages: ChatMessage[] = [
        { role: 'assistant', content: null, tool_calls: [call('f', id)] },
        { role: 'tool', tool_call_id: id, content: 'x' },
      ]
      const { request: sent, leave } = enterWith({ messages })
      const [asked, answered] = sent.messages
      const sentId = answered?.tool_call_id as string
      expect(asked?.tool_calls?.[0]?.id).toBe(sentId)
      expect(sentId.replace(dialect.callIds?.illegal ?? /$^/g, '*')).toBe(sentId)
      expect(enterWith({ messages: [...messages, { role: 'user', content: 'and?' }] }).request.messages[1]).toEqual(
        answered,
      )
      const back = leave({ type: 'tool_calls', choice: 0, calls: [call('f', sentId), call('f', 'other0001')] })
      expect(back.type === 'tool_calls' && back.calls.map(({ id }) => id)).toEqual([id, 'other0001'])
    })

    it('makes property keys legal and gives them back, inside arguments too', () => {
      const parameters = {
        type: 'object',
        properties: {
          '$filter/x': { type: 'string' },
          list: { type: 'array', items: { type: 'object', properties: { '@id': { type: 'number' } } } },
        },
        required: ['$filter/x'],
      }
      const text = '{"$filter/x":"$filter/x","list":[{"@id":12345678901234567890}]}'
      const messages = [{ role: 'assistant', content: null, tool_calls: [call('f', 'aaaaaaaa1', text)] }]
      const { request: sent, leave } = enterWith({ tools: [tool('f', parameters)], messages })
      const written = sent.messages[0]?.tool_calls?.[0] as ToolCall
      const keys = Object.keys(JSON.parse((written.function as { arguments: string }).arguments) as object)
      for (const key of keys) expect(key.replace(dialect.keys?.illegal ?? /$^/g, '*')).toBe(key)
      expect(JSON.stringify(written)).toContain('12345678901234567890')
      const back = leave({ type: 'tool_calls', choice: 0, calls: [written] })
      expect(back).toEqual({ type: 'tool_calls', choice: 0, calls: [call('f', 'aaaaaaaa1', text)] })
    })

    it('writes the same bytes for the same request, and nothing of its own', () => {
      const parts = {
        tools: ['foo/bar', 'b', 'a'].map(name => tool(name)),
        messages: [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: '', tool_calls: [call('foo/bar', 'call|1')] },
          { role: 'tool', tool_call_id: 'call|1', content: '', is_error: true },
          { role: 'user', content: 'go on' },
        ],
      }
      const write = (): string => JSON.stringify(codec.write(enterWith(parts).request).body)
      expect(write()).toBe(write())
      expect(write()).not.toMatch(/foo\/bar|"native"|"callId"|forward|reverse/)
      expect(write().indexOf('"b"')).toBeLessThan(write().indexOf('"a"'))
    })

    it('never sends an empty list of tools', () => {
      const { body } = codec.write(enterWith({ tools: [] }).request)
      expect(JSON.stringify(body)).not.toMatch(/"tools":\[\]|"toolConfig":\{"tools":\[\]|"functionDeclarations":\[\]/)
    })
  })
}

function request(parts: Partial<TurnRequest>): TurnRequest {
  return { model: 'm', messages: [{ role: 'user', content: 'hi' }], tools: [], stream: false, rest: {}, ...parts }
}

function tool(name: string, parameters: object = { type: 'object', properties: { x: { type: 'string' } } }): ChatTool {
  return { type: 'function', function: { name, description: 'A tool.', parameters } }
}

function call(name: string, id: string, args = '{}'): ToolCall {
  return { id, type: 'function', function: { name, arguments: args } }
}

function choice(name: string): object {
  return { type: 'function', function: { name } }
}

function allowed(...names: string[]): object {
  return { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: names.map(choice) } }
}

function sentName(tool: ChatTool): string {
  return (tool.function as { name: string }).name
}

function namesOf(event: TurnEvent): readonly unknown[] {
  return event.type === 'tool_calls' ? event.calls.map(call => (call.function as { name: string }).name) : []
}

/** Whoever writes to what the caller sent fails the test. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) frozen(child)
  return Object.freeze(value)
}
