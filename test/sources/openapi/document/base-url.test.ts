import { describe, expect, it } from 'vitest'
import { readBaseUrls } from '../../../../src/sources/openapi/document/base-url.ts'

const at = 'https://docs.example.com/spec/api.json'
const servers = (...urls: string[]) => ({ document: { servers: urls.map(url => ({ url })) } })
const first = (from: Parameters<typeof readBaseUrls>[0], baseUrl?: string) =>
  readBaseUrls(from, baseUrl === undefined ? {} : { baseUrl }).usable[0]?.href

describe('readBaseUrls', () => {
  it.each([
    ['the first server', servers('https://a.example/v1', 'https://b.example'), 'https://a.example/v1'],
    ['relative to the document', { ...servers('../v1'), url: at }, 'https://docs.example.com/v1'],
    ['where the document is, when it names none', { document: {}, url: at }, 'https://docs.example.com/'],
    ['of a 2.0 document', { document: { swagger: '2.0', host: 'a.example', basePath: '/v2' } }, 'https://a.example/v2'],
    [
      'of a 2.0 document, https first',
      { document: { swagger: '2.0', host: 'a.example', schemes: ['http', 'https'] } },
      'https://a.example/',
    ],
    [
      'of a 2.0 document without a host',
      { document: { swagger: '2.0', basePath: '/v2' }, url: at },
      'https://docs.example.com/v2',
    ],
    [
      'of a 2.0 document whose host begins with a scheme',
      { document: { swagger: '2.0', host: 'http://a.example/', basePath: '/v2' } },
      'http://a.example/v2',
    ],
    [
      'of a 2.0 document whose schemes say another than its host',
      { document: { swagger: '2.0', host: 'http://a.example', schemes: ['https'] } },
      'https://a.example/',
    ],
  ])('takes the one that is %s', (_, from, expected) => {
    expect(first(from)).toBe(expected)
  })

  it('takes the configured one before all others', () => {
    expect(first(servers('https://a.example'), 'http://127.0.0.1:1/x')).toBe('http://127.0.0.1:1/x')
    const own = readBaseUrls(servers('https://a.example'), { baseUrl: 'https://c.example/' }, [
      { url: 'https://own.example' },
    ])
    expect(own.usable.map(url => url.href)).toEqual(['https://c.example/'])
  })

  it.each([
    ['filled with its default', { default: 'eu' }, 'https://eu.example/'],
    ['without a default', {}, undefined],
    ['whose default is not one of its values', { default: 'eu', enum: ['us'] }, undefined],
  ])('handles a variable %s', (_, region, expected) => {
    const document = { servers: [{ url: 'https://{region}.example', variables: { region } }] }
    expect(first({ document })).toBe(expected)
  })

  it.each([
    ['file:///etc/passwd'],
    ['javascript:alert(1)'],
    ['https://user:secret@a.example'],
    ['https://good.example@127.0.0.1'],
    ['/relative'],
    ['http://a.example:99999'],
  ])('refuses %s, and asks for "baseUrl"', url => {
    const { usable, problems } = readBaseUrls(servers(url), {})
    expect(usable).toEqual([])
    expect(problems.at(-1)).toContain('set "baseUrl"')
    expect(problems.join()).not.toContain('secret')
  })

  it.each<[string, object, readonly string[]]>([
    ['a path alone', { servers: [{ url: '/api/v1' }] }, ['/api/v1']],
    ['a base path of 2.0', { swagger: '2.0', basePath: '/v1.47' }, ['/v1.47']],
    ['no server at all', {}, []],
  ])('says what "baseUrl" has to end in where a document from disk has %s', (_, document, paths) => {
    expect(readBaseUrls({ document } as never, {}).problems).toEqual([
      ...paths.map(
        path => `A server of the document has no host, only the path "${path}": "baseUrl" has to end in it.`,
      ),
      'The document names no server that can be used: set "baseUrl".',
    ])
  })

  it('leaves it to the egress whether a private address may be called', () => {
    expect(first({ ...servers('http://169.254.169.254/latest'), url: at })).toBe('http://169.254.169.254/latest')
  })
})
