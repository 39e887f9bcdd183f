import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { streamsEvents } from '../../../fakes/anthropic-provider.ts'
import { fixtures, hasFixtures } from '../../../providers/recorded-fixtures.ts'
import type { StreamEvent } from './messages-setup.ts'
import { orderFaults, readStream, startMessages } from './messages-setup.ts'

const folder = join(fixtures, 'packages/anthropic/src/__fixtures__')
/** Streams that are as they should be; the others are there to be mended or refused. */
const names = (hasFixtures ? readdirSync(folder) : [])
  .filter(name => name.endsWith('.chunks.txt'))
  .filter(name => orderFaults(eventsOf(name)).length === 0)

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

  it('is there in numbers', () => {
    expect(names.length).toBeGreaterThan(10)
  })
})
