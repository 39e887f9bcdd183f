import { describe, expect, it } from 'vitest'
import type { ModelConfig, Provider } from '../../src/core/model.ts'
import { keepProviders } from '../../src/providers/keep-providers.ts'

const model = (name: string, apiKey = 'one'): ModelConfig => ({
  name,
  provider: 'openai',
  model: name,
  apiKey,
  headers: {},
})

function fakes(): { made: string[]; closed: string[]; make: (model: ModelConfig) => Provider } {
  const made: string[] = []
  const closed: string[] = []
  const make = ({ name, apiKey }: ModelConfig): Provider => {
    made.push(`${name} ${apiKey}`)
    return {
      // biome-ignore lint/correctness/useYield: no turn is asked of it
      async *turn() {
        throw new Error('not called')
      },
      close: async () => void closed.push(`${name} ${apiKey}`),
    }
  }
  return { made, closed, make }
}

describe('keepProviders', () => {
  it('makes a provider once, also for an equal model of a later configuration', () => {
    const { made, make } = fakes()
    const providers = keepProviders(make)
    expect(providers.of(model('a'))).toBe(providers.of(model('a')))
    expect(made).toEqual(['a one'])
  })

  it('closes the provider of a model that was removed or changed, and keeps the others', async () => {
    const { closed, make } = fakes()
    const providers = keepProviders(make)
    const kept = providers.of(model('a'))
    providers.of(model('b'))
    providers.of(model('c'))
    await providers.keep([model('a'), model('b', 'two')])
    expect(closed.toSorted()).toEqual(['b one', 'c one'])
    expect(providers.of(model('a'))).toBe(kept)
  })

  it('closes the one that was used longest ago where a pattern makes too many', () => {
    const { made, closed, make } = fakes()
    const providers = keepProviders(make, 2)
    for (const name of ['a', 'b', 'a', 'c', 'a']) providers.of(model(name))
    expect(made).toEqual(['a one', 'b one', 'c one'])
    expect(closed).toEqual(['b one'])
    providers.of(model('b'))
    expect(made.at(-1)).toBe('b one')
    expect(closed).toEqual(['b one', 'c one'])
  })
})
