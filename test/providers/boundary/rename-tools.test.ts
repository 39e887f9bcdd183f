import { describe, expect, it } from 'vitest'
import type { ChatMessage, ChatTool, TurnRequest } from '../../../src/core/model.ts'
import { renameTools, restoreNames } from '../../../src/providers/boundary/rename-tools.ts'
import { openAiNames } from '../../../src/providers/boundary/tool-names.ts'

const tool = (name: string): ChatTool => ({ type: 'function', function: { name, parameters: { type: 'object' } } })
const call = (name: string) => ({ id: 'c1', type: 'function', function: { name, arguments: '{}' } })

function request(parts: Partial<TurnRequest>): TurnRequest {
  return freeze({ model: 'm', messages: [], tools: [], stream: false, rest: {}, ...parts })
}

describe('renameTools', () => {
  it('renames tools, history and answers of tools alike', () => {
    const messages: ChatMessage[] = [
      { role: 'assistant', content: null, tool_calls: [call('pets/list')] },
      { role: 'tool', tool_call_id: 'c1', name: 'pets/list', content: 'x' },
      { role: 'assistant', content: null, function_call: { name: 'pets/list', arguments: '{}' } },
      { role: 'user', name: 'pets/list', content: 'a person, not a tool' },
    ]
    const { request: sent } = renameTools(request({ tools: [tool('pets/list'), tool('ok')], messages }), openAiNames)
    expect(sent.tools).toMatchObject([{ function: { name: 'pets_list' } }, { function: { name: 'ok' } }])
    expect(sent.messages).toMatchObject([
      { tool_calls: [{ function: { name: 'pets_list' } }] },
      { name: 'pets_list' },
      { function_call: { name: 'pets_list' } },
      { name: 'pets/list' },
    ])
  })

  it.each<[string, unknown, unknown]>([
    [
      'a named choice',
      { type: 'function', function: { name: 'a/b' } },
      { type: 'function', function: { name: 'a_b' } },
    ],
    [
      'a choice of several',
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'a/b' } }] },
      },
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'a_b' } }] },
      },
    ],
    ['a word', 'required', 'required'],
  ])('renames %s, also when the tool is not listed any more', (_, toolChoice, sent) => {
    const history = [{ role: 'assistant', content: null, tool_calls: [call('old/tool')] }]
    const result = renameTools(request({ toolChoice, messages: history }), openAiNames)
    expect(result.request.toolChoice).toEqual(sent)
    expect(result.request.messages[0]).toMatchObject({ tool_calls: [{ function: { name: 'old_tool' } }] })
  })

  it('leaves hosted tools alone and their names to them', () => {
    const tools = [{ type: 'custom', custom: { name: 'run_sql' } }, tool('run/sql')]
    const { request: sent } = renameTools(request({ tools }), openAiNames)
    expect(sent.tools[0]).toBe(tools[0])
    expect(sent.tools[1]).toMatchObject({ function: { name: 'run_sql_2' } })
  })

  it('hands a request back as it is when every name is legal', () => {
    const legal = request({ tools: [tool('ok')], messages: [{ role: 'user', content: 'hi' }] })
    expect(renameTools(legal, openAiNames).request).toBe(legal)
  })

  it('reverses only the names it changed', () => {
    const { names } = renameTools(request({ tools: [tool('foo/bar'), tool('foo_bar')] }), openAiNames)
    const answer = ['foo_bar', 'foo_bar_2', 'invented'].map(call)
    expect(restoreNames(answer, names)).toEqual(['foo_bar', 'foo/bar', 'invented'].map(call))
  })
})

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) freeze(child)
  return Object.freeze(value)
}
