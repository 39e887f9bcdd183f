import { expect, it } from 'vitest'
import { count } from '../../src/core/count.ts'

it.each([
  [0, '0 tools'],
  [1, '1 tool'],
  [2, '2 tools'],
])('%s of something are %s', (number, expected) => {
  expect(count(number, 'tool')).toBe(expected)
})
