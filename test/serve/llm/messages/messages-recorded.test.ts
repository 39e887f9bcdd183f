import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { streamsEvents } from '../../../fakes/anthropic-provider.ts'
import { fixtures, hasFixtures } from '../../../providers/recorded-fixtures.ts'
import type { Body, StreamEvent } from './messages-setup.ts'
import { orderFaults, readStream, startMessages } from './messages-setup.ts'

const folder = join(fixtures, 'packages/anthropic/src/__fixtures__')
/** Streams that are as they should be; the others are there to be mended or refused. */
const names = (hasFixtures ? readdirSync(folder) : [])
  .filter(name => name.endsWith('.chunks.txt'))
  .filter(name => orderFaults(eventsOf(name)).length === 0)

/** Whole messages; one that was put together of several turns has calls and does not end in them. */
const messages = (hasFixtures ? readdirSync(folder) : [])
  .filter(name => name.endsWith('.json'))
  .map(name => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Body] as const)
  .filter(([, { type }]) => type === 'message')
  .filter(([, { content, stop_reason: reason }]) => reason === 'tool_use' || !content.some(isToolUse))

function isToolUse({ type }: Body): boolean {
  return type === 'tool_use'
}

function eventsOf(name: string): StreamEvent[] {
  const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as StreamEvent)
}

const blocksOf = (events: readonly StreamEvent[]): readonly StreamEvent[] =>
  events.filter(({ type }) => type.startsWith('content_block_'))

describe.skipIf(!hasFixtures)("a recorded stream of Anthropic's", () => {
  it.each(names)('passes as it came: %s', async name => {
    const recorded = eventsOf(name)
    const used = recorded.flatMap(({ content_block: block }) => (block?.type === 'tool_use' ? [block.name] : []))
    const tools = [...new Set(used)].map(tool => ({ name: tool, input_schema: { type: 'object' } }))
    const server = await startMessages({ anthropic: [streamsEvents(recorded)] })
    const asked = { model: 'claude', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], tools }
    const { events } = await readStream(server, asked)
    expect(orderFaults(events)).toEqual([])
    expect(blocksOf(events)).toEqual(blocksOf(recorded))
    const [ours, theirs] = [events, recorded].map(list => list.find(({ type }) => type === 'message_delta'))
    expect(ours?.delta).toMatchObject(theirs?.delta)
    expect(ours?.usage.output_tokens).toBe(theirs?.usage.output_tokens)
  })

  it.each(messages)('is the same without a stream: %s', async (_, recorded) => {
    const used = recorded.content.flatMap(({ type, name }: Body) => (type === 'tool_use' ? [name] : []))
    const tools = [...new Set(used)].map(tool => ({ name: tool, input_schema: { type: 'object' } }))
    const { url } = await startMessages({ anthropic: [(_, response) => void response.end(JSON.stringify(recorded))] })
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'claude', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], tools }),
    })
    const { content, usage, stop_reason: reason } = (await response.json()) as Body
    expect([content, reason]).toEqual([recorded.content, recorded.stop_reason])
    expect(usage.output_tokens).toBe(recorded.usage.output_tokens)
    expect(usage.input_tokens).toBe(recorded.usage.input_tokens)
  })

  it('is there in numbers', () => {
    expect([names.length, messages.length].filter(count => count > 10)).toHaveLength(2)
  })
})
