import { describe, expect, it } from 'vitest'
import { calls, says } from '../../../fakes/openai-provider.ts'
import type { Input } from './responses-setup.ts'
import { ask, eventsOf, find, mcp, own, sendBack, startResponses, typesOf } from './responses-setup.ts'

const asksToAdd = calls([{ id: 'c1', name: 'add', args: { a: 2, b: 40 } }], { content: 'May I?' })
const careful = mcp({ require_approval: undefined })
const user: Input = { role: 'user', content: 'what is 2 and 40?' }
const answerTo = (id: string, approve: boolean, reason?: string): Input => ({
  type: 'mcp_approval_response',
  approval_request_id: id,
  approve,
  ...(reason && { reason }),
})

describe('a call that needs approval', () => {
  it('is asked for, which is what a server needs unless it says otherwise', async () => {
    const server = await startResponses([asksToAdd])
    const events = await eventsOf(server, ask([careful]))
    const last = events.at(-1)
    expect(typesOf(events.slice(-3))).toBe('response.output_item.added response.output_item.done response.completed')
    const output = last?.type === 'response.completed' ? last.response.output : []
    expect(typesOf(output)).toBe('mcp_list_tools message mcp_approval_request')
    const request = find(output, 'mcp_approval_request')
    expect(request).toEqual({
      id: expect.stringMatching(/^mcpr_/),
      type: 'mcp_approval_request',
      server_label: 'm',
      name: 'add',
      arguments: '{"a":2,"b":40}',
    })
    expect(server.called).toEqual([])
  })

  it.each(['previous_response_id', 'the items'])('runs once it is approved, by %s', async by => {
    const server = await startResponses([asksToAdd])
    const { client, provider, called } = server
    const first = await client.responses.create(ask([careful]))
    const request = find(first.output, 'mcp_approval_request')
    provider.script(says('It is 42.'))
    const answer = answerTo(request.id, true)
    const second = await client.responses.create(
      by === 'the items'
        ? ask([careful], { input: [user, ...sendBack(first.output), answer] })
        : ask([careful], { input: [answer], previous_response_id: first.id }),
    )
    expect(called).toEqual([['math__add', { a: 2, b: 40 }]])
    expect(typesOf(second.output)).toBe('mcp_call message')
    expect(find(second.output, 'mcp_call')).toMatchObject({
      approval_request_id: request.id,
      server_label: 'm',
      name: 'add',
      output: 'math__add ok',
      status: 'completed',
    })
    expect(provider.received[1]?.body.messages).toEqual([
      { role: 'user', content: 'what is 2 and 40?' },
      { role: 'assistant', content: 'May I?', tool_calls: [expect.objectContaining({ id: 'c1' })] },
      { role: 'tool', tool_call_id: 'c1', content: 'math__add ok' },
    ])

    provider.script(says('Bye.'))
    const bye: Input = { role: 'user', content: 'bye' }
    await client.responses.create(
      by === 'the items'
        ? ask([careful], { input: [user, ...sendBack(first.output), answer, ...sendBack(second.output), bye] })
        : ask([careful], { input: [bye], previous_response_id: second.id }),
    )
    expect(called).toHaveLength(1)
    expect(provider.received[2]?.body.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'what is 2 and 40?'],
      ['assistant', 'May I?'],
      ['tool', 'math__add ok'],
      ['assistant', 'It is 42.'],
      ['user', 'bye'],
    ])
  })

  it.each(['previous_response_id', 'the items'])(
    'is not run once it is refused, and the model goes on, by %s',
    async by => {
      const { client, provider, called } = await startResponses([asksToAdd])
      const first = await client.responses.create(ask([careful]))
      provider.script(says('Then not.'))
      const answer = answerTo(find(first.output, 'mcp_approval_request').id, false, 'too risky')
      const second = await client.responses.create(
        by === 'the items'
          ? ask([careful], { input: [user, ...sendBack(first.output), answer] })
          : ask([careful], { input: [answer], previous_response_id: first.id }),
      )
      expect([called, typesOf(second.output), second.output_text]).toEqual([[], 'message', 'Then not.'])
      expect(provider.received[1]?.body.messages.at(-1)).toEqual({
        role: 'tool',
        tool_call_id: 'c1',
        content: 'Error: The user did not approve this call: too risky. It was not run.',
      })
    },
  )

  it('waits beside calls that ran, and beside those of the caller, until all are answered', async () => {
    const turn = calls([
      { id: 'a', name: 'add', args: {} },
      { id: 'b', name: 'echo', args: {} },
      { id: 'x', name: 'mine', args: {} },
    ])
    const { client, provider, called } = await startResponses([turn])
    const tools = [own('mine'), mcp({ require_approval: { never: { tool_names: ['echo'] } } })]
    const first = await client.responses.create(ask(tools))
    expect(typesOf(first.output)).toBe('mcp_list_tools mcp_call mcp_approval_request function_call')
    expect(called.map(([name]) => name)).toEqual(['math__echo'])
    const approval = answerTo(find(first.output, 'mcp_approval_request').id, true)
    await expect(
      client.responses.create(ask(tools, { input: [approval], previous_response_id: first.id })),
    ).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('No tool output found for function call x'),
    })
    expect(called).toHaveLength(1)

    provider.script(says('done'))
    const input: Input[] = [{ type: 'function_call_output', call_id: 'x', output: 'mine ok' }, approval]
    await client.responses.create(ask(tools, { input: [...input, user], previous_response_id: first.id }))
    expect(called.map(([name]) => name)).toEqual(['math__echo', 'math__add'])
    expect(provider.received[1]?.body.messages.map(({ role, tool_call_id: id }) => id ?? role)).toEqual([
      'user',
      'assistant',
      'b',
      'x',
      'a',
      'user',
    ])
  })

  it('that nobody answered is told to the model as not run', async () => {
    const { client, provider, called } = await startResponses([asksToAdd])
    const first = await client.responses.create(ask([careful]))
    provider.script(says('ok'))
    await client.responses.create(ask([careful], { input: 'never mind', previous_response_id: first.id }))
    expect(called).toEqual([])
    expect(provider.received[1]?.body.messages[2]?.content).toContain('needs an approval that was not given')
  })

  it('does not run again where its result was taken out of the conversation', async () => {
    const { client, provider, called } = await startResponses([asksToAdd])
    const first = await client.responses.create(ask([careful]))
    provider.script(says('ok'))
    const answer = answerTo(find(first.output, 'mcp_approval_request').id, true)
    const input: Input[] = [user, ...sendBack(first.output), answer, { role: 'assistant', content: 'It is 42.' }, user]
    await client.responses.create(ask([careful], { input }))
    expect(called).toEqual([])
    expect(provider.received[1]?.body.messages[2]?.content).toContain('not known any more')
  })

  it.each([
    ['is not in the conversation', [answerTo('mcpr_unknown', true)], [careful], 'input[0].approval_request_id'],
    [
      'is of a tool that is not offered',
      [
        user,
        { type: 'mcp_approval_request', id: 'mcpr_1', server_label: 'm', name: 'add', arguments: '{}' },
        answerTo('mcpr_1', true),
      ],
      [],
      'tools',
    ],
  ] as const)('that %s is refused with what to do', async (_, input, tools, param) => {
    const { client } = await startResponses([says('never')])
    const asked = client.responses.create(ask([...tools], { input: [...input] as Input[] }))
    await expect(asked).rejects.toMatchObject({ status: 400, param })
  })

  it('is found by its label and name, whatever the model calls it now', async () => {
    const { client, provider, called } = await startResponses([asksToAdd])
    const first = await client.responses.create(ask([careful]))
    provider.script(says('done'))
    const answer = answerTo(find(first.output, 'mcp_approval_request').id, true)
    const theirs = own('add')
    const params = ask([theirs, careful], { input: [answer], previous_response_id: first.id })
    const second = await client.responses.create(params)
    expect(called.map(([name]) => name)).toEqual(['math__add'])
    expect(find(second.output, 'mcp_call').name).toBe('add')
  })
})
