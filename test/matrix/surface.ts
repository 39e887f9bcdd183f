import type { CallScope, Json, Surface } from '../fakes/full/surface.ts'
import { everyCapability, RpcError } from '../fakes/full/surface.ts'
import { fixedItems, pageOf } from './items.ts'
import type { MatrixState } from './tools.ts'
import { tools } from './tools.ts'

/** A server with something of everything that MCP can carry, and a state of its own. Lists come in pages of three. */
export function makeSurface(): Surface {
  const state: MatrixState = {
    cancelled: 0,
    waiting: 0,
    level: undefined,
    followed: new Set(),
    added: { tools: [], prompts: [], resources: [] },
  }
  const { prompts, resources, templates } = fixedItems
  const added = (kind: 'tools' | 'prompts' | 'resources'): Json[] => state.added[kind]
  return {
    info: { name: 'matrix', version: '1.0.0' },
    unchecked: true,
    capabilities: everyCapability,
    methods: {
      'tools/list': params => pageOf('tools', [...tools.map(tool => tool.definition), ...added('tools')], params),
      'tools/call': (params, scope) => callTool(params, scope, state),
      'prompts/list': params => pageOf('prompts', [...prompts, ...added('prompts')], params),
      'prompts/get': getPrompt,
      'resources/list': params => pageOf('resources', [...resources, ...added('resources')], params),
      'resources/templates/list': params => pageOf('resourceTemplates', templates, params),
      'resources/read': readResource,
      'resources/subscribe'({ uri }) {
        state.followed.add(uri)
        return {}
      },
      'resources/unsubscribe'({ uri }) {
        state.followed.delete(uri)
        return {}
      },
      'completion/complete': ({ ref, argument, context }) => ({
        completion: {
          values: [`${ref.name ?? ref.uri}:${argument.name}`, `${argument.value}!`, JSON.stringify(context ?? null)],
          total: 3,
          hasMore: false,
        },
      }),
      'logging/setLevel'({ level }) {
        state.level = level
        return {}
      },
    },
  }
}

async function callTool(params: Json, scope: CallScope, state: MatrixState): Promise<Json> {
  const tool = tools.find(({ definition }) => definition.name === params.name)
  if (tool === undefined) throw new RpcError(-32602, `Unknown tool: ${params.name}`)
  return tool.call(params.arguments ?? {}, scope, state)
}

async function getPrompt({ name, arguments: args = {} }: Json, scope: CallScope): Promise<Json> {
  const prompt = fixedItems.prompts.find(each => each.name === name)
  if (prompt === undefined) throw new RpcError(-32602, `Unknown prompt: ${name}`)
  const asked = name === 'asking' ? await scope.ask('tone', 'elicitation/create', toneForm) : undefined
  return {
    description: 'As it was asked.',
    messages: [
      { role: 'user', content: { type: 'text', text: JSON.stringify({ args, asked: asked ?? null }) } },
      { role: 'assistant', content: { type: 'resource', resource: { uri: 'test://text', text: 'inside' } } },
    ],
    _meta: { 'example.com/prompt': true },
    'x-unknown': 'kept',
  }
}

const toneForm = {
  mode: 'form',
  message: 'Which tone?',
  requestedSchema: { type: 'object', properties: { tone: { type: 'string' } } },
}

function readResource({ uri }: Json, scope: CallScope): Json {
  const known: Json = {
    'test://text': { mimeType: 'text/plain', text: 'plain', _meta: { 'example.com/a': 1 }, 'x-unknown': 1 },
    'test://blob': { mimeType: 'image/png', blob: 'AAEC' },
    'ui://panel/main.html': {
      mimeType: 'text/html;profile=mcp-app',
      text: '<p>panel</p>',
      _meta: { ui: { csp: { connectDomains: ['https://example.com'] } } },
    },
  }
  const found = known[uri] ?? (/^test:\/\/item\/\w+$/.test(uri) && { mimeType: 'text/plain', text: `made of ${uri}` })
  if (!found) throw new RpcError(scope.era === 'modern' ? -32602 : -32002, 'Resource not found', { uri })
  return { contents: [{ uri, ...found }], 'x-unknown': [uri] }
}
