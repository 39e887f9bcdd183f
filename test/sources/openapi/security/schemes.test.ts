import { describe, expect, it } from 'vitest'
import { readSchemes } from '../../../../src/sources/openapi/security/schemes.ts'

const read = (raw: unknown, rest: object = {}) => {
  const warnings: string[] = []
  const document = { openapi: '3.1.0', components: { securitySchemes: { s: raw }, ...rest } }
  const scheme = readSchemes(document, warning => warnings.push(warning)).get('s')
  return { scheme, warnings }
}

const read2 = (raw: unknown) =>
  readSchemes({ swagger: '2.0', securityDefinitions: { s: raw } }, warning => {
    throw new Error(warning)
  }).get('s')

describe('a security scheme', () => {
  it.each<[string, object, object]>([
    ['a key in a header', { type: 'apiKey', in: 'header', name: 'X-Key' }, { in: 'header', parameter: 'X-Key' }],
    ['a key in a query', { type: 'apiKey', in: 'query', name: 'api key' }, { in: 'query', parameter: 'api key' }],
    ['a key in a cookie', { type: 'apiKey', in: 'cookie', name: 'sid' }, { in: 'cookie', parameter: 'sid' }],
    ['http basic', { type: 'http', scheme: 'Basic' }, { type: 'http', scheme: 'basic' }],
    ['http bearer', { type: 'http', scheme: 'Bearer', bearerFormat: 'JWT' }, { type: 'http', scheme: 'bearer' }],
    ['another http scheme, as it is spelt', { type: 'http', scheme: 'HOBA' }, { type: 'http', scheme: 'HOBA' }],
    ['basic in the words of 2.0', { type: 'basic' }, { type: 'http', scheme: 'basic' }],
    ['OpenID Connect', { type: 'openIdConnect', openIdConnectUrl: 'https://h/' }, { type: 'openIdConnect' }],
    ['mutual TLS', { type: 'mutualTLS' }, { type: 'mutualTLS' }],
    ['OAuth without flows', { type: 'oauth2' }, { type: 'oauth2' }],
    [
      'OAuth, with the token URL of the flow for clients',
      {
        type: 'oauth2',
        flows: { authorizationCode: { tokenUrl: 'https://h/code' }, clientCredentials: { tokenUrl: '/token' } },
      },
      { type: 'oauth2', tokenUrl: '/token' },
    ],
    [
      'OAuth, with the token URL of another flow where there is no such',
      { type: 'oauth2', flows: { implicit: { authorizationUrl: '/a' }, password: { tokenUrl: 'https://h/p' } } },
      { type: 'oauth2', tokenUrl: 'https://h/p' },
    ],
  ])('may be %s', (_, raw, expected) => {
    const { scheme, warnings } = read(raw)
    expect(scheme).toEqual({ name: 's', ...('type' in raw && { type: raw.type }), ...expected })
    expect(warnings).toEqual([])
  })

  it.each<[string, object, object]>([
    ['basic', { type: 'basic' }, { type: 'http', scheme: 'basic' }],
    ['a key', { type: 'apiKey', in: 'query', name: 'k' }, { type: 'apiKey', in: 'query', parameter: 'k' }],
    [
      'OAuth for clients',
      { type: 'oauth2', flow: 'application', tokenUrl: 'https://h/t' },
      { type: 'oauth2', tokenUrl: 'https://h/t' },
    ],
    [
      'OAuth with a code',
      { type: 'oauth2', flow: 'accessCode', authorizationUrl: 'https://h/a', tokenUrl: 'https://h/t' },
      { type: 'oauth2', tokenUrl: 'https://h/t' },
    ],
    [
      'OAuth without a token URL',
      { type: 'oauth2', flow: 'implicit', authorizationUrl: 'https://h/a' },
      { type: 'oauth2' },
    ],
  ])('of 2.0 may be %s', (_, raw, expected) => {
    expect(read2(raw)).toEqual({ name: 's', ...expected })
  })

  it('may be a reference', () => {
    const { scheme, warnings } = read({ $ref: '#/components/x' }, { x: { type: 'http', scheme: 'bearer' } })
    expect([scheme, warnings]).toEqual([{ name: 's', type: 'http', scheme: 'bearer' }, []])
  })

  it.each<[string, unknown, string]>([
    ['a type that nobody knows', { type: 'magic' }, 'it has no type that we know'],
    ['no name', { type: 'apiKey', in: 'header' }, 'it does not name its parameter'],
    ['another place', { type: 'apiKey', in: 'body', name: 'k' }, 'its "in" is not header, query or cookie'],
    ['a line break in its header', { type: 'apiKey', in: 'header', name: 'a\r\nb' }, 'not legal for a header'],
    ['a semicolon in its cookie', { type: 'apiKey', in: 'cookie', name: 'a;b' }, 'not legal for a cookie'],
    ['a header of the connection', { type: 'apiKey', in: 'header', name: 'Host' }, 'not one for a key'],
    ['a space in its scheme', { type: 'http', scheme: 'a b' }, 'not the name of one'],
    ['nothing', null, 'it is not an object'],
    ['a reference to nothing', { $ref: '#/components/none' }, 'points to nothing'],
    ['a reference elsewhere', { $ref: 'http://127.0.0.1/x' }, 'points outside the document'],
  ])('with %s is left out, and says so', (_, raw, problem) => {
    const { scheme, warnings } = read(raw)
    expect(scheme).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining(problem)])
    expect(warnings[0]).toMatch(/^Security scheme "s" is left out: /)
  })

  it.each([['javascript:fetch("//evil")'], ['file:///etc/passwd'], ['data:text/plain,x']])('drops the URL %s', url => {
    const flows = { clientCredentials: { authorizationUrl: url, tokenUrl: url, refreshUrl: url } }
    const { scheme, warnings } = read({ type: 'oauth2', flows })
    expect(scheme).toEqual({ name: 's', type: 'oauth2' })
    expect(warnings).toHaveLength(3)
    expect(JSON.stringify([scheme, warnings])).not.toContain(url)
    expect(read({ type: 'openIdConnect', openIdConnectUrl: url }).warnings).toHaveLength(1)
  })

  it('is one of 200 at most', () => {
    const entries = Array.from({ length: 300 }, (_, index) => [`s${index}`, { type: 'mutualTLS' }])
    const warnings: string[] = []
    const document = { swagger: '2.0', securityDefinitions: Object.fromEntries(entries) }
    expect(readSchemes(document, warning => warnings.push(warning)).size).toBe(200)
    expect(warnings).toEqual(['Of 300 security schemes the first 200 are read.'])
  })

  it('may be called like something of every object', () => {
    const document = JSON.parse(
      '{"openapi":"3.1.0","components":{"securitySchemes":{"__proto__":{"type":"mutualTLS"},"constructor":{"type":"mutualTLS"}}}}',
    )
    expect([...readSchemes(document, () => {}).keys()]).toEqual(['__proto__', 'constructor'])
  })
})
