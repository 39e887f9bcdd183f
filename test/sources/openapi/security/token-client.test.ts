import { describe, expect, it } from 'vitest'
import type { SecurityScheme } from '../../../../src/sources/openapi/security/schemes.ts'
import { findTokenClient } from '../../../../src/sources/openapi/security/token-client.ts'

const credential = { clientId: 'c', clientSecret: 's', auth: 'basic' } as const

const find = (
  tokenUrl: string | undefined,
  options: { documentUrl?: string; base?: string; allowed?: string } = {},
) => {
  const scheme: SecurityScheme = { name: 'o', type: 'oauth2', ...(tokenUrl !== undefined && { tokenUrl }) }
  const { documentUrl, base = 'https://api.example.com/v1/', allowed } = options
  const found = findTokenClient(credential, scheme, {
    ...(documentUrl !== undefined && { documentUrl }),
    base: base === '' ? undefined : new URL(base),
    allows: url => url.hostname === allowed || url.origin === 'https://api.example.com',
  })
  return typeof found === 'string' ? found : found.url
}

describe('the token URL of a document', () => {
  const fetched = { documentUrl: 'https://docs.example.com/api.json' }

  it.each<[string, string, object, string]>([
    ['of one on disk may be anywhere', 'https://auth.example.net/token', {}, 'https://auth.example.net/token'],
    ['may be relative to the base URL', 'oauth/token', {}, 'https://api.example.com/v1/oauth/token'],
    [
      "of one that was fetched may be at the document's own origin",
      'https://docs.example.com/t',
      fetched,
      'https://docs.example.com/t',
    ],
    ['or at that of the base URL', '/t', fetched, 'https://api.example.com/t'],
    [
      'or at a host that is allowed',
      'https://auth.example.net/t',
      { ...fetched, allowed: 'auth.example.net' },
      'https://auth.example.net/t',
    ],
  ])('%s', (_, tokenUrl, options, expected) => {
    expect(find(tokenUrl, options)).toBe(expected)
  })

  it.each<[string, string | undefined, object, string]>([
    ['anywhere else', 'https://evil.example/t', fetched, 'names a token URL at another origin, https://evil.example'],
    ['in the clear', 'http://api.example.com/t', {}, 'is not https'],
    ['on loopback', 'http://127.0.0.1:6379/', {}, 'is not https'],
    ['of the cloud', 'http://169.254.169.254/token', fetched, 'is not https'],
    ['with a user', 'https://u:p@api.example.com/t', {}, 'cannot be used'],
    ['relative to nothing', '/t', { base: '' }, 'cannot be used'],
    ['that is not there', undefined, {}, 'names no token URL'],
  ])('is not used %s, and the remedy is named', (_, tokenUrl, options, problem) => {
    const found = find(tokenUrl, options)
    expect(found).toContain(problem)
    expect(found).toContain('set "tokenUrl" in credentials["o"]')
    expect(found).not.toContain('u:p')
  })

  it('is not asked for where the operator wrote one', () => {
    const scheme: SecurityScheme = { name: 'o', type: 'oauth2', tokenUrl: 'https://evil.example/t' }
    const written = { ...credential, tokenUrl: 'http://127.0.0.1:8080/t' }
    const context = { documentUrl: 'https://evil.example/', base: undefined, allows: () => false }
    expect(findTokenClient(written, scheme, context)).toMatchObject({ scheme: 'o', url: written.tokenUrl })
  })
})
