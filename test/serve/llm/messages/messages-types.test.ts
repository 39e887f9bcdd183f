import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answersMessage } from '../../../fakes/anthropic-provider.ts'
import { geminiCalls, geminiSays } from '../../../fakes/gemini-provider.ts'
import { calls, chunk, says, streams } from '../../../fakes/openai-provider.ts'
import { checkTypes, pathInPackage } from '../../../providers/check-types.ts'
import { fixtures, hasFixtures } from '../../../providers/recorded-fixtures.ts'
import type { Body, Scripts, StreamEvent } from './messages-setup.ts'
import { readStream, startMessages } from './messages-setup.ts'

/** The types of the beta; usage may say less than they have, and more than they have at the end of a stream. */
const types = (type: string): string => `
  import type { ${type}, BetaUsage } from ${JSON.stringify(pathInPackage('@anthropic-ai/sdk', 'resources/beta/messages/messages.js'))}
  type Loose<T> = T extends { usage: unknown } ? Omit<T, 'usage'> & { usage: Partial<BetaUsage> }
    : T extends { message: infer M } ? Omit<T, 'message'> & { message: Loose<M> } : T
  type Body = Loose<${type}>
`
const ask = (model: string): Body => ({
  model,
  max_tokens: 100,
  messages: [{ role: 'user', content: 'hi' }],
  mcp_servers: [{ type: 'url', name: 'echo', url: 'patchbay/mcp/math' }],
  tools: [{ name: 'mine', input_schema: { type: 'object' } }],
})
const thinks = streams([chunk({ reasoning_content: 'Hm.' }), chunk({ content: 'a' }), chunk({}, 'length'), '[DONE]'])
const scripts: readonly (readonly [string, Scripts, string])[] = [
  [
    'calls of both kinds',
    {
      openai: [
        calls([
          { name: 'add', args: {} },
          { name: 'mine', args: { a: 1 } },
        ]),
      ],
    },
    'fast',
  ],
  ['text after a call', { openai: [calls([{ name: 'add', args: {} }], { content: 'b' }), says('ok')] }, 'fast'],
  ['thinking, cut', { openai: [thinks] }, 'fast'],
  ['a refusal', { openai: [says('', { finish: 'content_filter' })] }, 'fast'],
  ['Gemini', { gemini: [geminiCalls({ name: 'add' }), geminiSays('ok')] }, 'flash'],
  [
    'Anthropic, with our call',
    {
      anthropic: [
        answersMessage([
          { type: 'thinking', thinking: 'a', signature: 'b' },
          { type: 'tool_use', id: 'toolu_1', name: 'add', input: {} },
        ]),
        answersMessage([{ type: 'redacted_thinking', data: 'x' }]),
      ],
    },
    'claude',
  ],
]

describe("the types of Anthropic's own client", () => {
  it('fit every event and every message that we make', { timeout: 60_000 }, async () => {
    const events: [string, StreamEvent][] = []
    const messages: [string, Body][] = []
    for (const [name, script, model] of scripts) {
      const { events: told } = await readStream(await startMessages(script), ask(model))
      events.push(...told.map(event => [`${name}: ${event.type}`, event] as [string, StreamEvent]))
      const { url } = await startMessages(script)
      const response = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(ask(model)),
      })
      messages.push([name, withBetas((await response.json()) as Body)])
    }
    expect(events.length).toBeGreaterThan(50)
    const wrong = await Promise.all([
      checkTypes(
        types('BetaRawMessageStreamEvent'),
        events.map(([name, event]) => [name, withBetas(event)] as const),
      ),
      checkTypes(types('BetaMessage'), messages),
      // A body that is wrong is found to be.
      checkTypes(types('BetaMessage'), [['wrong', { ...messages[0]?.[1], stop_reason: 'stop' }]]),
    ])
    expect(wrong.slice(0, 2)).toEqual([[], []])
    expect(wrong[2]?.[0]).toMatch(/^wrong: /)
  })
})

/** The types of the beta want fields of other betas than the connector, if only with null. */
function withBetas(value: Body): Body {
  const { type, message, delta, stop_details: details } = value
  const management = { context_management: null }
  const refused = { fallback_credit_token: null, fallback_has_prefill_claim: null, recommended_model: null }
  switch (type) {
    case 'message_start':
      return { ...value, message: withBetas(message) }
    case 'message_delta':
      return { ...management, ...value, delta: withBetas(delta) }
    case 'content_block_delta':
      return delta.type === 'thinking_delta' ? { ...value, delta: { estimated_tokens: null, ...delta } } : value
  }
  return {
    ...(type === 'message' && management),
    ...value,
    ...(details && { stop_details: { ...refused, ...details } }),
  }
}

describe.skipIf(!hasFixtures)("Anthropic's connector, as it was recorded", () => {
  const folder = join(fixtures, 'packages/anthropic/src/__fixtures__')
  const input = { message: 'hello world' }
  const replies = [calls([{ id: 'call_0123456789abcdef', name: 'echo', args: input }]), says('It said: hello world')]

  /** Which fields there are in which place, of each kind of block or event once. */
  const shapeOf = (value: Body): Body => {
    if (Array.isArray(value)) return [...new Map(value.map(each => [each?.type, shapeOf(each)])).values()]
    if (typeof value !== 'object' || value === null) return typeof value
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map(key => [key, key === 'input' ? 'object' : shapeOf(value[key])]),
    )
  }
  /** Every field that was recorded is there, and is of its kind where both say something. */
  const missing = (recorded: Body, ours: Body, at = ''): string[] => {
    if (typeof recorded !== 'object' || recorded === null) {
      return ours === undefined
        ? [at]
        : typeof ours === typeof recorded || ours === null || recorded === null
          ? []
          : [`${at}: ${typeof ours}`]
    }
    if (ours === null) return []
    return Object.keys(recorded).flatMap(key => missing(recorded[key], ours?.[key], `${at}.${key}`))
  }

  it('has no field in a message that ours lacks', async () => {
    const recorded = JSON.parse(readFileSync(join(folder, 'anthropic-mcp.1.json'), 'utf8'))
    const { client } = await startMessages({ openai: replies })
    const ours: Body = await client.beta.messages.create(ask('fast'))
    expect(missing(recorded, ours)).toEqual([])
    expect(ours.content.map(({ type }: Body) => type)).toEqual(recorded.content.map(({ type }: Body) => type))
    expect(shapeOf(ours.content[0])).toEqual(shapeOf(recorded.content[0]))
  })

  it('streams the same kinds of events in the same order', async () => {
    const lines = readFileSync(join(folder, 'anthropic-mcp.1.chunks.txt'), 'utf8').trim().split('\n')
    const recorded = lines.map(line => JSON.parse(line) as StreamEvent)
    const { events } = await readStream(await startMessages({ openai: replies }), ask('fast'))
    const kindsOf = (list: readonly StreamEvent[]): string[] => {
      const kinds = list.map(({ type, index, delta, content_block: block }) =>
        [type, index, block?.type, type === 'content_block_delta' ? delta?.type : undefined]
          .filter(each => each !== undefined)
          .join(' '),
      )
      // However many pieces there are.
      return kinds.filter((kind, at) => kind !== kinds[at - 1])
    }
    expect(kindsOf(events)).toEqual(kindsOf(recorded))
    const first = (list: readonly StreamEvent[], type: string): Body => list.find(event => event.type === type)
    for (const type of [
      'message_start',
      'content_block_start',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]) {
      expect(missing(first(recorded, type), first(events, type))).toEqual([])
    }
  })
})
