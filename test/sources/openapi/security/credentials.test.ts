import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyCredentials, tokenPart, toPart } from '../../../../src/sources/openapi/security/credentials.ts'
import type { SecurityScheme } from '../../../../src/sources/openapi/security/schemes.ts'

const key = (place: 'header' | 'query' | 'cookie', parameter: string): SecurityScheme => ({
  name: 's',
  type: 'apiKey',
  in: place,
  parameter,
})
const http = (scheme: string): SecurityScheme => ({ name: 's', type: 'http', scheme })
const oauth: SecurityScheme = { name: 's', type: 'oauth2' }

describe('the value of a scheme', () => {
  it.each<[string, SecurityScheme, string, string]>([
    ['of a key is sent as it is', key('header', 'X-Key'), 'k 1', 'k 1'],
    ['of a bearer gets its word', http('bearer'), 't', 'Bearer t'],
    ['of a bearer gets its word once', http('bearer'), 'bearer t', 'Bearer t'],
    ['of a bearer that only begins alike', http('bearer'), 'bearers', 'Bearer bearers'],
    ['of OAuth is a bearer', oauth, 't', 'Bearer t'],
    ['of OpenID Connect is a bearer', { name: 's', type: 'openIdConnect' }, 't', 'Bearer t'],
    ['of basic is encoded', http('basic'), 'user:pass', 'Basic dXNlcjpwYXNz'],
    ['of basic that is encoded already', http('basic'), 'dXNlcjpwYXNz', 'Basic dXNlcjpwYXNz'],
    ['of basic with its word', http('basic'), 'Basic dXNlcjpwYXNz', 'Basic dXNlcjpwYXNz'],
    ['of another scheme keeps its spelling', http('HOBA'), 'v', 'HOBA v'],
    ['of another scheme with its word', http('HOBA'), 'hoba v', 'HOBA v'],
  ])('%s', (_, scheme, given, expected) => {
    expect(toPart(scheme, given)?.value).toBe(expected)
  })

  it.each([['a\nb'], ['a\r\nX: y'], ['\u20ac'], ['a\0']])('%j goes into no header', value => {
    expect(toPart(key('header', 'X-Key'), value)).toBeUndefined()
    expect(toPart(http('bearer'), value)).toBeUndefined()
    expect(toPart(key('query', 'k'), value)).toBeDefined()
  })

  it('that was fetched is a bearer, or the key as which a document declares its bearer', () => {
    expect(tokenPart(http('bearer'), 't')?.value).toBe('Bearer t')
    expect(tokenPart(key('header', 'Authorization'), 't')?.value).toBe('Bearer t')
    expect(tokenPart(key('header', 'X-Token'), 't')).toEqual({ place: 'header', name: 'X-Token', value: 't' })
    expect(tokenPart(key('query', 'access_token'), 't')?.value).toBe('t')
  })
})

const request = (url: string, headers: Record<string, string> = {}) => ({ method: 'GET', url: new URL(url), headers })

describe('a request with credentials', () => {
  it.each<[string, string, string, string, string]>([
    ['gets its key', 'http://h/p', 'k', 'v', 'http://h/p?k=v'],
    ['keeps its query', 'http://h/p?a=1&b=%5B%5D', 'k', 'v', 'http://h/p?a=1&b=%5B%5D&k=v'],
    ['loses every other value of the key', 'http://h/p?k=x&a=1&k=y', 'k', 'v', 'http://h/p?a=1&k=v'],
    ['loses it however it is spelt', 'http://h/p?%6B=x&k', 'k', 'v', 'http://h/p?k=v'],
    ['tells names apart by case', 'http://h/p?K=x', 'k', 'v', 'http://h/p?K=x&k=v'],
    ['has everything encoded', 'http://h/p', 'a b', 'x&y=#+/', 'http://h/p?a%20b=x%26y%3D%23%2B%2F'],
    ['survives a broken escape', 'http://h/p?%=1', 'k', 'v', 'http://h/p?%=1&k=v'],
  ])('%s in the query', (_, url, name, value, expected) => {
    const sent = applyCredentials(request(url), [{ place: 'query', name, value }])
    expect(sent.url.href).toBe(expected)
  })

  it.each<[string, string | undefined, string, string]>([
    ['alone', undefined, 'v', 'sid=v'],
    ['beside others', 'a=1; b=2', 'v', 'a=1; b=2; sid=v'],
    ['instead of one of its name', 'sid=x; a=1;sid=y', 'v', 'a=1; sid=v'],
    ['as it is where a cookie can carry it', undefined, 'a=b/c+d%2F', 'sid=a=b/c+d%2F'],
    ['encoded where it cannot', undefined, 'a; admin=1', 'sid=a%3B%20admin%3D1'],
  ])('sends a cookie %s', (_, cookie, value, expected) => {
    const before = request('http://h/', cookie === undefined ? {} : { cookie })
    expect(applyCredentials(before, [{ place: 'cookie', name: 'sid', value }]).headers.cookie).toBe(expected)
  })

  it('has its header replaced whatever the case, and is itself not changed', () => {
    const before = request('http://h/?a=1', { 'x-key': 'of the model' })
    const sent = applyCredentials(before, [{ place: 'header', name: 'X-Key', value: 'v' }])
    expect(sent.headers).toEqual({ 'x-key': 'v' })
    expect(before.headers).toEqual({ 'x-key': 'of the model' })
    expect(applyCredentials(before, [])).toBe(before)
  })

  it('never goes elsewhere, and carries the key exactly once', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (query, name, value) => {
        const url = new URL('http://h/base/p')
        url.search = query
        const sent = applyCredentials({ method: 'GET', url, headers: {} }, [{ place: 'query', name, value }])
        expect([sent.url.origin, sent.url.pathname, sent.url.hash]).toEqual(['http://h', '/base/p', ''])
        expect(sent.url.searchParams.getAll(name)).toEqual([value])
      }),
    )
  })
})
