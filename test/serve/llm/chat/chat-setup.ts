import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { onTestFinished } from 'vitest'
import type { Caller } from '../../../../src/core/caller.ts'
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
import type { Door } from '../../../../src/serve/exchange.ts'
import type { LlmParts } from '../../../../src/serve/llm/answer.ts'
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

/** A chat door on a real socket, over a fake provider and a fake gateway, until the test ends. */
export type ChatServer = Readonly<{
  client: OpenAI
  url: string
  provider: FakeProvider
  /** Public names and arguments of the calls that reached the gateway. */
  called: readonly (readonly [name: string, args: unknown])[]
  logged: readonly string[]
  /** What was noted for the line of a request. */
  noted: readonly Readonly<Record<string, unknown>>[]
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

/** What differs from the usual server. */
export type StartOptions = Readonly<{
  answer?: Answer
  limits?: Partial<Limits>
  publicUrl?: string
  /** Doors of another surface; where it has none for a request, the chat door answers. */
  face?: (parts: LlmParts) => (request: IncomingMessage) => Door | undefined
  /** Tells callers apart, as keys do. */
  callerOf?: (request: IncomingMessage) => Caller
  /** More models, beside `fast` and `demo`. */
  models?: readonly ModelConfig[]
  /** Sources that are away and list nothing. */
  away?: readonly string[]
}>

/** Starts everything; `reply` scripts the provider, `answer` the tools. */
export async function startChat(replies: readonly Reply[], options: StartOptions = {}): Promise<ChatServer> {
  const provider = await startFakeProvider(...replies)
  const called: [string, unknown][] = []
  const logged: string[] = []
  const noted: Readonly<Record<string, unknown>>[] = []
  const gateway = fakeGateway(called, options.answer ?? (name => textResult(`${name} ok`)), options.away)
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
    ...(options.models ?? []),
  ]
  const providers = new Map(models.map(model => [model.name, createProvider(model)]))
  const parts: LlmParts = {
    gateway,
    route: routeTurns({
      models: () => models,
      providerOf: model => providers.get(model.name) as ReturnType<typeof createProvider>,
      limits: { ...defaultLimits, modelRetries: 0, ...options.limits },
      log: (_, message) => logged.push(message),
    }),
    isOwnUrl: ownUrls(options.publicUrl),
    log: (_, message) => logged.push(message),
  }
  const chat = createChatDoor(parts)
  const doorOf = options.face?.(parts)
  const list = createModelsDoor(() => models)
  const server = createServer((request, response) => {
    const gone = new AbortController()
    response.once('close', () => response.writableFinished || gone.abort())
    const door = request.url === '/v1/models' ? list : (doorOf?.(request) ?? chat)
    const limits = { ...defaultLimits, ...options.limits }
    void door({
      request,
      response,
      path: (request.url ?? '/').split('?')[0] ?? '/',
      query: new URLSearchParams(request.url?.split('?')[1]),
      caller: options.callerOf?.(request) ?? localCaller,
      gone: gone.signal,
      abort: () => gone.abort(),
      note: fields => void noted.push(fields),
      limits,
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await provider.close()
    await Promise.all([...providers.values()].map(one => one.close()))
  })
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
  return { client, url, provider, called, logged, noted }
}

/** A gateway over the two sources; `called` is told of each call that reaches it. */
export function fakeGateway(
  called: [string, unknown][],
  answer: Answer,
  away: readonly string[] = [],
): Pick<Gateway, 'list' | 'call' | 'endpoint' | 'health'> {
  const catalog = buildCatalog(
    sources.map(([id, tools]) => ({
      id,
      tools: away.includes(id) ? [] : tools.map(tool => ({ key: tool.name, rank: tool.name, tool })),
    })),
    { both: ['math', 'docs'] },
  )
  return {
    health: () =>
      sources.map(([id]) => ({
        id,
        kind: 'mcp',
        state: away.includes(id) ? 'failed' : 'ready',
        tools: 0,
        prompts: 0,
        resources: 0,
      })),
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
