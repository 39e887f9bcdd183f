import { describe, expect, it } from 'vitest'
import { toCallInput } from '../../../src/providers/boundary/call-input.ts'

describe('the input of a call', () => {
  it.each<[string, unknown, object]>([
    ['is the object that its arguments are', '{"a": [1]}', { a: [1] }],
    ['is empty where they are', ' \n', {}],
    ['holds other JSON as what it is', '[1, 2]', { arguments: [1, 2] }],
    ['holds null too', 'null', { arguments: null }],
    ['holds half a text as it was written', '{"a": ', { arguments: '{"a": ' }],
    ['may have been an object all along', { a: 1 }, { a: 1 }],
    ['is never absent', undefined, { arguments: null }],
  ])('%s', (_, text, input) => {
    expect(toCallInput(text)).toEqual(input)
  })
})
