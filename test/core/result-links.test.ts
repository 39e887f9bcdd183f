import { describe, expect, it } from 'vitest'
import { uiUrisOf, withPublicLinks, withTaskLinks, withUiUris } from '../../src/core/result-links.ts'

const publicUri = (uri: string): string => (uri.startsWith('a:') ? `public:${uri}` : uri)

describe('links of a result', () => {
  it.each([
    [
      'a link',
      { content: [{ type: 'resource_link', uri: 'a:1', name: 'x' }] },
      { content: [{ type: 'resource_link', uri: 'public:a:1', name: 'x' }] },
    ],
    [
      'an embedded resource',
      {
        content: [
          { type: 'text', text: 'a:1' },
          { type: 'resource', resource: { uri: 'a:1', text: 'a:1' } },
        ],
      },
      {
        content: [
          { type: 'text', text: 'a:1' },
          { type: 'resource', resource: { uri: 'public:a:1', text: 'a:1' } },
        ],
      },
    ],
    ['what was read', { contents: [{ uri: 'a:1', blob: '' }] }, { contents: [{ uri: 'public:a:1', blob: '' }] }],
    [
      'a message of a prompt',
      { messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'a:1' } } }] },
      { messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'public:a:1' } } }] },
    ],
  ])('follow: %s', (_, result, expected) => {
    expect(withPublicLinks(result, publicUri)).toEqual(expected)
  })

  it.each([
    [
      {
        content: [
          { type: 'text', text: 'a:1' },
          { type: 'resource_link', uri: 'b:1' },
        ],
        structuredContent: { uri: 'a:1' },
      },
    ],
    [{ content: 'a:1' }],
    [{ content: [null, 1, { type: 'resource' }, { type: 'resource', resource: 'a:1' }, { type: 'new', uri: 'a:1' }] }],
    [{ messages: [{ role: 'user', content: 'a:1' }] }],
  ])('stay, and the result with them: %j', result => {
    expect(withPublicLinks(result, publicUri)).toBe(result)
  })
})

describe('links of a task', () => {
  it('follow in the result that stands in it, and the task is the same where none changes', () => {
    const task = { taskId: 't', result: { content: [{ type: 'resource_link', uri: 'a://b' }] } }
    expect(withTaskLinks(task, uri => `x-${uri}`)).toEqual({
      taskId: 't',
      result: { content: [{ type: 'resource_link', uri: 'x-a://b' }] },
    })
    expect(withTaskLinks(task, uri => uri)).toBe(task)
    const bare = { content: [{ type: 'resource_link', uri: 'a://b' }] }
    expect(withTaskLinks(bare, uri => `x-${uri}`)).toMatchObject({ content: [{ uri: 'x-a://b' }] })
  })
})

describe('the resources that a tool is shown with', () => {
  const tool = (_meta: object) => ({ name: 't', inputSchema: {}, _meta: _meta as Record<string, unknown> })

  it.each([{ ui: { resourceUri: 'a:1', other: 1 } }, { 'ui/resourceUri': 'a:1' }, { 'openai/outputTemplate': 'a:1' }])(
    'follow in %j',
    meta => {
      const shown = withUiUris(tool({ kept: true, ...meta }), publicUri)
      expect(uiUrisOf(shown)).toEqual(['public:a:1'])
      expect(shown._meta?.kept).toBe(true)
    },
  )

  it.each([{}, { ui: {} }, { ui: 'a:1' }, { ui: { resourceUri: 'b:1' } }])('stay in %j', meta => {
    const given = tool(meta)
    expect(withUiUris(given, publicUri)).toBe(given)
  })
})
