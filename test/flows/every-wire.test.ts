import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answerOldEra, httpStub } from '../fakes/http-stub.ts'
import { servePatchbay } from './patchbay.ts'
import type { ScriptedTurn, Wire } from './wires.ts'
import { wires } from './wires.ts'

type Params = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming
type Message = Record<string, unknown> & { tool_calls?: OpenAI.Chat.ChatCompletionMessageFunctionToolCall[] }
type Answer = Readonly<{ message: Message; reasons: unknown[]; chunks: readonly OpenAI.Chat.ChatCompletionChunk[] }>
type Asker = Readonly<{
  ask: (params: Partial<Params>) => Promise<Answer>
  wire: Wire
  /** Names of the tools that were called upstream. */
  called: () => readonly unknown[]
}>

const ours = { type: 'mcp', server_label: 'up', server_url: 'patchbay/mcp/up', require_approval: 'never' } as never
const user = { role: 'user' as const, content: 'Go.' }

/** A function of the caller's own. */
const own = (name: string, parameters: object = { type: 'object', properties: { x: { type: 'number' } } }) =>
  ({ type: 'function', function: { name, description: 'Mine.', parameters } }) as OpenAI.Chat.ChatCompletionFunctionTool

/** Patchbay in front of one wire, asked by the official client; a streamed answer is put together as clients do it. */
async function serve(name: string, stream: boolean, ...turns: ScriptedTurn[]): Promise<Asker> {
  const wire = await start(name, ...turns)
  const upstream = await httpStub((request, response) => answerOldEra(request, response, ['echo', 'other']))
  onTestFinished(() => upstream.close())
  const { url } = await servePatchbay({ up: { url: upstream.url } }, { models: { m: wire.entry } })
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
  return {
    wire,
    called: () => upstream.requests.flatMap(({ rpc }) => (rpc.method === 'tools/call' ? [rpc.params?.name] : [])),
    async ask(params) {
      const body = { model: 'm', messages: [user], max_tokens: 4_000, ...params }
      if (!stream) {
        const { choices } = await client.chat.completions.create(body)
        const message = choices[0]?.message as unknown as Message
        return { message, reasons: choices.map(choice => choice.finish_reason), chunks: [] }
      }
      const chunks: OpenAI.Chat.ChatCompletionChunk[] = []
      for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) chunks.push(chunk)
      const choices = chunks.flatMap(chunk => chunk.choices)
      const message = choices.reduce<Message>((message, { delta }) => join(message, { ...delta } as Message), {})
      return { message, reasons: choices.flatMap(choice => choice.finish_reason ?? []), chunks }
    },
  }
}

function start(name: string, ...turns: ScriptedTurn[]): Promise<Wire> {
  const make = wires[name]
  if (make === undefined) throw new Error(name)
  return make(...turns)
}

/** Joins deltas as OpenAI's clients do: texts grow, calls go by their index. */
function join(message: Message, { tool_calls: pieces = [], ...delta }: Message): Message {
  const joined: Message = { ...message }
  for (const [field, value] of Object.entries(delta)) {
    const before = joined[field]
    if (typeof before === 'string' && typeof value === 'string' && field !== 'role') joined[field] = before + value
    else if (Array.isArray(before) && Array.isArray(value)) joined[field] = [...before, ...value]
    else joined[field] = value
  }
  for (const piece of pieces as (Message['tool_calls'] & object)[number][]) {
    const { index, ...call } = piece as typeof piece & { index: number }
    const list = [...(joined.tool_calls ?? [])]
    if (list[index] !== undefined) throw new Error('a call came in two pieces')
    list[index] = call
    joined.tool_calls = list
  }
  return joined
}

const cases = Object.keys(wires).flatMap(name => [false, true].map(stream => [name, stream] as const))

describe.each(cases)('on the wire of %s (streamed: %s)', (name, stream) => {
  it("parallel calls of the caller's own come whole, each under its index, id and name", async () => {
    const tools = [own('foo/bar'), own('foo_bar'), own('third')]
    const turn = [
      { name: 'foo_bar', args: { x: 1 } },
      { name: 'foo_bar_2', args: { x: 2 } },
      { name: 'third' },
      { name: 'foo_bar', args: { x: 4 } },
    ]
    const { ask } = await serve(name, stream, turn)
    const { message, reasons } = await ask({ tools })
    expect(message.tool_calls?.map(call => [call.type, call.function.name, call.function.arguments])).toEqual([
      ['function', 'foo_bar', '{"x":1}'],
      ['function', 'foo/bar', '{"x":2}'],
      ['function', 'third', '{}'],
      ['function', 'foo_bar', '{"x":4}'],
    ])
    const ids = message.tool_calls?.map(({ id }) => id) ?? []
    expect(ids.every(id => id !== '')).toBe(true)
    expect(new Set(ids).size).toBe(4)
    expect(reasons).toEqual(['tool_calls'])
  })

  it('what an answer says of its thinking is taken back with the results, in any order', async () => {
    const { ask, wire } = await serve(name, stream, [{ name: 'a', args: { x: 1 } }, { name: 'b' }], 'Done.')
    const tools = [own('a'), own('b')]
    const { message } = await ask({ tools, reasoning_effort: 'low' })
    const results = (message.tool_calls ?? []).map(({ id }) => ({
      role: 'tool',
      tool_call_id: id,
      content: `of ${id}`,
    }))
    const messages = [user, { role: 'assistant', content: null, ...message }, ...results.toReversed()] as never
    const second = await ask({ tools, messages, reasoning_effort: 'low' })
    expect(second.message.content).toBe('Done.')
    const body = JSON.stringify(wire.sent()[1])
    if (name !== 'openai' && name !== 'mistral') expect(body).toContain('c2lnbmVk')
    // Each wire groups and matches results in its own way: the fakes refuse what the vendors would.
    for (const { id } of message.tool_calls ?? []) expect(body).toContain(`of ${id}`)
    expect(body).not.toMatch(/"native"|"is_error"|provider_specific_fields/)
  })

  it('rounds of our own tools are one message, which ends once', async () => {
    const echo = { name: 'echo', args: { text: 'a' } }
    const { ask, wire } = await serve(name, stream, [echo, echo], [echo], 'Done.')
    const { message, reasons, chunks } = await ask({ tools: [ours], tool_choice: 'required' })
    expect([message.content, reasons, message.tool_calls]).toEqual(['Done.', ['stop'], undefined])
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(stream ? 1 : 0)
    expect(wire.sent()).toHaveLength(3)
    // What forces a call holds for the first turn alone: the model could never answer.
    const forced = /"required"|"any":|"type":"any"|"mode":"ANY"/
    expect(wire.sent().map(body => forced.test(JSON.stringify(body)))).toEqual([true, false, false])
  })

  it('a tool that the model invents is answered with an error, and no later request fails for its name', async () => {
    const { ask, wire } = await serve(name, stream, [{ name: 'no such.tool!', args: { x: 1 } }], 'Sorry.')
    const { message } = await ask({ tools: [ours] })
    expect(message.content).toBe('Sorry.')
    const body = JSON.stringify(wire.sent()[1])
    expect(body).toContain('no_such_tool_')
    // In the error that the model reads it stands as it was called.
    expect(body).toContain('No tool is named')
    expect(body).not.toMatch(/"name":"no such\.tool!"/)
  })

  it('a tool that is not allowed is not called, whatever it is named', async () => {
    const names = ['other', 'constructor', 'toString', '__proto__', 'hasOwnProperty']
    const { ask, called } = await serve(
      name,
      stream,
      names.map(name => ({ name })),
      [{ name: 'echo' }],
      'Done.',
    )
    const { message } = await ask({ tools: [{ ...(ours as object), allowed_tools: ['echo'] } as never] })
    expect([message.content, called()]).toEqual(['Done.', ['echo']])
  })

  it('the same request has the same bytes', async () => {
    const { ask, wire } = await serve(name, stream, 'one', 'two')
    await ask({ tools: [ours, own('foo/bar')] })
    await ask({ tools: [ours, own('foo/bar')] })
    const [first, second] = wire.sent().map(body => JSON.stringify(body))
    expect(second).toBe(first)
  })
})

describe.each(Object.keys(wires))('a fallback to %s', name => {
  it('has its schemas and names written for it, not for the wire that failed', async () => {
    const parameters = {
      type: 'object',
      properties: { $when: { type: ['string', 'null'], const: 'now' }, size: { allOf: [{ type: 'number' }] } },
      additionalProperties: false,
      $schema: 'http://json-schema.org/draft-07/schema#',
    }
    const target = await start(name, [{ name: 'foo_bar', args: {} }])
    const broken = { provider: 'generic', model: 'x', baseUrl: 'http://127.0.0.1:9/v1', retries: 0, fallbacks: ['m'] }
    const { url } = await servePatchbay({}, { models: { first: broken, m: target.entry } })
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
    const tools = [own('foo/bar', parameters)]
    const { choices } = await client.chat.completions.create({ model: 'first', messages: [user], tools })
    const [call] = choices[0]?.message.tool_calls ?? []
    expect(call?.type === 'function' && call.function.name).toBe('foo/bar')
    expect(target.sent()).toHaveLength(1)
  })
})
