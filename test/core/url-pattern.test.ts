import { describe, expect, it } from 'vitest'
import { matchesUrl, parseUrlPattern } from '../../src/core/url-pattern.ts'

const matches = (pattern: string, url: string): boolean => {
  const parsed = parseUrlPattern(pattern)
  if (parsed === undefined) throw new Error(`${pattern} is no pattern`)
  return matchesUrl(parsed, new URL(url))
}

describe('parseUrlPattern', () => {
  it.each<[string, object]>([
    ['https://mcp.example.com/*', { protocol: 'https:', host: 'mcp.example.com', port: 443 }],
    ['https://mcp.example.com', { protocol: 'https:', host: 'mcp.example.com', port: 443 }],
    ['HTTPS://MCP.example.com./mcp', { protocol: 'https:', host: 'mcp.example.com', port: 443, path: '/mcp' }],
    ['https://mcp.example.com/', { protocol: 'https:', host: 'mcp.example.com', port: 443, path: '/' }],
    ['http://127.1:9000/a/../b/*', { protocol: 'http:', host: '127.0.0.1', port: 9000, path: '/b/*' }],
    ['http://[::1]:9000/mcp', { protocol: 'http:', host: '::1', port: 9000, path: '/mcp' }],
    ['https://*.example.com:8443/mcp', { protocol: 'https:', host: '.example.com', port: 8443, path: '/mcp' }],
    ['https://*', { protocol: 'https:', host: '*', port: 443 }],
    ['https://*:8443/*', { protocol: 'https:', host: '*', port: 8443 }],
    ['https://*/*/mcp', { protocol: 'https:', host: '*', port: 443, path: '/*/mcp' }],
  ])('reads %s', (text, pattern) => {
    expect(parseUrlPattern(text)).toEqual(pattern)
  })

  it.each([
    ...['', '*', 'https', 'https://', 'https:///mcp', 'mcp.example.com', '//mcp.example.com', 'file:///etc/passwd'],
    ...['ftp://h/', 'https://u:p@h/', 'https://h/?a=b', 'https://h/#a', 'https://a.*.b/', 'https://a*/', 'https://*a/'],
    ...[
      'https://*.',
      'https://*./x',
      'https://*.10.0.0.1/',
      'https://*.[::1]/',
      'https://h:99999/',
      'https://h\\x',
      'https://a b/',
    ],
  ])('refuses %j', text => {
    expect(parseUrlPattern(text)).toBeUndefined()
  })
})

describe('matchesUrl', () => {
  it.each([
    ['https://mcp.example.com/*', 'https://MCP.EXAMPLE.com:443/any/thing?key=1#x'],
    ['https://mcp.example.com/*', 'https://mcp.example.com./mcp'],
    ['https://mcp.example.com/*', 'https://mcp.example.com/a%2Fb'],
    ['https://*.example.com/mcp', 'https://a.b.example.com/mcp'],
    ['https://*/*/mcp', 'https://anyone.example/v1/mcp'],
    ['http://127.0.0.1:9000/mcp', 'http://0x7f000001:9000/mcp'],
  ])('%s means %s', (pattern, url) => {
    expect(matches(pattern, url)).toBe(true)
  })

  it.each([
    ['https://mcp.example.com/*', 'http://mcp.example.com/mcp'],
    ['https://mcp.example.com/*', 'https://mcp.example.com:8443/mcp'],
    ['https://mcp.example.com/*', 'https://mcp.example.com.evil.example/mcp'],
    ['https://mcp.example.com/*', 'https://evil.example/https://mcp.example.com/'],
    ['https://mcp.example.com/*', 'https://mcp.example.com@evil.example/mcp'],
    ['https://*.example.com/mcp', 'https://example.com/mcp'],
    ['https://*.example.com/mcp', 'https://evilexample.com/mcp'],
    ['https://*.example.com/mcp', 'https://a.example.com/mcp/'],
    ['https://*.example.com/mcp', 'https://a.example.com/MCP'],
    ['https://h/public/*', 'https://h/public/../private'],
    ['https://h/public/*', 'https://h/public/%2e%2e/private'],
    ['https://h/public/*', 'https://h/public\\..\\private'],
    ['https://h/public/*', 'https://h/public/..%2fprivate'],
    ['https://h/public/*', 'https://h/public/..%5Cprivate'],
    ['https://h/public/*', 'https://h/public/..%252fprivate'],
    ['https://h/public/*', 'https://h/public/..;/private'],
    ['https://h/public/*', 'https://h/public/x%00'],
  ])('%s does not mean %s', (pattern, url) => {
    expect(matches(pattern, url)).toBe(false)
  })
})
