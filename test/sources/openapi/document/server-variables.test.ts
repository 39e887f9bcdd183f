import { describe, expect, it } from 'vitest'
import { readBaseUrls } from '../../../../src/sources/openapi/document/base-url.ts'

const regions = { region: { default: 'eu', enum: ['eu', 'us'] }, port: { default: 8443 }, path: { default: 'v1' } }
const servers = [
  { url: 'https://{region}.example:{port}/{path}', description: 'Production', variables: regions },
  { url: 'https://staging.example/', name: 'staging' },
  { url: 'http://user@bad.example' },
]
const document = { servers }
const first = (choice: Parameters<typeof readBaseUrls>[1], from: Record<string, unknown> = document) =>
  readBaseUrls({ document: from }, choice).usable[0]?.href

describe('the variables of a server', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['have their defaults', {}, 'https://eu.example:8443/v1'],
    ['take what is configured', { region: 'us', port: '443', path: 'v2/beta' }, 'https://us.example/v2/beta'],
    ['take one of the listed values only', { region: 'cn' }, undefined],
    ['never change the host from the port', { port: '1@evil.example' }, undefined],
    ['nor begin a path there', { port: '1/x' }, undefined],
    ['nor a query from the path', { path: 'v1?x=' }, undefined],
  ])('%s', (_, serverVariables, expected) => {
    expect(readBaseUrls({ document: { servers: servers.slice(0, 1) } }, { serverVariables }).usable[0]?.href).toBe(
      expected,
    )
  })

  it('are named when they are missing, misspelt or not allowed', () => {
    const problems = (serverVariables: Record<string, string>, variables: object = regions) =>
      readBaseUrls({ document: { servers: [{ ...servers[0], variables }] } }, { serverVariables }).problems.join(' ')
    expect(problems({}, {})).toContain('set "region" in "serverVariables"')
    expect(problems({ regoin: 'us' })).toContain('"serverVariables" has "regoin", which no server')
    expect(problems({ region: 'cn' })).toContain('takes as "region" only "eu, us"')
  })

  it('may be a whole URL', () => {
    expect(first({}, { servers: [{ url: '{base}/x', variables: { base: { default: 'https://a.example' } } }] })).toBe(
      'https://a.example/x',
    )
  })
})

describe('the choice of a server', () => {
  it.each<[string, number | string]>([
    ['index', 1],
    ['index as text', '1'],
    ['URL, with or without a slash at its end', 'https://staging.example'],
    ['name', 'Staging'],
  ])('goes by its %s', (_, server) => {
    expect(first({ server })).toBe('https://staging.example/')
  })

  it('goes by its description', () => {
    expect(first({ server: 'production', serverVariables: { region: 'us' } })).toBe('https://us.example:8443/v1')
  })

  it.each<[string, number | string]>([
    ['names none of them', 'live'],
    ['is past the last', 3],
    ['is one that cannot be called', 2],
  ])('calls nothing when it %s', (_, server) => {
    const { usable, problems } = readBaseUrls({ document }, { server })
    expect(usable).toEqual([])
    expect(problems.length).toBeGreaterThan(0)
  })

  it('holds for an operation with servers of its own where it can', () => {
    const own = (...urls: string[]) =>
      readBaseUrls(
        { document },
        { server: 1 },
        urls.map(url => ({ url })),
      ).usable[0]?.href
    expect(own('https://a.example', 'https://b.example')).toBe('https://b.example/')
    expect(own('https://uploads.example')).toBe('https://uploads.example/')
  })

  it('has no say beside a base URL', () => {
    expect(first({ server: 1, baseUrl: 'https://mine.example' })).toBe('https://mine.example/')
  })
})
