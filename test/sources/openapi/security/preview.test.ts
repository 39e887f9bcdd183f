import { describe, expect, it } from 'vitest'
import type { OpenApiConfig } from '../../../../src/core/source-config.ts'
import type { SecurityConfig } from '../../../../src/sources/openapi/security/grants.ts'
import { documentOf, read } from '../helpers.ts'

const securitySchemes = {
  key: { type: 'apiKey', in: 'header', name: 'X-Key' },
  sid: { type: 'apiKey', in: 'cookie', name: 'sid' },
  basic: { type: 'http', scheme: 'basic' },
  bearer: { type: 'http', scheme: 'bearer' },
  oauth: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: 'https://auth.example.com/token' } } },
  oidc: { type: 'openIdConnect' },
  mtls: { type: 'mutualTLS' },
}

const preview = (config: Partial<OpenApiConfig> & Partial<SecurityConfig>, rest: object = {}) =>
  read(documentOf({}, { servers: [{ url: 'https://api.example.com' }], components: { securitySchemes }, ...rest }), {
    id: 'orders',
    ...config,
  })

const howOf = (config: Partial<OpenApiConfig> & Partial<SecurityConfig>) =>
  Object.fromEntries(preview(config).securitySchemes.map(({ name, satisfied, how }) => [name, satisfied ? how : false]))

const client = { kind: 'client', clientId: 'id', clientSecret: 'canary-secret', auth: 'basic' } as const
const nothing = { key: false, sid: false, basic: false, bearer: false, oauth: false, oidc: false, mtls: false }

describe('the preview of security schemes', () => {
  it('names each, its kind, and what to do about it', () => {
    expect(preview({}).securitySchemes).toEqual([
      { name: 'key', type: 'apiKey', in: 'header', satisfied: false, how: 'set credentials["key"] to the key' },
      { name: 'sid', type: 'apiKey', in: 'cookie', satisfied: false, how: 'set credentials["sid"] to the key' },
      {
        name: 'basic',
        type: 'http',
        scheme: 'basic',
        satisfied: false,
        how: 'set credentials["basic"] to username and password',
      },
      {
        name: 'bearer',
        type: 'http',
        scheme: 'bearer',
        satisfied: false,
        how: 'set credentials["bearer"] to the token',
      },
      {
        name: 'oauth',
        type: 'oauth2',
        satisfied: false,
        how: 'set credentials["oauth"] to a token, or to clientId and clientSecret',
      },
      { name: 'oidc', type: 'openIdConnect', satisfied: false, how: 'set credentials["oidc"] to the token' },
      { name: 'mtls', type: 'mutualTLS', satisfied: false, how: 'set tls.cert and tls.key' },
    ])
  })

  const bearers = ['bearer', 'basic', 'oauth', 'oidc']
  const all = (names: readonly string[], how: string) => Object.fromEntries(names.map(name => [name, how]))

  it.each<[string, Partial<OpenApiConfig> & Partial<SecurityConfig>, object]>([
    ['a value', { credentials: { bearer: { kind: 'value', value: 't' } } }, { bearer: 'credentials' }],
    [
      'a user and a password',
      { credentials: { basic: { kind: 'login', username: 'u', password: 'p' } } },
      { basic: 'credentials' },
    ],
    ['a client', { credentials: { oauth: client } }, { oauth: 'a token from https://auth.example.com' }],
    [
      "a caller's header",
      { credentials: { key: { kind: 'header', name: 'x-token' } } },
      { key: 'the caller\'s header "x-token"' },
    ],
    ['an Authorization header', { headers: { Authorization: 'a' } }, all(bearers, 'headers["Authorization"]')],
    ["a key's header", { headers: { 'x-KEY': 'a' } }, { key: 'headers["x-KEY"]' }],
    ["a key's cookie", { headers: { cookie: 'a=1; sid=2' } }, { sid: 'headers.cookie' }],
    ['another cookie', { headers: { cookie: 'asid=2' } }, {}],
    ['a header passed on', { forwardHeaders: ['x-key'] }, { key: 'the caller\'s header "x-key"' }],
    [
      'headers addressed to the source',
      { forwardHeaders: true },
      {
        ...all(bearers, 'the caller\'s header "x-mcp-orders-authorization"'),
        key: 'the caller\'s header "x-mcp-orders-x-key"',
      },
    ],
    ['a client certificate', { tls: { cert: 'c', key: 'k' } }, { mtls: 'tls' }],
    ['half of one', { tls: { cert: 'c' } }, {}],
  ])('is satisfied by %s', (_, config, expected) => {
    expect(howOf(config)).toEqual({ ...nothing, ...expected })
  })

  it.each<[string, NonNullable<OpenApiConfig['credentials']>, string]>([
    [
      'a name that the document does not have',
      { Bearer: { kind: 'value', value: 'canary' } },
      'credentials["Bearer"] names no security scheme of the document; it has "key", "sid", "basic", "bearer", "oauth", "oidc", "mtls".',
    ],
    [
      'a password for a key',
      { key: { kind: 'login', username: 'u', password: 'canary' } },
      'credentials["key"] has no effect: a user and a password fit only http basic, and it is an API key; give a text.',
    ],
    [
      'a client for basic',
      { basic: client },
      'credentials["basic"] has no effect: a client\'s token fits no http basic',
    ],
    ['a client without a token URL', { oidc: client }, 'the document names no token URL for it: set "tokenUrl"'],
    ['a value that no header carries', { bearer: { kind: 'value', value: 'canary\u20ac' } }, 'no header may carry'],
    ['a value for a certificate', { mtls: { kind: 'value', value: 'canary' } }, 'set tls.cert and tls.key'],
  ])('warns of %s', (_, credentials, warning) => {
    const { warnings, securitySchemes: schemes } = preview({ credentials })
    expect(warnings).toContainEqual({ code: 'CREDENTIAL_UNUSED', reason: expect.stringContaining(warning) })
    expect(schemes.filter(({ satisfied }) => satisfied)).toEqual([])
    expect(JSON.stringify([warnings, schemes])).not.toContain('canary')
  })

  it('warns once of a scheme that operations ask for and the document does not define', () => {
    const get = { security: [{ gone: [] }] }
    const { warnings } = preview({}, { paths: { '/a': { get }, '/b': { get } } })
    const reason = 'The document asks for the security scheme "gone", which it does not define.'
    expect(warnings).toEqual([{ code: 'SCHEME_UNDEFINED', reason }])
  })

  it('warns once of a server elsewhere, where there is something that is not sent there', () => {
    const get = { servers: [{ url: 'https://files.example.com' }] }
    const paths = { '/a': { get }, '/b': { get } }
    expect(preview({}, { paths }).warnings).toEqual([])
    const credentials = { key: { kind: 'value', value: 'canary' } } as const
    expect(preview({ headers: { a: 'b' }, credentials }, { paths }).warnings.map(({ reason }) => reason)).toEqual([
      'Calls to https://files.example.com go without the configured headers and credentials, since it is another server. Add the host to "allowHosts" if it may have them.',
    ])
  })

  it('shows no value of anything', () => {
    const shown = preview({
      headers: { 'x-own': 'canary-1' },
      credentials: {
        key: { kind: 'value', value: 'canary-2' },
        basic: { kind: 'login', username: 'u', password: 'canary-3' },
        oauth: { ...client, tokenUrl: 'https://auth.example.com/canary-path?key=canary' },
      },
    })
    const { calls: _, security: __, ...rest } = shown
    expect(JSON.stringify(rest)).not.toContain('canary')
  })
})
