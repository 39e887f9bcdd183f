import { describe, expect, it } from 'vitest'
import type { CallToolResult } from '../../src/core/tool.ts'
import { errorResult, textResult } from '../../src/core/tool.ts'
import { toResultContent } from '../../src/llm/result-parts.ts'
import { toResultText } from '../../src/llm/result-text.ts'

const data = Buffer.alloc(300).toString('base64')
const image = { type: 'image', mimeType: 'image/png', data }
const text = (value: string) => ({ type: 'text', text: value })
const imagePart = { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }
const read = (result: CallToolResult, maxMediaBytes = 1_000, maxCharacters = 100) =>
  toResultContent(result, toResultText(result, maxCharacters), { maxCharacters, maxMediaBytes })

describe('toResultContent', () => {
  it.each<[string, CallToolResult, unknown]>([
    ['a text stays a text', textResult('a'), 'a'],
    ['a failure stays a text', errorResult('no'), 'Error: no'],
    ['a link stays a text', { content: [{ type: 'resource_link', name: 'n', uri: 'u:1' }] }, '[resource link n u:1]'],
    [
      'an image stands where it stood',
      { content: [text('a'), image, text('b'), text('c')] },
      [text('a'), imagePart, text('b\nc')],
    ],
    [
      'a sound and a file are files',
      {
        content: [
          { type: 'audio', mimeType: 'audio/wav', data: 'AAAA' },
          { type: 'resource', resource: { uri: 'file:///a/b.pdf?x=1', mimeType: 'application/pdf', blob: 'AAAA' } },
        ],
      },
      [
        { type: 'file', file: { filename: 'audio', file_data: 'data:audio/wav;base64,AAAA' } },
        { type: 'file', file: { filename: 'b.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
      ],
    ],
    [
      'a resource of image bytes is an image',
      { content: [{ type: 'resource', resource: { uri: 'u:1', mimeType: 'image/png', blob: data } }] },
      [imagePart],
    ],
    [
      'an image without data is described',
      { content: [{ type: 'image', mimeType: 'image/png' }] },
      '[image image/png]',
    ],
  ])('%s', (_, result, content) => {
    expect(read(result)).toEqual(content)
  })

  it('describes what is past the bound on bytes', () => {
    expect(read({ content: [image, image] }, 500)).toEqual([imagePart, text('[image image/png, 300 bytes]')])
    expect(read({ content: [image] }, 0)).toBe('[image image/png, 300 bytes]')
  })

  it('cuts texts beside images as well', () => {
    expect(read({ content: [text('x'.repeat(150)), image] })).toEqual([
      text(`${'x'.repeat(100)}\n[cut: 50 more characters were left out]`),
      imagePart,
    ])
  })
})
