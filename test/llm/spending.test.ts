import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/core/errors.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import type { ModelConfig, Provider, TurnEvent, TurnRequest } from '../../src/core/model.ts'
import { costOf, tokensOf } from '../../src/core/price.ts'
import type { Spent } from '../../src/llm/route-turns.ts'
import { routeTurns } from '../../src/llm/route-turns.ts'
import { asks, call, run, says } from './run-loop.ts'

const used = (tokens: number, cost?: number): TurnEvent => ({
  type: 'meta',
  usage: { prompt_tokens: tokens },
  ...(cost !== undefined && { cost }),
})

describe('the end of an answer', () => {
  const endOf = async (...turns: TurnEvent[][]) => (await run(turns)).events.at(-1)

  it('tells what all its turns have cost', async () => {
    const first = [used(10, 0.25), ...asks([call('add')])]
    expect(await endOf(first, [...says('done'), used(20, 0.5)])).toEqual({
      type: 'end',
      usage: { prompt_tokens: 30 },
      cost: 0.75,
    })
  })

  it.each<[string, TurnEvent[], TurnEvent[]]>([
    ['the first', [used(10)], [used(20, 0.5)]],
    ['the last', [used(10, 0.25)], [used(20)]],
    ['one without usage', [], [used(20, 0.5)]],
  ])('tells no cost where that of %s turn is unknown', async (_, first, last) => {
    const end = await endOf([...first, ...asks([call('add')])], [...last, ...says('done')])
    expect(end).not.toHaveProperty('cost')
  })

  it('takes the last usage of a turn, and keeps both from the events before', async () => {
    const { events } = await run([[used(10, 0.25), used(12, 0.5), ...says('done')]])
    expect(events.at(-1)).toEqual({ type: 'end', usage: { prompt_tokens: 12 }, cost: 0.5 })
    expect(JSON.stringify(events.slice(0, -1))).not.toMatch(/cost|usage/)
  })

  it('tells it of a single turn without tools of ours', async () => {
    const { events } = await run([[...says('done'), used(10, 0.25)]], { tools: new Map() })
    expect(events.at(-1)).toEqual({ type: 'end', usage: { prompt_tokens: 10 }, cost: 0.25 })
  })
})

describe('routing', () => {
  const model = (name: string, own: Partial<ModelConfig> = {}): ModelConfig => ({
    name,
    provider: 'openai',
    model: `${name}-upstream`,
    headers: {},
    price: { input: 1, output: 1 },
    ...own,
  })
  const request: TurnRequest = { model: '', messages: [], tools: [], stream: false, rest: {} }
  const failure = new GatewayError('PROVIDER_ERROR', 'away', { data: { status: 503, error: {} } })

  /** Routing over `a`, which answers as told, `b` behind it, and the pattern `p/*`. */
  function routing(events: () => AsyncIterable<TurnEvent>, embeds: () => Promise<object> = async () => ({})) {
    const models = [
      model('a', { retries: 0, fallbacks: ['b'] }),
      model('b', { price: { input: 5, output: 5 } }),
      model('p/*', { model: '*' }),
    ]
    const answers = async function* (): AsyncGenerator<TurnEvent> {
      yield used(1_000_000)
      yield* says('ok')
    }
    const counted: unknown[] = []
    const told: Spent[] = []
    const providerOf = ({ name }: ModelConfig): Provider => ({
      turn: () => (name === 'a' ? events() : answers()),
      embed: async () => ({ text: '{}', ...(await embeds()) }),
      close: async () => {},
    })
    const route = routeTurns({
      models: () => models,
      providerOf,
      pricesOf:
        async ({ price }) =>
        usage =>
          price && costOf(tokensOf(usage), price),
      spending: { spent: (...spent) => void counted.push(spent) },
      limits: defaultLimits,
      log: () => {},
    })
    const turn = async (name: string): Promise<TurnEvent[]> => {
      const all: TurnEvent[] = []
      const { signal } = new AbortController()
      for await (const event of route(name, spent => told.push(spent)).turn(request, { signal })) all.push(event)
      return all
    }
    const embed = (name: string) =>
      route(name, spent => told.push(spent)).embed(
        { model: name, body: {} },
        { signal: new AbortController().signal, maxAnswerBytes: 1 },
      )
    return { turn, embed, counted, told, route }
  }
  async function* breaksOff(...events: TurnEvent[]): AsyncGenerator<TurnEvent> {
    yield* events
    throw failure
  }
  const tokens = (input: number) => ({ input, output: 0, cacheRead: 0, cacheWrite: 0 })

  it('prices a turn by the deployment that answered, and counts it once under the name of its entry', async () => {
    const { turn, counted, told } = routing(() => breaksOff())
    const events = await turn('a')
    expect(events.find(({ type }) => type === 'meta')).toMatchObject({ cost: 5 })
    expect(counted).toEqual([['b', tokens(1_000_000), 5]])
    expect(told).toEqual([{ model: 'b', usage: { prompt_tokens: 1_000_000 }, cost: 5 }])
  })

  it('counts a turn that breaks off, by the last usage that it told', async () => {
    const { turn, counted } = routing(() => breaksOff(used(10), used(20)))
    await expect(turn('a')).rejects.toThrow('away')
    expect(counted).toEqual([['a', tokens(20), 0.00002]])
  })

  it('counts what a pattern answers under the pattern, never under what a caller named', async () => {
    const { turn, counted } = routing(async function* () {})
    await turn('p/whatever-they-like')
    expect(counted).toEqual([['p/*', tokens(1_000_000), 1]])
  })

  it('prices embeddings, and counts none that tell no tokens', async () => {
    const embeds = [{ usage: { prompt_tokens: 1_000_000 } }, {}]
    const { embed, counted } = routing(
      async function* () {},
      async () => embeds.shift() ?? {},
    )
    expect(await embed('a')).toMatchObject({ cost: 1 })
    expect(await embed('a')).toEqual({ text: '{}' })
    expect(counted).toEqual([['a', tokens(1_000_000), 1]])
  })
})
