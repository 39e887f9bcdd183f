import { describe, expect, it, onTestFinished } from 'vitest'
import type { ModelConfig } from '../../../../src/core/model.ts'
import { answersMessage, startFakeAnthropic } from '../../../fakes/anthropic-provider.ts'
import { answers, startFakeGemini } from '../../../fakes/gemini-provider.ts'
import { chunk, says, streams } from '../../../fakes/openai-provider.ts'
import type { Input } from './responses-setup.ts'
import { ask, eventsOf, find, mcp, own, sendBack, startResponses, typesOf } from './responses-setup.ts'

const thought = { type: 'thinking', thinking: 'I add.', signature: 'c2lnbmF0dXJl' }
const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'add', input: { a: 2, b: 40 } }
const user: Input = { role: 'user', content: 'what is 2 and 40?' }
const bye: Input = { role: 'user', content: 'bye' }
const stateKeys = ['a key of at least thirty-two characters']

async function claude(...replies: Parameters<typeof startFakeAnthropic>) {
  const fake = await startFakeAnthropic(...replies)
  onTestFinished(() => fake.close())
  const model: ModelConfig = {
    name: 'claude',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    baseUrl: `${fake.url}/v1`,
    apiKey: 'k',
    headers: {},
  }
  const contentOf = (request: number, message: number): unknown =>
    (fake.received[request]?.body.messages as { content: unknown }[] | undefined)?.[message]?.content
  return { fake, models: [model], contentOf }
}

const thinksThenAnswers = [
  answersMessage([thought, toolUse]),
  answersMessage([
    { ...thought, thinking: 'It is done.' },
    { type: 'text', text: 'It is 42.' },
  ]),
]

describe('what a model thought', () => {
  it.each([false, true])('is told as reasoning before what it said (streamed: %s)', async stream => {
    const { models } = await claude(...thinksThenAnswers)
    const server = await startResponses([], { models })
    const params = ask([mcp()], { model: 'claude' })
    const last = stream ? (await eventsOf(server, params)).at(-1) : undefined
    const response = last?.type === 'response.completed' ? last.response : await server.client.responses.create(params)
    expect(typesOf(response.output)).toBe('mcp_list_tools reasoning mcp_call reasoning message')
    const [first, second] = response.output.filter(item => item.type === 'reasoning')
    expect(first).toMatchObject({ summary: [{ type: 'summary_text', text: 'I add.' }] })
    expect(second).toMatchObject({ summary: [{ type: 'summary_text', text: 'It is done.' }] })
    expect(JSON.stringify(response)).not.toContain(thought.signature)
  })

  it('is streamed piece by piece, its text ended before another item begins', async () => {
    const reply = streams([
      chunk({ role: 'assistant', reasoning_content: 'Hm' }),
      chunk({ reasoning_content: 'm.' }),
      chunk({ content: 'Hello' }),
      chunk({}, 'stop'),
      '[DONE]',
    ])
    const events = await eventsOf(await startResponses([reply]), ask([]))
    const told = events.flatMap(event =>
      'output_index' in event ? [`${event.output_index} ${event.type.slice(9)}`] : [],
    )
    expect(told).toEqual([
      '0 output_item.added',
      '0 reasoning_summary_part.added',
      '0 reasoning_summary_text.delta',
      '0 reasoning_summary_text.delta',
      '0 reasoning_summary_text.done',
      '0 reasoning_summary_part.done',
      '1 output_item.added',
      '1 content_part.added',
      '1 output_text.delta',
      '1 output_text.done',
      '1 content_part.done',
      '1 output_item.done',
      '0 output_item.done',
    ])
  })

  it('goes back in plain words where its provider takes those', async () => {
    const reply = streams([
      chunk({ reasoning_content: 'Hmm.' }),
      chunk({ content: 'Hello' }),
      chunk({}, 'stop'),
      '[DONE]',
    ])
    const server = await startResponses([reply, says('Bye.')])
    const last = (await eventsOf(server, ask([]))).at(-1)
    const output = last?.type === 'response.completed' ? last.response.output : []
    expect(find(output, 'reasoning')).not.toHaveProperty('encrypted_content')
    await server.client.responses.create(ask([], { input: [user, ...sendBack(output), bye] }))
    expect(server.provider.received[1]?.body.messages[1]).toEqual({
      role: 'assistant',
      reasoning_content: 'Hmm.',
      content: 'Hello',
    })
  })
})

describe("a turn of Anthropic's goes back exactly as it was said", () => {
  it.each(['previous_response_id', 'the items', 'item references'])('by %s', async by => {
    const { fake, models, contentOf } = await claude(...thinksThenAnswers)
    const { client } = await startResponses([], { models })
    const params = ask([mcp()], { model: 'claude' })
    const first = await client.responses.create(params)
    fake.script(answersMessage([{ type: 'text', text: 'Bye.' }]))
    const references = first.output.map((item): Input => ({ type: 'item_reference', id: String(item.id) }))
    const second = await client.responses.create({
      ...params,
      ...(by === 'previous_response_id' && { input: [bye], previous_response_id: first.id }),
      ...(by === 'the items' && { input: [user, ...sendBack(first.output), bye] }),
      ...(by === 'item references' && { input: [user, ...references, bye] }),
    })
    expect(contentOf(2, 1)).toEqual([thought, toolUse])
    expect(contentOf(2, 3)).toEqual([
      { ...thought, thinking: 'It is done.' },
      { type: 'text', text: 'It is 42.' },
    ])
    expect(typesOf(second.output)).toBe('message')
  })

  it('also where it spoke before it called', async () => {
    const spoken = [{ type: 'text', text: 'Let me see.' }, toolUse]
    const { fake, models, contentOf } = await claude(answersMessage(spoken))
    const { client } = await startResponses([], { models })
    const params = ask([own('add')], { model: 'claude' })
    const first = await client.responses.create(params)
    expect(typesOf(first.output)).toBe('message reasoning function_call')
    fake.script(answersMessage([{ type: 'text', text: 'Bye.' }]))
    const result: Input = { type: 'function_call_output', call_id: 'toolu_1', output: '42' }
    await client.responses.create({ ...params, input: [user, ...sendBack(first.output), result] })
    expect(contentOf(1, 1)).toEqual(spoken)
  })

  it('also after a restart, by a key of its own', async () => {
    const { fake, models, contentOf } = await claude(answersMessage([thought, toolUse]))
    const params = ask([own('add')], { model: 'claude' })
    const first = await (await startResponses([], { models, stateKeys })).client.responses.create(params)
    fake.script(answersMessage([{ type: 'text', text: 'ok' }]))
    const result: Input = { type: 'function_call_output', call_id: 'toolu_1', output: '42' }
    const input = [user, ...sendBack(first.output), result]
    await (await startResponses([], { models, stateKeys })).client.responses.create({ ...params, input })
    expect(contentOf(1, 1)).toEqual([thought, toolUse])
  })

  it.each([
    ['by another process without the key', {}, (text: string) => text],
    ['changed by its caller', { stateKeys }, (text: string) => `${text.slice(0, -2)}AA`],
    ['of another provider', { stateKeys }, () => 'gAAAAABpPMlcH0'],
  ])('but not %s: the rest of it does', async (_, keys, change) => {
    const { fake, models, contentOf } = await claude(answersMessage([thought, toolUse]))
    const params = ask([own('add')], { model: 'claude' })
    const first = await (await startResponses([], { models, stateKeys })).client.responses.create(params)
    fake.script(answersMessage([{ type: 'text', text: 'ok' }]))
    const result: Input = { type: 'function_call_output', call_id: 'toolu_1', output: '42' }
    const reasoning = find(first.output, 'reasoning')
    const changed = { ...reasoning, encrypted_content: change(String(reasoning.encrypted_content)) }
    const input = [user, changed, ...sendBack(first.output.slice(1)), result]
    await (await startResponses([], { models, ...keys })).client.responses.create({ ...params, input })
    expect(contentOf(1, 1)).toEqual([toolUse])
  })

  it('and what its caller took out of it is not said again', async () => {
    const other = { ...toolUse, id: 'toolu_2' }
    const { fake, models, contentOf } = await claude(answersMessage([thought, toolUse, other]))
    const { client } = await startResponses([], { models })
    const params = ask([own('add')], { model: 'claude' })
    const first = await client.responses.create(params)
    fake.script(answersMessage([{ type: 'text', text: 'ok' }]))
    const result: Input = { type: 'function_call_output', call_id: 'toolu_1', output: '42' }
    await client.responses.create({ ...params, input: [user, ...sendBack(first.output.slice(0, -1)), result] })
    expect(contentOf(1, 1)).toEqual([thought, toolUse])
  })
})

it("Gemini's signatures of parallel calls go back with them (litellm#16893, #22578)", async () => {
  const signed = { functionCall: { name: 'add', args: { a: 2 } }, thoughtSignature: 'Z2Vt' }
  const plain = { functionCall: { name: 'echo', args: {} } }
  const fake = await startFakeGemini(answers([signed, plain]), answers([{ text: 'It is 42.' }]))
  onTestFinished(() => fake.close())
  const models: ModelConfig[] = [
    { name: 'g', provider: 'gemini', model: 'gemini-3-pro', baseUrl: fake.url, apiKey: 'k', headers: {} },
  ]
  const { client } = await startResponses([], { models })
  const params = ask([mcp({ require_approval: 'always' })], { model: 'g' })
  const first = await client.responses.create(params)
  expect(typesOf(first.output)).toBe('mcp_list_tools reasoning mcp_approval_request mcp_approval_request')
  const approvals = first.output.flatMap((item): Input[] =>
    item.type === 'mcp_approval_request'
      ? [{ type: 'mcp_approval_response', approval_request_id: item.id, approve: true }]
      : [],
  )
  const second = await client.responses.create({ ...params, input: [user, ...sendBack(first.output), ...approvals] })
  expect(typesOf(second.output)).toBe('mcp_call mcp_call message')
  const contents = fake.received[1]?.body.contents ?? []
  expect(contents[1]?.parts).toMatchObject([signed, plain])
  expect(contents[2]?.parts.map(part => part.functionResponse?.name)).toEqual(['add', 'echo'])
})
