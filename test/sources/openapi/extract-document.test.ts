import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import { extractDocument } from '../../../src/sources/openapi/extract-document.ts'
import { completeDocument, toExtractConfig } from '../../../src/sources/openapi/read-document.ts'
import { documentOf } from './helpers.ts'
import { documentWithSchemes, entryFullOfSecrets, secretsOfEntry } from './secret-entry.ts'

describe('an extract', () => {
  it('is made without any secret of the entry', () => {
    const config = toExtractConfig(entryFullOfSecrets)
    const extract = extractDocument({ document: documentWithSchemes }, config, defaultLimits)
    const text = JSON.stringify([config, extract], (_, value) => (value instanceof Map ? [...value] : value))
    for (const secret of secretsOfEntry) expect(text).not.toContain(secret)
    expect(text).toContain('x-static')
  })

  it('becomes a document with what the entry has for its schemes', () => {
    const extract = extractDocument(
      { document: documentWithSchemes },
      toExtractConfig(entryFullOfSecrets),
      defaultLimits,
    )
    const { security, securitySchemes, servers } = completeDocument(extract, entryFullOfSecrets, {})
    expect(securitySchemes.map(({ name, satisfied }) => [name, satisfied])).toEqual([
      ['key', true],
      ['login', true],
      ['client', true],
      ['session', true],
      ['certificate', true],
    ])
    expect(security.secrets).toEqual(expect.arrayContaining(['secret-of-header', 'secret-of-key']))
    expect(servers).toEqual(['https://api.example.com/bot-secret-in-path/v1'])
  })

  it.each<[string, object, object, { url?: string }, boolean[]]>([
    ['names servers at its paths alone', {}, {}, {}, [true, false]],
    ['names one for all that cannot be used', { servers: [{ url: 'https://{a}.example' }] }, {}, {}, [false, false]],
    ['has one chosen that is not there', {}, { server: 'staging' }, {}, [false, false]],
    ['was fetched', {}, {}, { url: 'https://docs.example/a.json' }, [false, false]],
  ])('is trusted at the first of its servers, where it %s', (_, root, more, origin, trusted) => {
    const paths = {
      '/a': { servers: [{ url: 'https://api.example' }], get: {} },
      '/b': { servers: [{ url: 'https://other.example' }], get: {} },
    }
    const config = { headers: { 'x-key': 'k' }, ...more }
    const extract = extractDocument({ document: documentOf(paths, root) }, toExtractConfig(config), defaultLimits)
    const { calls } = completeDocument(extract, config, origin)
    expect([...calls.values()].map(({ isTrusted }) => isTrusted)).toEqual(trusted)
  })

  it('shows and repeats nothing that stands in the query of "baseUrl"', () => {
    const config = { headers: {}, baseUrl: 'https://a.example/v1?sig=secret-in-query&v=2' }
    const extract = extractDocument(
      { document: documentOf({ '/a': { get: {} } }) },
      toExtractConfig(config),
      defaultLimits,
    )
    const { servers, security, calls } = completeDocument(extract, config, {})
    expect(servers).toEqual(['https://a.example/v1?sig=***&v=***'])
    expect(security.secrets).toEqual(['secret-in-query'])
    expect([...calls.values()][0]?.baseUrls.usable[0]?.href).toBe(config.baseUrl)
  })

  it('keeps a hundred warnings, and says how many more there are', () => {
    const paths = Object.fromEntries(
      [...Array(150).keys()].map(index => [`/a${index}`, { get: { security: [{ [`none${index}`]: [] }] } }]),
    )
    const config = { headers: {}, credentials: { nowhere: { kind: 'value', value: 'v' } as const } }
    const document = documentOf(paths, { servers: [{ url: 'https://a.example' }] })
    const extract = extractDocument({ document }, toExtractConfig(config), defaultLimits)
    expect([extract.warnings.length, extract.moreWarnings]).toEqual([100, 50])
    const { warnings } = completeDocument(extract, config, {})
    expect(warnings).toHaveLength(100)
    expect([warnings[0], warnings.at(-1)]).toEqual([
      { code: 'CREDENTIAL_UNUSED', reason: expect.stringContaining('credentials["nowhere"]') },
      { code: 'MORE', reason: 'And 52 more warnings.' },
    ])
  })
})
