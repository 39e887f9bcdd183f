import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { ownUrls, readServerUrl } from '../../../src/serve/llm/server-url.ts'

const request = { headers: { host: '127.0.0.1:4000' } } as IncomingMessage
const isOwn = (url: URL): boolean => ownUrls('https://tools.example.com/')(url, request)

describe('readServerUrl', () => {
  it.each<[string, string | undefined]>([
    ['patchbay', undefined],
    ['litellm_proxy/', undefined],
    ['litellm_proxy/mcp', undefined],
    ['litellm_proxy/mcp/my%20docs', 'my docs'],
    ['patchbay/mcp/docs/', 'docs'],
    ['patchbay/mcp/%zz', '%zz'],
    ['http://localhost:4000/mcp', undefined],
    ['http://[::1]:4000/mcp/docs', 'docs'],
    ['http://127.0.0.1:4000/docs/mcp', 'docs'],
    ['https://TOOLS.example.com:443/mcp/docs?x=1', 'docs'],
    ['https://tools.example.com/mcp/docs/#a', 'docs'],
    ['https://tools.example.com/x/../mcp/docs', 'docs'],
  ])('%s is ours', (serverUrl, name) => {
    expect(readServerUrl(serverUrl, isOwn)).toEqual({ kind: 'ours', ...(name !== undefined && { name }) })
  })

  // A name is looked up among the names of sources and groups, whatever it looks like.
  it.each([
    ['patchbay/mcp/..', '..'],
    ['patchbay/mcp/..%2Fdocs', '../docs'],
    ['patchbay/mcp/a%2Fb', 'a/b'],
    ['patchbay/mcp/docs?x=1', 'docs?x=1'],
    ['patchbay/mcp/docs#x', 'docs#x'],
    ['https://tools.example.com/mcp/..%2Fdocs', '../docs'],
    ['patchbay/mcp/__proto__', '__proto__'],
  ])('%s names "%s" and nothing else', (serverUrl, name) => {
    expect(readServerUrl(serverUrl, isOwn)).toEqual({ kind: 'ours', name })
  })

  it.each([
    'http://127.0.0.1:4001/mcp',
    'http://evil.example/mcp/docs',
    'http://tools.example.com.evil.example/mcp',
    'https://tools.example.com@evil.example/mcp',
    'https://evil.example/?https://tools.example.com/mcp',
  ])('%s is elsewhere', serverUrl => {
    expect(readServerUrl(serverUrl, isOwn)).toEqual({ kind: 'elsewhere', url: new URL(serverUrl) })
  })

  it.each([
    '',
    ' patchbay',
    'patchbay2',
    'PATCHBAY',
    'patchbay/mcp/a/b',
    'patchbay/mcp/../x',
    'patchbay//mcp/docs',
    'patchbay/mcp//docs',
    'https://tools.example.com/v1/models',
    'https://tools.example.com/mcp/a/b',
    'https://tools.example.com/mcp/../mcp-rest/tools/list',
    'https://tools.example.com/mcp/%2e%2e/v1/models',
    'file:///mcp',
    'file:///etc/passwd',
    'ftp://tools.example.com/mcp',
    'javascript:alert(1)',
    'data:text/plain,mcp',
    'ws://tools.example.com/mcp',
    '//tools.example.com/mcp',
  ])('refuses "%s"', serverUrl => {
    expect(() => readServerUrl(serverUrl, isOwn)).toThrow(/is no MCP endpoint of this gateway/)
  })

  it('shows of a URL that it refuses neither path nor query', () => {
    const shown = expect.not.stringContaining('s3cret')
    const refused = (text: string) =>
      expect(() => readServerUrl(text, isOwn)).toThrow(expect.objectContaining({ message: shown }))
    refused('https://tools.example.com/s3cret?key=s3cret')
    refused(`${'x'.repeat(1_000_000)}s3cret`)
  })
})
