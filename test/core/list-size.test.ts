import { describe, expect, it } from 'vitest'
import { estimateTokens, isLargeList, suggestSearch } from '../../src/core/list-size.ts'

const tool = (name: string, description = '') => ({ name, description, inputSchema: {} })
const limits = { suggestSearchTools: 2, suggestSearchTokens: 100 }

describe('the size of a list', () => {
  it('is a quarter of its bytes', () => {
    const list = [tool('a', 'ü'.repeat(40))]
    expect(estimateTokens(list)).toBe(Math.ceil(Buffer.byteLength(JSON.stringify(list)) / 4))
  })

  it.each<[string, ReturnType<typeof tool>[], string | undefined]>([
    ['few and small', [tool('a'), tool('b')], undefined],
    ['many', [tool('a'), tool('b'), tool('c')], '"git" offers 3 tools, '],
    ['large', [tool('a', 'x'.repeat(400))], '"git" offers 1 tool of about 112 tokens, '],
  ])('of %s tools', (_, tools, message) => {
    expect(isLargeList(tools, limits)).toBe(message !== undefined)
    const suggestion = suggestSearch('git', tools, limits)
    if (message === undefined) expect(suggestion).toBeUndefined()
    else expect(suggestion?.startsWith(message) && suggestion.includes('"mode": "search"')).toBe(true)
  })
})
