import { setTimeout as sleep } from 'node:timers/promises'
import type { CallScope, Json } from '../fakes/full/surface.ts'
import { RpcError } from '../fakes/full/surface.ts'
import { askingTools } from './asking-tools.ts'

/** What one server of the matrix remembers. */
export type MatrixState = {
  waiting: number
  cancelled: number
  level: string | undefined
  /** Resources that old clients subscribed to; the modern era keeps that in its streams. */
  readonly followed: Set<string>
  readonly added: Record<'tools' | 'prompts' | 'resources', Json[]>
}

/** A tool of the matrix, as it is listed and what it does. */
export type MatrixTool = Readonly<{
  definition: Json
  call(args: Json, scope: CallScope, state: MatrixState): Json | Promise<Json>
}>

const schema = { type: 'object' }
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** Every tool. A pause stands before each result, since SDK 2.x loses what comes in one chunk with it (#2580). */
export const tools: readonly MatrixTool[] = [
  {
    definition: {
      name: 'echo',
      title: 'Echo',
      description: 'Says what it was sent.',
      inputSchema: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: { text: { type: 'string', 'x-unknown': 1 } },
        $defs: { a: { $anchor: 'a' } },
      },
      outputSchema: { type: 'object', properties: { args: {} } },
      annotations: { title: 'E', readOnlyHint: true, openWorldHint: false, 'x-unknown': [1] },
      icons: [{ src: 'data:image/png;base64,AAAA', sizes: ['any'] }],
      _meta: { 'example.com/tool': { deep: { er: 1 } } },
      'x-unknown': { kept: true },
    },
    call: (args, { meta }) => ({
      content: [{ type: 'text', text: JSON.stringify(args) }],
      structuredContent: { args, meta: ownMeta(meta) },
    }),
  },
  {
    definition: { name: 'panel', inputSchema: schema, _meta: { ui: { resourceUri: 'ui://panel/main.html' } } },
    call: () => ({
      content: [{ type: 'text', text: 'shown' }],
      _meta: { ui: { resourceUri: 'ui://panel/main.html' } },
    }),
  },
  tool('content', () => ({
    content: [
      {
        type: 'text',
        text: 'one',
        annotations: { audience: ['user'], priority: 1, 'x-unknown': 1 },
        _meta: { 'a/b': 1 },
      },
      { type: 'image', data: 'AAEC', mimeType: 'image/png' },
      { type: 'audio', data: 'AAEC', mimeType: 'audio/wav' },
      { type: 'resource', resource: { uri: 'test://text', mimeType: 'text/plain', text: 'inside' } },
      { type: 'resource', resource: { uri: 'test://nowhere', blob: 'AAEC' } },
      { type: 'resource_link', uri: 'test://text', name: 'text', title: 'Link', size: 5, 'x-unknown': 1 },
      { type: 'resource_link', uri: 'https://example.com/x', name: 'outside' },
    ],
    _meta: { 'example.com/result': [1, { two: 2 }] },
    'x-unknown': { deep: [null] },
  })),
  tool('hologram', () => ({ content: [{ type: 'hologram', beam: { 'x-y': 1 } }] })),
  tool('structured', ({ value }) => ({ content: [{ type: 'text', text: 'see' }], structuredContent: value })),
  tool('failing', () => ({ content: [{ type: 'text', text: 'no such pet' }], isError: true, 'x-unknown': 1 })),
  tool('refusing', () => {
    throw new RpcError(-32099, 'refused by the server', { why: ['because'] })
  }),
  tool('progress', async (_, { meta, notify }) => {
    for (const progress of [1, 2.5, 3]) {
      const params = { progressToken: meta.progressToken, progress, total: 3, message: `step ${progress}` }
      if (meta.progressToken !== undefined) await notify('notifications/progress', params)
      // A client of SDK 1 drops progress that it reads together with the result (typescript-sdk#2580).
      await sleep(50)
    }
    return { content: [] }
  }),
  tool('wait', async (_, { signal }, state) => {
    state.waiting += 1
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    state.cancelled += 1
    return { content: [] }
  }),
  tool('count', (_, _scope, { waiting, cancelled }) => ({ content: [], structuredContent: { waiting, cancelled } })),
  tool('log', async (_, scope, state) => {
    const least = levels.indexOf((scope.era === 'modern' ? scope.logLevel : state.level) ?? 'none')
    for (const [at, level] of least < 0 ? [] : [...levels.entries()].slice(least)) {
      await scope.notify('notifications/message', { level, logger: 'matrix', data: { at, deep: ['é'] } })
      await sleep(5)
    }
    await sleep(15)
    return { content: [] }
  }),
  tool('change', async ({ kind, remove }, { announce }, { added }) => {
    const list = added[kind as 'tools']
    if (remove) list.pop()
    else
      list.push(kind === 'resources' ? { uri: 'test://added', name: 'added' } : { name: 'added', inputSchema: schema })
    await announce({ kind })
    return { content: [] }
  }),
  tool('touch', async ({ uri }, { announce, era }, { followed }) => {
    if (era === 'modern' || followed.has(uri)) await announce({ kind: 'updated', uri })
    return { content: [] }
  }),
  ...askingTools,
]

function tool(name: string, call: MatrixTool['call']): MatrixTool {
  return { definition: { name, inputSchema: schema }, call }
}

/** What the caller's `_meta` holds besides what belongs to the hop. */
function ownMeta(meta: Json): Json {
  const isOwn = (key: string): boolean => key !== 'progressToken' && !key.startsWith('io.modelcontextprotocol/')
  return Object.fromEntries(Object.entries(meta).filter(([key]) => isOwn(key)))
}
