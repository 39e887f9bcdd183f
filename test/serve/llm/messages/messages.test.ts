import { describe, expect, it } from 'vitest'
import { errorResult } from '../../../../src/core/tool.ts'
import { answersMessage } from '../../../fakes/anthropic-provider.ts'
import { geminiCalls, geminiSays } from '../../../fakes/gemini-provider.ts'
import { calls, says } from '../../../fakes/openai-provider.ts'
import type { Body, Scripts } from './messages-setup.ts'
import { orderFaults, readStream, startMessages } from './messages-setup.ts'

const server = { type: 'url', name: 'calc', url: 'patchbay/mcp/math' } as const
const toolset = { type: 'mcp_toolset', mcp_server_name: 'calc' } as const
const ask = (fields: object = {}): Body => ({
  model: 'fast',
  max_tokens: 1_000,
  messages: [{ role: 'user', content: 'What is 2 and 40?' }],
  mcp_servers: [server],
  tools: [toolset],
  betas: ['mcp-client-2025-11-20'],
  ...fields,
})
const input = { a: 2, b: 40 }

/** Each provider calls `add` once and then says what it got. */
const scripts: Scripts = {
  openai: [
    calls([{ id: 'call_Abcdefghijklmnop1234', name: 'add', args: input }], { content: 'Let me see.' }),
    says('It is 42.'),
  ],
  anthropic: [
    answersMessage([
      { type: 'text', text: 'Let me see.' },
      { type: 'tool_use', id: 'toolu_01', name: 'add', input },
    ]),
    answersMessage([{ type: 'text', text: 'It is 42.' }]),
  ],
  gemini: [geminiCalls({ name: 'add', args: input }), geminiSays('It is 42.')],
}

describe.each(['fast', 'claude', 'flash'])('the tool runner of Anthropic, over the model %s', model => {
  it('is told that there are no threads, and sends the whole conversation each time', async () => {
    const { client, sent } = await startMessages({
      openai: [calls([{ name: 'mine', args: input }]), says('It is 42.')],
      anthropic: [
        answersMessage([{ type: 'tool_use', id: 'toolu_01', name: 'mine', input }]),
        answersMessage([{ type: 'text', text: 'It is 42.' }]),
      ],
      gemini: [geminiCalls({ name: 'mine', args: input }), geminiSays('It is 42.')],
    })
    const mine = { type: 'custom', name: 'mine', input_schema: { type: 'object' } } as const
    const tools = [{ ...mine, run: () => 'It ran.', parse: (given: unknown) => given }]
    const message = await client.beta.messages.toolRunner(ask({ model, mcp_servers: undefined, tools }))
    expect(message.content).toEqual([expect.objectContaining({ type: 'text', text: 'It is 42.' })])
    const bodies = [...sent.openai(), ...sent.anthropic(), ...sent.gemini()]
    expect(bodies).toHaveLength(2)
    expect(JSON.stringify(bodies[1])).toMatch(/What is 2 and 40\?.*It ran\./)
    expect(JSON.stringify(bodies)).not.toContain('thread')
  })
})

describe.each(['fast', 'claude', 'flash'])('a message by the model %s, with the MCP connector', model => {
  it('runs the tool and answers in one message', async () => {
    const { client, called, sent } = await startMessages(scripts)
    const message = await client.beta.messages.create(ask({ model }))
    const blocks = message.content.filter(({ type }) => type !== 'thinking')
    const [first] = blocks
    expect(blocks.slice(first?.type === 'text' ? 1 : 0)).toEqual([
      { type: 'mcp_tool_use', id: expect.stringMatching(/^mcptoolu_\w/), name: 'add', server_name: 'calc', input },
      {
        type: 'mcp_tool_result',
        tool_use_id: (blocks.find(({ type }) => type === 'mcp_tool_use') as Body).id,
        is_error: false,
        content: [{ type: 'text', text: 'math__add ok', citations: null }],
      },
      expect.objectContaining({ type: 'text', text: 'It is 42.' }),
    ])
    expect(message).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn', stop_sequence: null })
    expect(message.id).toMatch(/^msg_/)
    expect(message.usage.output_tokens).toBeGreaterThanOrEqual(10)
    expect(called).toEqual([['math__add', input]])
    expect(JSON.stringify([sent.openai(), sent.anthropic(), sent.gemini()])).not.toMatch(/mcp_|patchbay|native|wire/)
  })

  it('streams the same message', async () => {
    const { client } = await startMessages(scripts)
    const whole = await client.beta.messages.create(ask({ model }))
    const again = await startMessages(scripts)
    const streamed = await again.client.beta.messages.stream(ask({ model })).finalMessage()
    // The client's stream helper adds a field of its own.
    const plain = (message: object): unknown =>
      JSON.parse(JSON.stringify({ ...message, parsed_output: null }).replaceAll(/(msg|mcptoolu|toolu)_\w+/g, '$1_'))
    expect(plain({ ...streamed, usage: whole.usage })).toEqual(plain(whole))
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens)
    const third = await startMessages(scripts)
    const { events } = await readStream(third, { ...ask({ model }), betas: undefined })
    expect(orderFaults(events)).toEqual([])
  })

  it('goes on from its own answer as if it had never stopped', async () => {
    const { client, sent } = await startMessages(scripts)
    const { content } = await client.beta.messages.create(ask({ model }))
    const messages = [
      { role: 'user', content: 'What is 2 and 40?' },
      { role: 'assistant', content },
      { role: 'user', content: 'And now?' },
    ]
    await client.beta.messages.create(ask({ model, messages }))
    const bodies = [sent.openai(), sent.anthropic(), sent.gemini()].find(list => list.length > 0) ?? []
    expect(bodies).toHaveLength(3)
    const [, inLoop, later] = bodies.map(body => body.messages ?? body.contents)
    expect(later.slice(0, inLoop.length)).toEqual(inLoop)
    expect(later.length).toBe(inLoop.length + 2)
  })

  it('tells a failure of the tool as one', async () => {
    const { client } = await startMessages(scripts, { answer: () => errorResult('no such number') })
    const { content } = await client.beta.messages.create(ask({ model }))
    expect(content.find(({ type }) => type === 'mcp_tool_result')).toMatchObject({
      is_error: true,
      content: [{ type: 'text', text: 'Error: no such number' }],
    })
  })
})
