import type { Json } from '../fakes/full/surface.ts'
import { RpcError } from '../fakes/full/surface.ts'

const icons = [{ src: 'https://example.com/icon.png', mimeType: 'image/png', sizes: ['48x48'], theme: 'dark' }]

/** What the server of the matrix always lists besides its tools: every field that the revisions have, and unknown ones. */
export const fixedItems: Readonly<Record<'prompts' | 'resources' | 'templates', readonly Json[]>> = {
  prompts: [
    {
      name: 'whole',
      title: 'Whole',
      description: 'Has everything.',
      arguments: [{ name: 'topic', title: 'Topic', description: 'About what.', required: true, 'x-unknown': 1 }],
      icons,
      _meta: { 'example.com/p': { deep: [1] } },
      'x-unknown': 'kept',
    },
    { name: 'asking', description: 'Asks for a tone.' },
    ...Array.from({ length: 4 }, (_, at) => ({ name: `more_${at}` })),
  ],
  resources: [
    {
      uri: 'test://text',
      name: 'text',
      title: 'Text',
      description: 'Plain.',
      mimeType: 'text/plain',
      size: 5,
      annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-01-01T00:00:00Z', 'x-unknown': 1 },
      icons,
      _meta: { 'example.com/r': true },
      'x-unknown': { deep: true },
    },
    { uri: 'test://blob', name: 'blob', mimeType: 'image/png' },
    { uri: 'ui://panel/main.html', name: 'panel', mimeType: 'text/html;profile=mcp-app' },
    { uri: 'test://watched', name: 'watched' },
  ],
  templates: [
    {
      uriTemplate: 'test://item/{id}',
      name: 'item',
      title: 'Item',
      mimeType: 'text/plain',
      annotations: { priority: 1 },
      icons,
      _meta: { 'example.com/t': 1 },
      'x-unknown': 0,
    },
    { uriTemplate: 'test://other/{a}/{b}', name: 'other' },
    { uriTemplate: 'file:///{path}', name: 'files' },
    { uriTemplate: 'test://{+all}', name: 'all' },
  ],
}

const pageSize = 3

/** One page of a list. The first cursor is the empty string, which is a cursor like any other. */
export function pageOf(field: string, items: readonly Json[], { cursor }: Json): Json {
  const start = cursor === undefined ? 0 : cursor === '' ? pageSize : Number(cursor)
  if (Number.isNaN(start)) throw new RpcError(-32602, 'Bad cursor')
  const end = start + pageSize
  const next = end >= items.length ? {} : { nextCursor: end === pageSize ? '' : String(end) }
  return { [field]: items.slice(start, end), ...next }
}
