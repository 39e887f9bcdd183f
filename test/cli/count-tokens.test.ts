import { expect, it } from 'vitest'
import { countTokens } from '../../src/cli/count-tokens.ts'

it('counts text that spells a control token like any other', () => {
  expect(countTokens('')).toBe(0)
  expect(countTokens('hello world')).toBe(2)
  expect(countTokens('stop at <|endoftext|>')).toBeGreaterThan(countTokens('stop at '))
})
