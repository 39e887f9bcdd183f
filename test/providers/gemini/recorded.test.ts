import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TurnEvent } from '../../../src/core/model.ts'
import { toProviderError } from '../../../src/providers/wire/provider-error.ts'
import { fixtures, hasFixtures } from '../recorded-fixtures.ts'
import { callsIn, readChunks, readWhole, said, streamOf } from './read.ts'

const weather: [string, unknown] = ['weather', { location: 'San Francisco' }]

/** What was recorded streamed and whole, and the calls in it. */
const both: [string, [string, unknown][]][] = [
  ['google-text', []],
  ['google-reasoning', []],
  ['google-reasoning-gemini3', []],
  ['google-tool-call', [weather]],
  ['google-tool-call-gemini3', [weather]],
]

describe.skipIf(!hasFixtures)('recorded streams of Google', () => {
  it.each<[string, [string, unknown][]]>([
    ...both,
    [
      'google-stream-no-args-tool-call',
      [
        ['read_theme', {}],
        ['read_screen', { id: 'A' }],
        ['read_screen', { id: 'B' }],
        ['read_screen', { id: 'C' }],
      ],
    ],
    [
      'google-stream-tool-call-arguments',
      [
        ['getWeather', { location: 'Boston' }],
        ['getWeather', { location: 'San Francisco' }],
      ],
    ],
    [
      'google-stream-tool-call-array-arguments-missing-terminal-function-call',
      [
        [
          'writeItems',
          {
            operations: [
              { action: 'add', description: 'Fresh red apple', itemid: 'apple_001', price: 0.5 },
              { action: 'add', description: 'Ripe yellow banana', itemid: 'banana_001', price: 0.3 },
            ],
          },
        ],
      ],
    ],
  ])('%s is read whole', async (name, calls) => {
    const events = await readChunks(lines(name))
    expect(callsIn(events)).toEqual(calls)
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: calls.length > 0 ? 'tool_calls' : 'stop' })
    expectNothingLost(events, lines(name))
  })

  it('google-vertex-stream-tool-call-arguments-nested.1 is read whole', async () => {
    const events = await readChunks(lines('google-vertex-stream-tool-call-arguments-nested.1'))
    const [name, args] = callsIn(events)[0] as [string, { recipe: Record<string, unknown[]> }]
    expect([name, args.recipe.name]).toEqual(['cookRecipe', 'Lasagna'])
    expect(args.recipe.ingredients).toHaveLength(10)
    expect(args.recipe.ingredients?.[9]).toEqual({ amount: '1/2 tsp', name: 'Pepper' })
    expect(args.recipe.steps).toHaveLength(10)
    expect(args.recipe.steps?.[1]).toBe('Cook lasagna noodles according to package directions, drain and set aside.')
  })

  it.each(['google-tool-call', 'google-stream-tool-call-arguments', 'google-stream-no-args-tool-call'])(
    '%s, cut anywhere, never gives a call',
    async name => {
      const all = lines(name)
      const finish = all.findIndex(line => line.includes('"finishReason"'))
      for (let end = 0; end <= finish; end += 1) {
        const seen: TurnEvent[] = []
        const read = async (): Promise<void> => {
          for await (const event of streamOf(all.slice(0, end))) seen.push(event)
        }
        await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_ERROR' })
        expect(seen.some(event => event.type === 'tool_calls')).toBe(false)
      }
    },
  )
})

describe.skipIf(!hasFixtures)('recorded answers of Google', () => {
  it.each(both)('%s is read whole', (name, calls) => {
    const text = recorded(`${name}.json`)
    const events = readWhole(JSON.parse(text) as JsonObject)
    expect(callsIn(events)).toEqual(calls)
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: calls.length > 0 ? 'tool_calls' : 'stop' })
    expectNothingLost(events, [text])
  })

  it('google-429-retry-info tells when to come back', () => {
    const body = recorded('google-429-retry-info.json')
    for (const text of [body, `[${body}]`]) {
      expect(toProviderError('m', { status: 429, body: text }, same => same)).toMatchObject({
        data: {
          status: 429,
          retryAfter: '35',
          error: { code: '429', status: 'RESOURCE_EXHAUSTED', message: expect.stringContaining('current quota') },
        },
      })
    }
  })
})

/** Every text, signature and count of the recording is in the events, and in what the next turn sends back. */
function expectNothingLost(events: readonly TurnEvent[], texts: readonly string[]): void {
  const chunks = texts.map(text => JSON.parse(text) as Recorded)
  const parts = chunks.flatMap(chunk => chunk.candidates[0]?.content.parts ?? [])
  const spoken = (thought: boolean): string =>
    parts.map(part => ((part.thought === true) === thought ? (part.text ?? '') : '')).join('')
  expect(said(events, 'content')).toBe(spoken(false))
  expect(said(events, 'reasoning_content')).toBe(spoken(true))
  const finish = events.find(event => event.type === 'finish')
  const kept = JSON.stringify(finish?.native)
  for (const { thoughtSignature } of parts) if (thoughtSignature) expect(kept).toContain(thoughtSignature)
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount } =
    chunks.at(-1)?.usageMetadata ?? {}
  const usage = events.flatMap(event => (event.type === 'meta' && event.usage ? [event.usage] : []))
  expect(usage).toHaveLength(1)
  expect(usage[0]).toMatchObject({
    prompt_tokens: promptTokenCount,
    completion_tokens: Number(candidatesTokenCount) + Number(thoughtsTokenCount),
    total_tokens: totalTokenCount,
    completion_tokens_details: { reasoning_tokens: thoughtsTokenCount },
  })
}

type Recorded = {
  candidates: { content: { parts: { text?: string; thought?: boolean; thoughtSignature?: string }[] } }[]
  usageMetadata: Record<string, number>
}

function recorded(name: string): string {
  return readFileSync(join(fixtures, 'packages/google/src/__fixtures__', name), 'utf8')
}

function lines(name: string): string[] {
  return recorded(`${name}.chunks.txt`).split('\n').filter(Boolean)
}
