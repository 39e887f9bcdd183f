import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../../src/core/errors.ts'
import { errorResult } from '../../../../src/core/tool.ts'
import { calls, says } from '../../../fakes/openai-provider.ts'
import { ask, eventsOf, find, mcp, own, sendBack, startResponses, typesOf } from './responses-setup.ts'

const addThenAnswer = [
  calls([{ id: 'c1', name: 'add', args: { a: 2, b: 40 } }], { content: 'Let me see.' }),
  says('It is 42.'),
]

describe('a response with an mcp tool', () => {
  it('runs the tool and tells it in items', async () => {
    const { client, provider, called } = await startResponses(addThenAnswer)
    const response = await client.responses.create(ask([mcp()], { temperature: 0, metadata: { run: '7' } }))
    expect(typesOf(response.output)).toBe('mcp_list_tools message mcp_call message')
    expect(find(response.output, 'mcp_list_tools')).toMatchObject({ server_label: 'm' })
    expect(find(response.output, 'mcp_list_tools').tools).toMatchObject([
      { name: 'add', description: 'The tool add', input_schema: { type: 'object' }, annotations: { read_only: false } },
      { name: 'echo' },
      { name: 'text_upper' },
    ])
    expect(find(response.output, 'mcp_call')).toMatchObject({
      id: expect.stringMatching(/^mcp_/),
      server_label: 'm',
      name: 'add',
      arguments: '{"a":2,"b":40}',
      output: 'math__add ok',
      error: null,
      status: 'completed',
      approval_request_id: null,
    })
    expect(response.output_text).toBe('Let me see.It is 42.')
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'fake-1-2026-01-01',
      error: null,
      incomplete_details: null,
      temperature: 0,
      metadata: { run: '7' },
      store: true,
      usage: {
        input_tokens: 20,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 10,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 30,
      },
    })
    expect(called).toEqual([['math__add', { a: 2, b: 40 }]])
    expect(provider.received[1]?.body.messages).toEqual([
      { role: 'user', content: 'what is 2 and 40?' },
      { role: 'assistant', content: 'Let me see.', tool_calls: [expect.objectContaining({ id: 'c1' })] },
      { role: 'tool', tool_call_id: 'c1', content: 'math__add ok' },
    ])
    expect(JSON.stringify(provider.received.map(({ body }) => body))).not.toMatch(/server_url|mcp_|metadata|native/)
  })

  it('goes round until the model has answered, as LiteLLM does not (litellm#16437)', async () => {
    const rounds = [1, 2, 3].map(n => calls([{ id: `c${n}`, name: 'add', args: { a: n } }]))
    const { client, called } = await startResponses([...rounds, says('done')])
    const response = await client.responses.create(ask([mcp()]))
    expect(typesOf(response.output)).toBe('mcp_list_tools mcp_call mcp_call mcp_call message')
    expect(called).toHaveLength(3)
    expect(response.usage?.total_tokens).toBe(60)
  })

  it('answers all calls of one turn in the order of the model (litellm#22578)', async () => {
    const both = calls([
      { id: 'a', name: 'add', args: {} },
      { id: 'b', name: 'echo', args: {} },
    ])
    const { client, provider } = await startResponses([both, says('done')])
    await client.responses.create(ask([mcp()]))
    expect(provider.received[1]?.body.messages.slice(1).map(({ role, tool_call_id: id }) => id ?? role)).toEqual([
      'assistant',
      'a',
      'b',
    ])
  })

  it('tells a tool that failed, in the model and in the item', async () => {
    const { client, provider } = await startResponses(addThenAnswer, { answer: () => errorResult('no such number') })
    const call = find((await client.responses.create(ask([mcp()]))).output, 'mcp_call')
    expect(call).toMatchObject({
      status: 'failed',
      output: null,
      error: { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: 'no such number' }] },
    })
    expect(provider.received[1]?.body.messages.at(-1)?.content).toBe('Error: no such number')
  })

  it('tells an error of the protocol as one', async () => {
    const answer = () => {
      throw new GatewayError('SOURCE_ERROR', '"math" answered: bad.', { data: { code: -32_005, message: 'bad' } })
    }
    const { client } = await startResponses(addThenAnswer, { answer })
    const call = find((await client.responses.create(ask([mcp()]))).output, 'mcp_call')
    expect(call.error).toEqual({ type: 'mcp_protocol_error', code: -32_005, message: '"math" answered: bad.' })
  })

  it('runs ours and hands back those of the caller, and goes on when they are answered', async () => {
    const mixed = calls([
      { id: 'x', name: 'mine', args: { q: 1 } },
      { id: 'y', name: 'add', args: {} },
    ])
    const { client, provider } = await startResponses([mixed])
    const tools = [own('mine'), mcp()]
    const first = await client.responses.create(ask(tools))
    expect(typesOf(first.output)).toBe('mcp_list_tools mcp_call function_call')
    expect(find(first.output, 'function_call')).toMatchObject({ call_id: 'x', name: 'mine', arguments: '{"q":1}' })
    expect(first.status).toBe('completed')

    provider.script(says('done'))
    const output = { type: 'function_call_output' as const, call_id: 'x', output: 'mine ok' }
    const second = await client.responses.create(ask(tools, { input: [output], previous_response_id: first.id }))
    expect(typesOf(second.output)).toBe('message')
    const messages = provider.received[1]?.body.messages ?? []
    expect(messages.map(({ role, tool_call_id: id }) => id ?? role)).toEqual(['user', 'assistant', 'y', 'x'])
    expect(messages[1]?.tool_calls?.map(({ id }) => id)).toEqual(['y', 'x'])
  })

  it('tells two servers with a tool of one name apart by their labels', async () => {
    const twice = calls([
      { id: 'a', name: 'echo', args: {} },
      { id: 'b', name: 'echo_2', args: {} },
    ])
    const { client, called } = await startResponses([twice, says('ok')])
    const docs = mcp({ server_label: 'd', server_url: 'patchbay/mcp/docs' })
    const response = await client.responses.create(ask([mcp(), docs]))
    expect(called.map(([name]) => name)).toEqual(['math__echo', 'docs__echo'])
    const told = response.output.flatMap(item => (item.type === 'mcp_call' ? [[item.server_label, item.name]] : []))
    expect(told).toEqual([
      ['m', 'echo'],
      ['d', 'echo'],
    ])
  })

  it('goes on without a server that is away, and says that it is', async () => {
    const server = await startResponses([says('I cannot.')], { away: ['docs'] })
    const docs = mcp({ server_label: 'd', server_url: 'patchbay/mcp/docs' })
    const events = await eventsOf(server, ask([mcp(), docs]))
    expect(typesOf(events)).toContain('response.mcp_list_tools.in_progress response.mcp_list_tools.failed')
    const last = events.at(-1)
    const output = last?.type === 'response.completed' ? last.response.output : []
    expect(output[0]).not.toHaveProperty('error')
    expect(output[1]).toMatchObject({
      server_label: 'd',
      tools: [],
      error: expect.stringMatching(/^"docs" cannot be reached/),
    })

    const second = await server.client.responses.create(
      ask([mcp(), docs], { input: [...sendBack(output), { role: 'user', content: 'and now?' }] }),
    )
    expect(typesOf(second.output)).toBe('mcp_list_tools message')
  })

  it('says which limit ended the calls', async () => {
    const again = calls([{ name: 'add', args: {} }])
    const { client, provider } = await startResponses([again, again, says('enough')])
    const response = await client.responses.create(ask([mcp()], { max_tool_calls: 2 }))
    expect(typesOf(response.output)).toBe('mcp_list_tools mcp_call mcp_call message')
    expect(response).toMatchObject({ status: 'completed', max_tool_calls: 2, patchbay_stopped_by: 'maxToolCalls' })
    expect(provider.received[2]?.body.tools).toBeUndefined()
  })

  it.each([
    ['length', { reason: 'max_output_tokens' }],
    ['content_filter', { reason: 'content_filter' }],
  ])('is incomplete where the model ended by %s', async (finish, details) => {
    const { client } = await startResponses([says('It is', { finish })])
    const response = await client.responses.create(ask([]))
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: details })
    expect(response.output_text).toBe('It is')
    expect(response.output).toMatchObject([{ type: 'message', status: 'incomplete' }])
  })

  it('hands back every call where there are no mcp tools, known or not', async () => {
    const { client, called } = await startResponses([calls([{ id: 'x', name: 'other', args: 'not json' }])])
    const response = await client.responses.create(ask([own('mine')]))
    expect(response.output).toMatchObject([{ type: 'function_call', name: 'other', arguments: 'not json' }])
    expect(called).toEqual([])
  })

  it('works with the demo model, which needs no key', async () => {
    const { client, called } = await startResponses([])
    const response = await client.responses.create(ask([mcp()], { model: 'demo', input: 'add 2 and 40' }))
    expect(called).toEqual([['math__add', { a: 2, b: 40 }]])
    expect(response.output_text).toContain('math__add ok')
  })
})

describe('a streamed response', () => {
  it('is one lifecycle: one count of events, one of items, one id for each item (litellm#40118)', async () => {
    const server = await startResponses(addThenAnswer)
    const events = await eventsOf(server, ask([mcp()]))
    expect(typesOf(events).replaceAll('response.', '').split(' ')).toEqual([
      'created',
      'in_progress',
      ...['output_item.added', 'mcp_list_tools.in_progress', 'mcp_list_tools.completed', 'output_item.done'],
      ...['output_item.added', 'content_part.added', 'output_text.delta', 'output_text.delta', 'output_text.delta'],
      ...['output_text.done', 'content_part.done', 'output_item.done'],
      ...['output_item.added', 'mcp_call.in_progress', 'mcp_call_arguments.delta', 'mcp_call_arguments.done'],
      ...['mcp_call.completed', 'output_item.done'],
      ...['output_item.added', 'content_part.added', 'output_text.delta', 'output_text.delta', 'output_text.delta'],
      ...['output_text.done', 'content_part.done', 'output_item.done'],
      'completed',
    ])
    expect(events.map(event => event.sequence_number)).toEqual(events.map((_, index) => index))
    const indexes = events.flatMap(event => ('output_index' in event ? [event.output_index] : []))
    expect(indexes).toEqual(indexes.toSorted((a, b) => a - b))
    const ids = new Map<number, Set<unknown>>()
    for (const event of events) {
      if (!('output_index' in event)) continue
      const id = 'item' in event ? event.item.id : 'item_id' in event ? event.item_id : undefined
      ids.set(event.output_index, (ids.get(event.output_index) ?? new Set()).add(id))
    }
    expect([...ids.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1])
  })

  it('says the same as one that is not', async () => {
    const streamed = (await eventsOf(await startResponses(addThenAnswer), ask([mcp()]))).at(-1)
    const whole = await (await startResponses(addThenAnswer)).client.responses.create(ask([mcp()]))
    const plain = (value: unknown): unknown => {
      const text = JSON.stringify(value).replace(/_[0-9a-f]{32}/g, '')
      return { ...JSON.parse(text.replace(/"(\w+_at)":\d+/g, '"$1":0')), output_text: undefined }
    }
    expect(plain(streamed !== undefined && 'response' in streamed && streamed.response)).toEqual(plain(whole))
  })

  it("is read by the client's own stream helper", async () => {
    const { client } = await startResponses(addThenAnswer)
    const final = await client.responses.stream({ ...ask([mcp()]), stream: true }).finalResponse()
    expect(final.output_text).toBe('Let me see.It is 42.')
    expect(find(final.output, 'mcp_call').output).toBe('math__add ok')
  })

  it("hands back the caller's function piece by piece", async () => {
    const server = await startResponses([calls([{ id: 'x', name: 'mine', args: { q: 1 } }])])
    const events = await eventsOf(server, ask([own('mine')]))
    expect(typesOf(events.slice(2))).toBe(
      'response.output_item.added response.function_call_arguments.delta response.function_call_arguments.done ' +
        'response.output_item.done response.completed',
    )
    expect(events[2]).toMatchObject({ item: { status: 'in_progress', arguments: '', call_id: 'x' } })
    expect(events[4]).toMatchObject({ name: 'mine', arguments: '{"q":1}' })
  })

  it('tells parallel calls all of them, each with its own item (bifrost#7235)', async () => {
    const both = calls([
      { id: 'a', name: 'mine', args: { n: 1 } },
      { id: 'b', name: 'mine', args: { n: 2 } },
    ])
    const server = await startResponses([both])
    const done = (await eventsOf(server, ask([own('mine')]))).filter(({ type }) => type === 'response.output_item.done')
    expect(done).toMatchObject([
      { output_index: 0, item: { call_id: 'a', arguments: '{"n":1}' } },
      { output_index: 1, item: { call_id: 'b', arguments: '{"n":2}' } },
    ])
  })
})
