import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { buildCatalog } from '../../src/core/catalog.ts'
import type { Store } from '../../src/core/store.ts'
import { reportDefinitions } from '../../src/gateway/report-definitions.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

describe('a report of definitions that is stopped', () => {
  it('uses the store no more, though a check was under way', async () => {
    const asked: string[] = []
    const answer = Promise.withResolvers<{ value: unknown }>()
    const store: Store = {
      get: key => {
        asked.push(`get ${key}`)
        return answer.promise
      },
      set: async key => asked.push(`set ${key}`) > 0,
      close: async () => {},
    }
    const tools = [{ key: 'a', rank: 'a', tool: { name: 'a', inputSchema: { type: 'object' } } }]
    const catalog = buildCatalog(
      ['one', 'two'].map(id => ({ id, tools })),
      {},
    )
    const keeper = { catalog: () => catalog, onChange: () => () => {} }
    const lockOf = () => ({ mode: 'warn', entry: 'e', present: false }) as const
    const stop = reportDefinitions(keeper, { store, lockOf, log: () => {} })

    vi.advanceTimersByTime(1_000)
    await vi.waitFor(() => expect(asked).toEqual(['get definitions:one']))
    stop()
    answer.resolve({ value: undefined })
    await new Promise(resolve => setImmediate(resolve))
    expect(asked).toEqual(['get definitions:one'])
  })
})
