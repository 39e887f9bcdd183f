import { describe, expect, it } from 'vitest'
import { assertMayListen, isLoopback } from '../../src/auth/may-listen.ts'

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['localhost', true],
    ['LOCALHOST', true],
    ['::1', true],
    ['[::1]', true],
    ['0:0:0:0:0:0:0:1', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['', false],
    ['192.168.1.1', false],
    ['::ffff:10.0.0.1', false],
    ['127.0.0.1.example.com', false],
    ['localhost.example.com', false],
    ['127.1', false],
  ])('%j: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })
})

describe('assertMayListen', () => {
  it('refuses other addresses without a key, and says what to do', () => {
    expect(() => assertMayListen('0.0.0.0', [])).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(() => assertMayListen('0.0.0.0', [])).toThrow(/"0\.0\.0\.0".*Add a key under "keys".*127\.0\.0\.1/)
  })

  it('allows loopback without a key, and everything with one', () => {
    assertMayListen('127.0.0.1', [])
    assertMayListen('0.0.0.0', [{}])
  })
})
