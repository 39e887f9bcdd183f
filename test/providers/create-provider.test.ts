import { describe, expect, it } from 'vitest'
import type { ModelConfig, TurnRequest } from '../../src/core/model.ts'
import { createProvider } from '../../src/providers/create-provider.ts'

const request: TurnRequest = {
  model: 'demo',
  messages: [{ role: 'user', content: 'hello' }],
  tools: [],
  stream: false,
  rest: {},
}

it('a provider loads its wire with the first turn, and ends where its reader stops', async () => {
  const provider = createProvider({ name: 'demo', provider: 'demo', model: 'demo', headers: {} })
  const { signal } = new AbortController()
  const seen: string[] = []
  for await (const event of provider.turn(request, { signal })) seen.push(event.type)
  expect(seen.at(-1)).toBe('finish')
  for await (const event of provider.turn(request, { signal })) {
    expect(event.type).toBe(seen[0])
    break
  }
  const unread = provider.turn(request, { signal })[Symbol.asyncIterator]()
  expect(await unread.return?.()).toEqual({ done: true, value: undefined })
  await provider.close()
  await createProvider({ name: 'unused', provider: 'openai', model: 'x', headers: {} }).close()
})

describe('a provider that cannot be made', () => {
  const config: ModelConfig = { name: 'm', provider: 'generic', model: 'm', headers: {}, baseUrl: 'no address' }
  const { signal } = new AbortController()

  it('fails each turn, and can be closed', async () => {
    const provider = createProvider(config)
    for (const attempt of ['first', 'second']) {
      const turn = provider.turn(request, { signal })[Symbol.asyncIterator]()
      await expect(turn.next(), attempt).rejects.toThrow()
    }
    await expect(provider.close()).resolves.toBeUndefined()
  })

  it('can be closed while it fails', async () => {
    const provider = createProvider(config)
    const turn = provider.turn(request, { signal })[Symbol.asyncIterator]().next()
    const closed = provider.close()
    await expect(turn).rejects.toThrow()
    await expect(closed).resolves.toBeUndefined()
  })
})
