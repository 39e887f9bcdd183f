import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/core/errors.ts'
import type { ChatMessage, FunctionCall, Native, TurnEvent } from '../../src/core/model.ts'
import { asks, call, run, says } from './run-loop.ts'

const typesOf = (events: readonly { type: string }[]): string =>
  events
    .map(({ type }) => type)
    .filter(type => type !== 'delta')
    .join(' ')

describe('a loop whose turns are told', () => {
  it('says what the model said before its calls run, the form of its provider included', async () => {
    const native: Native = { wire: 'gemini', value: { parts: [{ thoughtSignature: 'c2ln' }] } }
    const turn = asks([call('add')]).map((event): TurnEvent => (event.type === 'finish' ? { ...event, native } : event))
    const { events } = await run([turn, says('done')], { tellsTurns: true })
    expect(typesOf(events)).toBe('said tool_call tool_result turn said turn finish end')
    expect(events.flatMap(event => (event.type === 'said' ? [event] : []))).toEqual([
      {
        type: 'said',
        reason: 'tool_calls',
        message: { role: 'assistant', content: null, tool_calls: [call('add')], native },
      },
      { type: 'said', reason: 'stop', message: { role: 'assistant', content: 'done' } },
    ])
  })

  it('says no call of a turn that was cut short', async () => {
    const { events } = await run([asks([call('add'), call('theirs')], 'length')], { tellsTurns: true })
    const [said] = events.filter(event => event.type === 'said')
    expect(said?.message.tool_calls).toEqual([call('theirs')])
  })

  it('hands back every call where there are no tools of ours', async () => {
    const { events } = await run([asks([call('unheard_of')])], { tellsTurns: true, tools: new Map() })
    expect(typesOf(events)).toBe('said tool_calls turn finish end')
  })
})

describe('approved calls', () => {
  const history: ChatMessage[] = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: null, tool_calls: [call('add'), call('theirs')] },
    { role: 'tool', tool_call_id: 'id_theirs', content: 'theirs ok' },
  ]
  const approved = [call('add') as FunctionCall]

  it('run first, and their results stand behind the turn that asked', async () => {
    const messages = [...history, { role: 'user', content: 'and now?' }]
    const { events, requests, called } = await run([says('done')], { messages, approved, tellsTurns: true })
    expect(called).toEqual([['add', {}]])
    expect(typesOf(events)).toBe('tool_call tool_result turn said turn finish end')
    expect(requests[0]?.messages.map(({ role, tool_call_id: id }) => id ?? role)).toEqual([
      'user',
      'assistant',
      'id_theirs',
      'id_add',
      'user',
    ])
  })

  it('stand at the end where no turn asked for them', async () => {
    const { requests } = await run([says('done')], { messages: [{ role: 'user', content: 'hi' }], approved })
    expect(requests[0]?.messages.at(-1)).toMatchObject({ role: 'tool', tool_call_id: 'id_add' })
  })
})

it('tells a failure of the gateway from one of the tool', async () => {
  const failure = new GatewayError('SOURCE_ERROR', 'The upstream said no.', { data: { code: -32000, message: 'no' } })
  const { events } = await run([asks([call('add')]), says('done')], { callTool: () => Promise.reject(failure) })
  const [result] = events.filter(event => event.type === 'tool_result')
  expect(result).toMatchObject({ result: { isError: true }, text: 'Error: The upstream said no.', failure })
})
