import { describe, expect, it } from 'vitest'
import { joinDeltas, toHistory } from '../../src/llm/message.ts'
import { addUsage } from '../../src/llm/usage.ts'

describe('joinDeltas', () => {
  it.each<[string, object[], object]>([
    ['texts are put together', [{ content: 'a' }, { content: 'b', refusal: null }], { content: 'ab', refusal: null }],
    ['null gives way', [{ content: null }, { content: 'a' }, { content: null }], { content: 'a' }],
    ['lists go one after the other', [{ x: [1] }, { x: [2] }], { x: [1, 2] }],
    [
      'a text beside a list becomes a part of it',
      [{ content: [{ type: 'thinking' }] }, { content: 'a' }],
      { content: [{ type: 'thinking' }, { type: 'text', text: 'a' }] },
    ],
    [
      'objects are joined, ids stay whole',
      [{ audio: { id: 'i', data: 'a' } }, { audio: { id: 'i', data: 'b' } }],
      { audio: { id: 'i', data: 'ab' } },
    ],
  ])('%s', (_, deltas, message) => {
    expect(joinDeltas(deltas as Record<string, unknown>[])).toEqual(message)
  })

  it('touches no prototype', () => {
    joinDeltas([JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>, { a: 'b' }])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('toHistory', () => {
  it('refers to an audio answer by its id', () => {
    expect(toHistory({ audio: { id: 'i', data: 'long' } }, [])).toEqual({
      role: 'assistant',
      content: null,
      audio: { id: 'i' },
    })
  })
})

describe('addUsage', () => {
  it('sums numbers at every depth and keeps what only one side has', () => {
    expect(addUsage({ a: 1, d: { x: 1 }, only: 2 }, { a: 2, d: { x: 3, y: 1 }, tier: 's' })).toEqual({
      a: 3,
      d: { x: 4, y: 1 },
      only: 2,
      tier: 's',
    })
    expect(addUsage(undefined, { a: 1 })).toEqual({ a: 1 })
    expect(addUsage(undefined, undefined)).toBeUndefined()
  })
})
