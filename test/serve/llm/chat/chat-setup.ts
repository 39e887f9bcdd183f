import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { localCaller } from '../../../../src/core/caller.ts'
import { buildCatalog, findEndpoint, viewOf } from '../../../../src/core/catalog.ts'
import { GatewayError } from '../../../../src/core/errors.ts'
import type { Limits } from '../../../../src/core/limits.ts'
import { defaultLimits } from '../../../../src/core/limits.ts'
import type { ModelConfig } from '../../../../src/core/model.ts'
import type { CallToolResult, Tool } from '../../../../src/core/tool.ts'
import { textResult } from '../../../../src/core/tool.ts'
import type { Gateway } from '../../../../src/gateway/gateway.ts'
import { routeTurns } from '../../../../src/llm/route-turns.ts'
import { createProvider } from '../../../../src/providers/create-provider.ts'
import { createChatDoor } from '../../../../src/serve/llm/chat/chat.ts'
import { createModelsDoor } from '../../../../src/serve/llm/models.ts'
import { ownUrls } from '../../../../src/serve/llm/server-url.ts'
import type { FakeProvider, Reply } from '../../../fakes/openai-provider.ts'
import { startFakeProvider } from '../../../fakes/openai-provider.ts'

/** How the fake gateway answers a call. */
export type Answer = (
  name: string,
  args: Record<string, unknown>,
  signal: AbortSignal,
) => CallToolResult | Promise<CallToolResult>

/** A chat door on a real socket, over a fake provider and a fake gateway. */
export type ChatServer = Readonly<{
  client: OpenAI
  url: string
  provider: FakeProvider
  /** Public names and arguments of the calls that reached the gateway. */
  called: readonly (readonly [name: string, args: unknown])[]
  logged: readonly string[]
  /** What was noted for the line of a request. */
  noted: readonly Readonly<Record<string, unknown>>[]
  close: () => Promise<void>
}>

const toTool = (name: string, properties: object = {}): Tool => ({
  name,
  description: `The tool ${name}`,
  inputSchema: { type: 'object', properties, required: Object.keys(properties) },
})

/** Two sources: `math` with add, echo and `text/upper`; `docs` with echo and `read`. The group `both` holds them. */
const sources = [
  ['math', [toTool('add', { a: { type: 'number' }, b: { type: 'number' } }), toTool('echo'), toTool('text/upper')]],
  ['docs', [toTool('echo'), toTool('read')]],
] as const

/** Starts everything; `reply` scripts the provider, `answer` the tools. */
export async function startChat(
  replies: readonly Reply[],
  options: { answer?: Answer; limits?: Partial<Limits>; publicUrl?: string } = {},
): Promise<ChatServer> {
  const provider = await startFakeProvider(...replies)
  const called: [string, unknown][] = []
  const logged: string[] = []
  const noted: Readonly<Record<string, unknown>>[] = []
  const gateway = fakeGateway(called, options.answer ?? (name => textResult(`${name} ok`)))
  const models: ModelConfig[] = [
    {
      name: 'fast',
      provider: 'openai',
      model: 'fake-1',
      baseUrl: provider.url,
      apiKey: 'sk-upstream-secret',
      headers: {},
    },
    { name: 'demo', provider: 'demo', model: 'demo', headers: {} },
  ]
  const providers = new Map(models.map(model => [model.name, createProvider(model)]))
  const chat = createChatDoor({
    gateway,
    route: routeTurns({
      models: () => models,
      providerOf: model => providers.get(model.name) as ReturnType<typeof createProvider>,
      limits: { ...defaultLimits, modelRetries: 0, ...options.limits },
      log: (_, message) => logged.push(message),
    }),
    isOwnUrl: ownUrls(options.publicUrl),
    log: (_, message) => logged.push(message),
  })
  const list = createModelsDoor(() => models)
  const server = createServer((request, response) => {
    const gone = new AbortController()
    response.once('close', () => response.writableFinished || gone.abort())
    const door = request.url === '/v1/models' ? list : chat
    const limits = { ...defaultLimits, ...options.limits }
    void door({
      request,
      response,
      path: request.url ?? '/',
      query: new URLSearchParams(),
      caller: localCaller,
      gone: gone.signal,
      abort: () => gone.abort(),
      note: fields => void noted.push(fields),
      limits,
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    provider,
    called,
    logged,
    noted,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await provider.close()
      await Promise.all([...providers.values()].map(one => one.close()))
    },
  }
}

/** A gateway over the two sources; `called` is told of each call that reaches it. */
export function fakeGateway(called: [string, unknown][], answer: Answer): Pick<Gateway, 'list' | 'call' | 'endpoint'> {
  const catalog = buildCatalog(
    sources.map(([id, tools]) => ({ id, tools: tools.map(tool => ({ key: tool.name, rank: tool.name, tool })) })),
    { both: ['math', 'docs'] },
  )
  return {
    async list({ endpoint, narrowedTo }) {
      return viewOf(catalog, endpoint, narrowedTo ? { sources: narrowedTo } : {})
    },
    async call({ endpoint }, name, args, { signal }) {
      const entry = viewOf(catalog, endpoint, {}).find(name)
      if (entry === undefined) throw new GatewayError('TOOL_NOT_FOUND', `No tool is named "${name}".`)
      called.push([entry.name, args])
      return answer(entry.name, args, signal)
    },
    endpoint(name) {
      const endpoint = findEndpoint(catalog, name)
      if (endpoint) return endpoint
      throw new GatewayError('SOURCE_NOT_FOUND', `No server or group is named "${name}".`)
    },
  }
}
