import { describe, expect, it } from 'vitest'
import { readBaseUrls } from '../../../../src/sources/openapi/document/base-url.ts'
import { isPrivateHost } from '../../../../src/sources/openapi/egress/private-host.ts'

const at = 'https://docs.example.com/spec/api.json'
const servers = (...urls: string[]) => ({ document: { servers: urls.map(url => ({ url })) } })
const first = (from: Parameters<typeof readBaseUrls>[0], baseUrl?: string) =>
  readBaseUrls(from, baseUrl).usable[0]?.href

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
  ])('takes the one that is %s', (_, from, expected) => {
    expect(first(from)).toBe(expected)
  })

  it('takes the configured one before all others', () => {
    expect(first(servers('https://a.example'), 'http://127.0.0.1:1/x')).toBe('http://127.0.0.1:1/x')
    const own = readBaseUrls(servers('https://a.example'), 'https://c.example/', [{ url: 'https://own.example' }])
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
    const { usable, problems } = readBaseUrls(servers(url), undefined)
    expect(usable).toEqual([])
    expect(problems.at(-1)).toContain('set "baseUrl"')
    expect(problems.join()).not.toContain('secret')
  })

  it('lets a fetched document choose a private address only on its own host', () => {
    expect(first({ ...servers('http://169.254.169.254/latest'), url: at })).toBeUndefined()
    expect(first({ ...servers('http://127.0.0.1:8080'), url: 'http://127.0.0.1:4010/api.json' })).toBeDefined()
    expect(first(servers('http://127.0.0.1:8080'))).toBe('http://127.0.0.1:8080/')
  })
})

describe('isPrivateHost', () => {
  it.each([
    ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
    ...['0x7f000001', '2130706433', '127.1', '[::1]', '[::ffff:127.0.0.1]', '[fe80::1]', '[fd00::1]', '[::]'],
    ...['localhost', 'a.localhost', 'localhost.'],
  ])('knows %s', host => {
    expect(isPrivateHost(new URL(`http://${host}/`).hostname)).toBe(true)
  })

  it.each(['example.com', '8.8.8.8', '172.32.0.1', '[2606:4700::1]', 'localhost.example.com'])('lets %s be', host => {
    expect(isPrivateHost(new URL(`http://${host}/`).hostname)).toBe(false)
  })
})
