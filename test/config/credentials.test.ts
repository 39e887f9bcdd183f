import { describe, expect, it } from 'vitest'
import { problemsOf, read, readEntry } from './load.ts'

const openapi = 'specs/a.json'
const url = 'https://h/mcp'
const client = { clientId: 'c', clientSecret: 's' }

describe('the credentials of an API', () => {
  it.each<[string, unknown, object]>([
    ['a text', 'key', { kind: 'value', value: 'key' }],
    ['a variable', '${KEY}', { kind: 'value', value: 'from the environment' }],
    ['a user and a password', { username: 'u', password: 'p' }, { kind: 'login', username: 'u', password: 'p' }],
    ['a user without a password', { username: 'u', password: '' }, { kind: 'login', username: 'u', password: '' }],
    ['a client', client, { kind: 'client', ...client, auth: 'basic' }],
    [
      'all of a client',
      { ...client, tokenUrl: 'https://h/t', scopes: ['a', 'b'], audience: 'api', auth: 'body' },
      { kind: 'client', ...client, tokenUrl: 'https://h/t', scopes: ['a', 'b'], audience: 'api', auth: 'body' },
    ],
    ['scopes as text', { ...client, scopes: 'a  b' }, { kind: 'client', ...client, scopes: ['a', 'b'], auth: 'basic' }],
    [
      'a token URL on loopback',
      { ...client, tokenUrl: 'http://127.0.0.1:8080/t' },
      { kind: 'client', ...client, tokenUrl: 'http://127.0.0.1:8080/t', auth: 'basic' },
    ],
    ["a caller's header", { fromHeader: 'X-Orders-Token' }, { kind: 'header', name: 'x-orders-token' }],
  ])('may be %s', async (_, given, expected) => {
    const entry = await readEntry({ openapi, credentials: { 'my scheme': given } }, { KEY: 'from the environment' })
    expect(entry).toMatchObject({ credentials: { 'my scheme': expected } })
  })

  it.each<[string, unknown, string]>([
    ['nothing', '', '.s must not be empty.'],
    ['a line break', 'a\nb', '.s holds a line break or another control character.'],
    ['an empty object', {}, '.s needs one of: '],
    ['two kinds at once', { ...client, fromHeader: 'x-a' }, '.s needs one of: '],
    ['half a login', { username: 'u' }, '.s needs both "username" and "password".'],
    ['half a client', { clientId: 'c', tokenUrl: 'https://h/t' }, '.s needs both "clientId" and "clientSecret".'],
    ['a colon in a user', { username: 'a:b', password: 'c' }, '.s.username must not hold a colon.'],
    ['an empty secret', { ...client, clientSecret: ' ' }, '.s.clientSecret must not be empty.'],
    [
      'a token URL in the clear',
      { ...client, tokenUrl: 'http://h/t' },
      '.s.tokenUrl must be https: a secret is sent there.',
    ],
    [
      'a name that looks like loopback',
      { ...client, tokenUrl: 'http://127.0.0.1.evil.example/t' },
      '.s.tokenUrl must be https',
    ],
    ['a token URL that is none', { ...client, tokenUrl: 'javascript:1' }, '.s.tokenUrl must be an http or https URL.'],
    [
      'a token URL with a password',
      { ...client, tokenUrl: 'https://u:p@h/t' },
      '.s.tokenUrl must not hold a user name',
    ],
    ['an unknown key', { clientID: 'c' }, '.s.clientID is not a known key; did you mean "clientId"?'],
    ['a number', 1, '.s must be text or an object; got a number.'],
    ['no header', { fromHeader: 'a b' }, '.s.fromHeader is no name for a header.'],
    ['a header that never comes', { fromHeader: 'Cookie' }, '.s.fromHeader names a header that is never passed on.'],
  ])('are refused with %s', async (_, given, problem) => {
    const problems = await problemsOf({ mcpServers: { x: { openapi, credentials: { s: given } } } })
    expect(problems).toEqual([expect.stringContaining(`mcpServers.x.credentials${problem}`)])
  })

  it.each<[string, object, unknown]>([
    ['names, in lower case and once', { forwardHeaders: ['X-Tenant', 'x-tenant'] }, ['x-tenant']],
    ["LiteLLM's name for them", { extra_headers: ['Authorization'] }, ['authorization']],
    ['both names that say the same', { forwardHeaders: ['x-a'], extra_headers: ['x-a'] }, ['x-a']],
    ['true', { forwardHeaders: true }, true],
    ['false', { forwardHeaders: false }, undefined],
    ['no names', { forwardHeaders: [] }, []],
  ])('say which headers are passed on: %s', async (_, entry, expected) => {
    const { sources, warnings } = await read({ mcpServers: { x: { openapi, ...entry } } })
    const [source] = sources
    expect([source?.kind === 'openapi' && source.forwardHeaders, warnings]).toEqual([expected, []])
  })

  it.each(['Host', 'content-type', 'Content-Length', 'mcp-session-id', 'proxy-authorization', 'a b', ''])(
    'never pass on %j',
    async name => {
      const problems = await problemsOf({ mcpServers: { x: { openapi, extra_headers: ['x-a', name] } } })
      expect(problems).toEqual([expect.stringContaining('mcpServers.x.extra_headers[1] ')])
    },
  )

  it('may be strict', async () => {
    expect(await readEntry({ openapi, strictAuth: true })).toMatchObject({ strictAuth: true })
    expect(await readEntry({ openapi, strictAuth: false })).not.toHaveProperty('strictAuth')
  })

  it.each<[string, object]>([
    ['credentials', { credentials: { a: 'b' } }],
    ['forwardHeaders', { forwardHeaders: ['x-a'] }],
    ['strictAuth', { strictAuth: true }],
    ['followRedirects', { followRedirects: true }],
  ])('have no effect elsewhere: %s', async (key, entry) => {
    const { warnings } = await read({ mcpServers: { x: { url, ...entry } } })
    expect(warnings).toEqual([expect.stringContaining(`mcpServers.x.${key} has no effect on this kind of entry.`)])
  })
})
