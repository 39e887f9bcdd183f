import { describe, expect, it } from 'vitest'
import type { CallToolResult } from '../../src/core/tool.ts'
import { errorResult, textResult } from '../../src/core/tool.ts'
import { toResultText } from '../../src/llm/result-text.ts'

const image = { type: 'image', mimeType: 'image/png', data: Buffer.alloc(1_234).toString('base64') }

describe('toResultText', () => {
  it.each<[string, CallToolResult, string]>([
    [
      'text blocks are joined by newlines',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      'a\nb',
    ],
    ['an image is described', { content: [image] }, '[image image/png, 1234 bytes]'],
    [
      'text and image keep their order',
      { content: [image, { type: 'text', text: 'a' }] },
      '[image image/png, 1234 bytes]\na',
    ],
    [
      'a resource with text is its text',
      { content: [{ type: 'resource', resource: { uri: 'file:///a', text: 'A' } }] },
      '[resource file:///a]\nA',
    ],
    [
      'a resource of bytes is described',
      { content: [{ type: 'resource', resource: { uri: 'file:///b', mimeType: 'x/y', blob: 'AAAA' } }] },
      '[resource file:///b x/y, 3 bytes]',
    ],
    ['a link is named', { content: [{ type: 'resource_link', name: 'n', uri: 'u:1' }] }, '[resource link n u:1]'],
    ['a type of a later revision is named', { content: [{ type: 'hologram' }] }, '[hologram]'],
    ['structured content stands in for text', { content: [], structuredContent: { a: 1 } }, '{"a":1}'],
    ['but not where there is text', { content: [{ type: 'text', text: 'one' }], structuredContent: { a: 1 } }, 'one'],
    ['nothing is said to be nothing', { content: [] }, '(no content)'],
    ['an empty text is nothing', textResult(''), '(no content)'],
    ['a failure says so', errorResult('no such pet'), 'Error: no such pet'],
    ['but only once', errorResult('Error: no such pet'), 'Error: no such pet'],
  ])('%s', (_, result, text) => {
    expect(toResultText(result, 1_000)).toBe(text)
  })

  it('cuts what is too long, and never through a character', () => {
    expect(toResultText(textResult('abcdef'), 3)).toBe('abc\n[cut: 3 more characters were left out]')
    expect(toResultText(textResult('ab😀cd'), 3)).toBe('ab\n[cut: 4 more characters were left out]')
  })
})
