import { describe, expect, it } from 'vitest'
import { credentialsIn } from '../../src/core/credential-headers.ts'

describe('credentialsIn', () => {
  it.each<[string, string | string[] | undefined, string[]]>([
    ['authorization', 'Bearer key', ['key']],
    ['authorization', ' bearer \t key ', ['key']],
    ['authorization', 'Basic key', []],
    ['authorization', 'Bearer', []],
    ['authorization', 'Bearer a, Basic b, BEARER c', ['a', 'c']],
    ['authorization', 'Bearer a,b', ['a,b']],
    ['authorization', ['Bearer a', 'Bearer b'], ['a', 'b']],
    ['authorization', undefined, []],
    ['x-api-key', 'key', ['key']],
    ['x-api-key', 'Bearer key', ['key']],
    ['x-api-key', 'bearerkey', ['bearerkey']],
    ['x-api-key', 'a,   b', ['a', 'b']],
    ['x-litellm-api-key', '', []],
    ['x-litellm-api-key', ' ,  ', []],
  ])('%s: %j', (name, value, credentials) => {
    expect(credentialsIn(name, value)).toEqual(credentials)
  })

  // Not timed: a pattern that goes back for each space would take hours for this, and the test would end late.
  it('takes any text in its stride', () => {
    const spaces = ' '.repeat(4_000_000)
    expect(credentialsIn('x-api-key', `a${spaces}b`)).toEqual([`a${spaces}b`])
    expect(credentialsIn('authorization', `Bearer a${spaces}b`)).toEqual([`a${spaces}b`])
    expect(credentialsIn('authorization', `bearer${spaces}`)).toEqual([])
    expect(credentialsIn('x-api-key', ','.repeat(4_000_000))).toHaveLength(1)
  })
})
