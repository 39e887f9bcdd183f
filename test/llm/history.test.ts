import { describe, expect, it } from 'vitest'
import { restoreHistory } from '../../src/llm/history.ts'

const call = (id: string) => ({ id, type: 'function', function: { name: `f_${id}`, arguments: '{}' } })
const user = { role: 'user', content: 'hi' }

describe('restoreHistory', () => {
  it('hands a history without our trace back as it is', () => {
    const messages = [user]
    expect(restoreHistory(messages)).toBe(messages)
  })

  it('takes our trace off an answer that was complete', () => {
    const trace = {
      mcp_list_tools: [],
      mcp_tool_calls: [call('a')],
      mcp_call_results: [{ tool_call_id: 'a', result: 'A' }],
    }
    expect(restoreHistory([user, { role: 'assistant', content: 'done', provider_specific_fields: trace }])).toEqual([
      user,
      { role: 'assistant', content: 'done' },
    ])
  })

  it("puts our calls back where the answer stopped for the caller's", () => {
    const trace = { mcp_tool_calls: [call('a')], mcp_call_results: [{ tool_call_id: 'a', name: 'f_a', result: 'A' }] }
    const stopped = { role: 'assistant', content: null, tool_calls: [call('b')] }
    const theirs = { role: 'tool', tool_call_id: 'b', content: 'B' }
    expect(restoreHistory([user, { ...stopped, provider_specific_fields: trace }, theirs])).toEqual([
      user,
      { role: 'assistant', content: null, tool_calls: [call('a')] },
      { role: 'tool', tool_call_id: 'a', content: 'A' },
      stopped,
      theirs,
    ])
  })

  it.each([
    ['a call lacks its result', { mcp_tool_calls: [call('a')], mcp_call_results: [] }],
    ['it is of another make', { citations: ['x'] }],
    ['it is no object', 'x'],
  ])('only takes the trace off where %s', (_, trace) => {
    const stopped = { role: 'assistant', content: null, tool_calls: [call('b')] }
    expect(restoreHistory([{ ...stopped, provider_specific_fields: trace }])).toEqual([stopped])
  })
})
