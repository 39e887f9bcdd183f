import { expect, it } from 'vitest'
import type { TurnRequest } from '../../src/core/model.ts'
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
