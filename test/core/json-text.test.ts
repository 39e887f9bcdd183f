import { describe, expect, it } from 'vitest'
import { rememberText, writeJson } from '../../src/core/json-text.ts'

const fill = 'x'.repeat(2_000)

describe('writeJson', () => {
  it('gives back the text that an object was read from, every digit of it', () => {
    const text = `{ "id": 12345678901234567890, "e": 1.0e2, "text": "\\u00fc\\n${fill}" }`
    const value = JSON.parse(text)
    rememberText(value, text)
    expect(writeJson(value)).toBe(text)
  })

  it.each([
    ['a copy', (value: object) => ({ ...value })],
    ['an object that another one holds', (value: object) => ({ value })],
  ])('writes %s anew', (_, change) => {
    const text = `{"id":12345678901234567890,"text":"${fill}"}`
    const value = JSON.parse(text)
    rememberText(value, text)
    expect(writeJson(change(value))).toBe(JSON.stringify(change(value)))
  })

  it.each([
    ['of more than one line', `{"a":\n"${fill}"}`],
    ['with a carriage return', `{"a":\r"${fill}"}`],
    ['with space in front', ` {"a":"${fill}"}`],
    ['with space behind', `{"a":"${fill}"} `],
    ['that is short', '{"a": 1}'],
  ])('writes what came as a text %s anew', (_, text) => {
    const value = JSON.parse(text)
    rememberText(value, text)
    expect(writeJson(value)).toBe(JSON.stringify(value))
  })
})
