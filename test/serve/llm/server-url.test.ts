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
    ['http://localhost:4000/mcp', undefined],
    ['http://[::1]:4000/mcp/docs', 'docs'],
    ['http://127.0.0.1:4000/docs/mcp', 'docs'],
    ['https://TOOLS.example.com:443/mcp/docs?x=1', 'docs'],
  ])('%s', (serverUrl, name) => {
    expect(readServerUrl(serverUrl, isOwn)).toBe(name)
  })

  it.each([
    '',
    'patchbay2',
    'patchbay/mcp/a/b',
    'http://127.0.0.1:4001/mcp',
    'http://evil.example/mcp/docs',
    'http://tools.example.com.evil.example/mcp',
    'https://tools.example.com/v1/models',
    'file:///mcp',
  ])('refuses "%s"', serverUrl => {
    expect(() => readServerUrl(serverUrl, isOwn)).toThrow(/is not of this gateway/)
  })
})
