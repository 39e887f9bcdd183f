import { expect, it } from 'vitest'
import { readRetryAfter } from '../../src/core/retry-after.ts'

it.each([
  ['seconds', '3', 3_000],
  ['parts of a second, with space around', ' 0.5 ', 500],
  ['a date to come', 'Thu, 26 Nov 2026 12:00:07 GMT', 7_000],
  ['a date that is past', 'Thu, 26 Nov 2026 11:00:00 GMT', 0],
  ['less than nothing', '-1', 0],
  ['nothing', '', undefined],
  ['words', 'soon', undefined],
  ['no header', undefined, undefined],
])('Retry-After with %s is read', (_, value, expected) => {
  expect(readRetryAfter(value, Date.parse('2026-11-26T12:00:00Z'))).toBe(expected)
})
