import { describe, expect, it } from 'vitest'
import type { GuardOptions } from '../../src/serve/guard.ts'
import { createGuard } from '../../src/serve/guard.ts'

const local: GuardOptions = { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] }
const open: GuardOptions = { ...local, host: '0.0.0.0' }
const named: GuardOptions = { ...open, publicUrl: 'https://gw.example.com', allowedHosts: ['Internal'] }

function allowed(options: GuardOptions, host?: string, origin?: string): boolean {
  try {
    createGuard(options)({ ...(host !== undefined && { host }), ...(origin !== undefined && { origin }) })
    return true
  } catch {
    return false
  }
}

describe('the Host', () => {
  it.each<[string, GuardOptions, string | undefined, boolean]>([
    ['loopback: an address', local, '127.0.0.1:4000', true],
    ['loopback: localhost in capitals', local, 'LOCALHOST', true],
    ['loopback: IPv6', local, '[::1]:4000', true],
    ['loopback: a subdomain of localhost', local, 'a.localhost:1', true],
    ['loopback: a name that was rebound', local, 'evil.example:4000', false],
    ['loopback: a name that only begins well', local, '127.0.0.1.evil.example', false],
    ['loopback: a name that only ends well', local, 'notlocalhost', false],
    ['loopback: none', local, undefined, false],
    ['loopback: user and host', local, 'user@127.0.0.1', false],
    ['loopback: a comma', local, '127.0.0.1, evil', false],
    ['open, nothing named: any', open, 'anything:80', true],
    ['open, nothing named: none', open, undefined, false],
    ['open, named: the public name', named, 'gw.example.com', true],
    ['open, named: another allowed one, in any case', named, 'INTERNAL:8080', true],
    ['open, named: a stranger', named, 'evil.example', false],
    ['open, named: loopback is no exception', named, '127.0.0.1', false],
  ])('%s', (_, options, host, expected) => {
    expect(allowed(options, host)).toBe(expected)
  })
})

describe('a guard that has let a request through', () => {
  it('lets no other Host, no Host, and no stranger’s page through behind it', () => {
    const check = createGuard(local)
    check({ host: '127.0.0.1:4000' })
    check({ host: '127.0.0.1:4000' })
    expect(() => check({ host: 'evil.example:4000' })).toThrow('is not served here')
    expect(() => check({})).toThrow('is not served here')
    expect(() => check({ host: '127.0.0.1:4000', origin: 'https://evil.example' })).toThrow('may not use')
    check({ host: '127.0.0.1:4000' })
  })
})

describe('the Origin', () => {
  it.each<[string, GuardOptions, string, boolean]>([
    ['loopback: a loopback page', local, 'http://localhost:3000', true],
    ['loopback: a page on IPv6 loopback', local, 'http://[::1]:3000', true],
    ['loopback: a page from elsewhere', local, 'https://evil.example', false],
    ['loopback: a sandboxed page', local, 'null', false],
    [
      'loopback: one that was allowed',
      { ...local, allowedOrigins: ['https://app.example'] },
      'https://app.example',
      true,
    ],
    [
      'loopback: a look-alike',
      { ...local, allowedOrigins: ['https://app.example'] },
      'https://app.example.evil',
      false,
    ],
    ['public: its own page', named, 'https://gw.example.com', true],
    ['public: its own name, another scheme', named, 'http://gw.example.com', false],
    ['public: a loopback page', named, 'http://localhost', false],
  ])('%s', (_, options, origin, expected) => {
    expect(
      allowed(options, options === local || options.host === '127.0.0.1' ? 'localhost' : 'gw.example.com', origin),
    ).toBe(expected)
  })
})
