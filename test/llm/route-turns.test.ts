import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/core/errors.ts'
import type { ModelConfig, Provider, TurnEvent, TurnRequest } from '../../src/core/model.ts'
import { routeTurns } from '../../src/llm/route-turns.ts'

const limits = { modelRetries: 2, modelFailures: 3, modelCooldownMs: 30_000, firstEventTimeoutMs: 50 }
const request: TurnRequest = { model: '', messages: [], tools: [], stream: false, rest: {} }
const finish: TurnEvent = { type: 'finish', choice: 0, reason: 'stop' }

const failure = (status: number, retryAfter?: string): GatewayError => {
  const error = { message: `HTTP ${status}`, type: null, param: null, code: null }
  const data = { status, error, ...(retryAfter !== undefined && { retryAfter }) }
  return new GatewayError('PROVIDER_ERROR', `HTTP ${status}`, { data })
}
const model = (name: string, own: Partial<ModelConfig> = {}): ModelConfig => ({
  name,
  provider: 'openai',
  model: name,
  headers: {},
  ...own,
})

/** What a deployment does, turn for turn; the last one for good. `hangs` says nothing until it is given up. */
type Act = 'ok' | 'hangs' | 'breaks' | GatewayError

/** Routing over deployments that act as told, by the provider's own name of the model. */
function routing(models: ModelConfig[], acts: Record<string, Act[]>, dice: () => number = () => 0) {
  const asked: string[] = []
  const pauses: number[] = []
  const clock = { now: 0 }
  const providerOf = (deployment: ModelConfig): Provider => ({
    async *turn({ model }, { signal }) {
      asked.push(model)
      const script = acts[deployment.model] ?? ['ok']
      const act = script.length > 1 ? (script.shift() as Act) : (script[0] as Act)
      if (act instanceof GatewayError) throw act
      if (act === 'hangs')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      yield { type: 'delta', choice: 0, delta: { content: model } }
      if (act === 'breaks') throw failure(502)
      yield finish
    },
    close: async () => {},
  })
  const route = routeTurns({
    models: () => models,
    providerOf,
    limits,
    log: () => {},
    now: () => clock.now,
    random: dice,
    wait: async ms => void pauses.push(ms),
  })
  const ask = async (name: string, signal = AbortSignal.any([])): Promise<string> => {
    const texts: string[] = []
    for await (const event of route(name).turn(request, { signal }))
      if (event.type === 'delta') texts.push(String(event.delta.content))
    return texts.join()
  }
  return { ask, asked, pauses, clock }
}

describe('a turn', () => {
  it.each([429, 500, 503, 529, 408])('that fails with %s is tried again, a little later each time', async status => {
    const { ask, asked, pauses } = routing([model('a')], { a: [failure(status), failure(status), 'ok'] })
    expect(await ask('a')).toBe('a')
    expect([asked, pauses]).toEqual([
      ['a', 'a', 'a'],
      [125, 250],
    ])
  })

  it('is given up after the last try with what the provider said last', async () => {
    const { ask, asked } = routing([model('a', { retries: 1 })], { a: [failure(500), failure(503)] })
    await expect(ask('a')).rejects.toMatchObject({ data: { status: 503 } })
    expect(asked).toEqual(['a', 'a'])
  })

  it('waits as long as the provider says, but not for one that says it takes longer', async () => {
    const short = routing([model('a')], { a: [failure(429, '3'), 'ok'] })
    await short.ask('a')
    expect(short.pauses).toEqual([3_000])
    const long = routing([model('a')], { a: [failure(429, '60'), 'ok'] })
    await expect(long.ask('a')).rejects.toMatchObject({ data: { status: 429 } })
    expect([long.asked, long.pauses]).toEqual([['a'], []])
  })

  it.each([400, 413, 422])('that is refused with %s is not tried again anywhere', async status => {
    const models = [model('a', { fallbacks: ['b'] }), model('b')]
    const { ask, asked } = routing(models, { a: [failure(status)] })
    await expect(ask('a')).rejects.toMatchObject({ data: { status } })
    expect(asked).toEqual(['a'])
  })

  it('that has said something is never tried again', async () => {
    const { ask, asked } = routing([model('a', { fallbacks: ['b'] }), model('b')], { a: ['breaks'] })
    await expect(ask('a')).rejects.toMatchObject({ data: { status: 502 } })
    expect(asked).toEqual(['a'])
  })

  it('in which nothing is said in time goes on elsewhere', async () => {
    const { ask, asked } = routing([model('a', { fallbacks: ['b'], retries: 0 }), model('b')], { a: ['hangs'] })
    expect(await ask('a')).toBe('b')
    expect(asked).toEqual(['a', 'b'])
  })

  it('ends when the caller goes away, and is not tried again', async () => {
    const { ask, asked } = routing([model('a')], { a: ['hangs'] })
    const leaving = new AbortController()
    const turn = ask('a', leaving.signal)
    leaving.abort(new Error('gone'))
    await expect(turn).rejects.toThrow('gone')
    expect(asked).toEqual(['a'])
  })
})

describe('several deployments', () => {
  const pair = [model('m', { model: 'one', weight: 3 }), model('m', { model: 'two' })]

  it('share the turns by weight', async () => {
    let turn = 0
    const { ask, asked } = routing(pair, {}, () => (turn++ % 4) / 4)
    for (let count = 0; count < 8; count += 1) await ask('m')
    expect(asked.filter(name => name === 'one')).toHaveLength(6)
  })

  it('stand in for each other at once', async () => {
    const { ask, asked, pauses } = routing(pair, { one: [failure(500)] })
    expect(await ask('m')).toBe('two')
    expect([asked, pauses]).toEqual([['one', 'two'], []])
  })

  it.each([401, 403, 404])('stand in for one that answers %s', async status => {
    const { ask } = routing(pair, { one: [failure(status)] })
    expect(await ask('m')).toBe('two')
  })

  it('are spared after failures in a row, and asked again later', async () => {
    const { ask, asked, clock } = routing(pair, { one: [failure(500), failure(500), failure(500), 'ok'] })
    for (let count = 0; count < 4; count += 1) await ask('m')
    expect(asked).toEqual(['one', 'two', 'one', 'two', 'one', 'two', 'two'])
    clock.now += limits.modelCooldownMs
    expect(await ask('m')).toBe('one')
  })

  it('are spared for as long as they say', async () => {
    const { ask, asked, clock } = routing(pair, { one: [failure(429, '120'), 'ok'] })
    await ask('m')
    await ask('m')
    expect(asked).toEqual(['one', 'two', 'two'])
    clock.now += 120_000
    expect(await ask('m')).toBe('one')
  })

  it('are asked all the same where each of them is spared', async () => {
    const { ask } = routing([model('m')], { m: [failure(429, '100'), 'ok'] })
    await expect(ask('m')).rejects.toThrow()
    expect(await ask('m')).toBe('m')
  })
})

describe('a name', () => {
  it('falls back to others in their order', async () => {
    const models = [model('a', { fallbacks: ['b', 'c'], retries: 0 }), model('b', { retries: 0 }), model('c')]
    const { ask, asked } = routing(models, { a: [failure(500)], b: [failure(500)] })
    expect(await ask('a')).toBe('c')
    expect(asked).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['openai/gpt-5', 'gpt-5'],
    ['openai/ft/one', 'tuned-one'],
    ['openai/exact', 'other'],
  ])('%s is found by its own entry, or the longest pattern that fits', async (name, expected) => {
    const models = [
      model('openai/*', { model: '*' }),
      model('openai/ft/*', { model: 'tuned-*' }),
      model('openai/exact', { model: 'other' }),
    ]
    expect(await routing(models, {}).ask(name)).toBe(expected)
  })

  it('that nobody has is refused before anything is asked', async () => {
    const { ask, asked } = routing([model('a'), model('x/*')], {})
    await expect(ask('b')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: 'No model is named "b". Configured: "a", "x/*".',
    })
    expect(asked).toEqual([])
  })
})

it('a turn that was tried again leaves no listener of its failures on its signal', async () => {
  const { ask } = routing([model('a')], { a: [failure(503), failure(503), 'ok'] })
  const { signal } = new AbortController()
  expect(await ask('a', signal)).toBe('a')
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
})
