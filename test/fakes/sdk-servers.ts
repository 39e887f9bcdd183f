import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import type { ReadableStream } from 'node:stream/web'
import { Server as OldServer } from '@modelcontextprotocol/sdk/server/index.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, fromJsonSchema, McpServer } from '@modelcontextprotocol/server'

/** A real MCP server made with an SDK, on a loopback port. */
export type Upstream = Readonly<{
  url: string
  /** The headers and JSON-RPC methods of every request so far. */
  requests: readonly Readonly<{ method: string; rpc?: string; headers: IncomingMessage['headers'] }>[]
  /** Resolves when the tool `wait` runs, and when it was cancelled. */
  waiting: Promise<unknown>
  cancelled: Promise<unknown>
  /** Adds a tool and tells every client that listens. */
  addTool(name: string): Promise<void>
  /** Forgets its sessions, as after a restart. */
  forget(): Promise<void>
  close(): Promise<void>
}>

type Extra = Readonly<{
  signal: AbortSignal
  token: string | number | undefined
  notify: (params: Record<string, unknown> & { progressToken: string | number; progress: number }) => Promise<void>
}>

const schema = { type: 'object' as const }
const marked = {
  ...schema,
  properties: { region: { type: 'string' as const, 'x-mcp-header': 'Region' }, level: { type: 'integer' as const } },
}

/** Streamable HTTP with sessions: `@modelcontextprotocol/sdk` 1.x. `extend` gives each server more than tools. */
export async function httpUpstream(extend?: (server: OldServer) => void): Promise<Upstream> {
  const fake = fakeTools()
  const sessions = new Map<string, { server: OldServer; transport: StreamableHTTPServerTransport }>()
  const door = await listen(async (request, response, body) => {
    const id = request.headers['mcp-session-id']
    const known = sessions.get(String(id))
    if (known !== undefined) return known.transport.handleRequest(request, response, body)
    if (id !== undefined) return void response.writeHead(404).end()
    const server = oldServer(fake)
    extend?.(server)
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: given => void sessions.set(given, { server, transport }),
      onsessionclosed: given => void sessions.delete(given),
    })
    // The SDK declares its own class without `exactOptionalPropertyTypes`.
    await server.connect(transport as Parameters<OldServer['connect']>[0])
    await transport.handleRequest(request, response, body)
  })
  return {
    ...door,
    ...fake.state,
    async addTool(name) {
      fake.names.push(name)
      await Promise.all([...sessions.values()].map(({ server }) => server.sendToolListChanged()))
    },
    async forget() {
      const before = [...sessions.values()]
      sessions.clear()
      await Promise.all(before.map(({ transport }) => transport.close()))
    },
  }
}

/** HTTP+SSE of revision 2024-11-05: `@modelcontextprotocol/sdk` 1.x. A POST to its URL is answered with 405. */
export async function sseUpstream(): Promise<Upstream> {
  const fake = fakeTools()
  const sessions = new Map<string, { server: OldServer; transport: SSEServerTransport }>()
  const door = await listen(async (request, response, body) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'GET' && pathname === '/mcp') {
      const server = oldServer(fake)
      const transport = new SSEServerTransport('/messages', response)
      sessions.set(transport.sessionId, { server, transport })
      return server.connect(transport)
    }
    const session = sessions.get(searchParams.get('sessionId') ?? '')
    if (request.method === 'POST' && session !== undefined)
      return session.transport.handlePostMessage(request, response, body)
    response.writeHead(pathname === '/mcp' ? 405 : 404).end()
  })
  return {
    ...door,
    ...fake.state,
    async addTool(name) {
      fake.names.push(name)
      await Promise.all([...sessions.values()].map(({ server }) => server.sendToolListChanged()))
    },
    async forget() {
      const before = [...sessions.values()]
      sessions.clear()
      await Promise.all(before.map(({ transport }) => transport.close()))
    },
  }
}

/**
 * Revision 2026-07-28 and nothing else: `@modelcontextprotocol/server` 2.x. `extend` gives each server more than tools;
 * `update` tells of a changed resource.
 */
export async function modernUpstream(
  extend?: (server: McpServer) => void,
): Promise<Upstream & Readonly<{ update: (uri: string) => void }>> {
  const fake = fakeTools()
  const makeServer = (): McpServer => {
    const server = modernServer(fake)
    extend?.(server)
    return server
  }
  const handler = createMcpHandler(makeServer, { legacy: 'reject' })
  const door = await listen(async (request, response, body) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const answer = await handler.fetch(
      new Request(`http://localhost${request.url}`, {
        method: request.method ?? 'GET',
        headers: Object.entries(request.headers).flatMap(([name, value]): [string, string][] => [
          [name, String(value)],
        ]),
        signal: gone.signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body === null) return void response.end()
    Readable.fromWeb(answer.body as ReadableStream)
      .on('error', () => response.destroy())
      .pipe(response)
  })
  return {
    ...door,
    ...fake.state,
    update: uri => handler.notify.resourceUpdated(uri),
    async addTool(name) {
      fake.names.push(name)
      handler.notify.toolsChanged()
    },
    forget: async () => {},
    async close() {
      await handler.close()
      await door.close()
    },
  }
}

/** The tools that all three offer. */
function fakeTools() {
  const names = ['echo', 'progress', 'wait']
  const waiting = Promise.withResolvers<unknown>()
  const cancelled = Promise.withResolvers<unknown>()
  const run = async (name: string, args: Record<string, unknown>, meta: unknown, extra: Extra) => {
    if (![...names, 'region'].includes(name)) throw new Error(`There is no tool "${name}".`)
    const text = (value: string) => [{ type: 'text' as const, text: value }]
    if (name === 'progress' && extra.token !== undefined)
      for (const progress of [1, 2, 3]) await extra.notify({ progressToken: extra.token, progress, total: 3 })
    if (name === 'wait') {
      waiting.resolve(undefined)
      await new Promise(resolve => extra.signal.addEventListener('abort', resolve, { once: true }))
      cancelled.resolve(undefined)
    }
    return { content: text(JSON.stringify(args)), structuredContent: { args, meta: meta ?? null }, 'x-unknown': [1] }
  }
  return { names, run, state: { waiting: waiting.promise, cancelled: cancelled.promise } }
}

function oldServer({ names, run }: ReturnType<typeof fakeTools>): OldServer {
  const server = new OldServer({ name: 'old', version: '1' }, { capabilities: { tools: { listChanged: true } } })
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [...names, 'region'].map(name => ({ name, inputSchema: name === 'region' ? marked : schema })),
  }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification }) =>
    run(params.name, params.arguments ?? {}, params._meta, {
      signal,
      token: params._meta?.progressToken,
      notify: given => sendNotification({ method: 'notifications/progress', params: given }),
    }),
  )
  return server
}

function modernServer({ names, run }: ReturnType<typeof fakeTools>): McpServer {
  const server = new McpServer({ name: 'modern', version: '2' }, { capabilities: { tools: { listChanged: true } } })
  for (const name of [...names, 'region']) {
    server.registerTool(
      name,
      { inputSchema: fromJsonSchema<Record<string, unknown>>(name === 'region' ? marked : schema) },
      (args, { mcpReq }) =>
        run(name, args, mcpReq._meta, {
          signal: mcpReq.signal,
          token: mcpReq._meta?.progressToken,
          notify: params => mcpReq.notify({ method: 'notifications/progress', params }),
        }),
    )
  }
  return server
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse, body: unknown) => Promise<unknown>,
): Promise<Pick<Upstream, 'url' | 'requests' | 'close'>> {
  const requests: { method: string; rpc?: string; headers: IncomingMessage['headers'] }[] = []
  const server: HttpServer = createServer(async (request, response) => {
    const text = request.method === 'POST' ? await readText(request) : ''
    const body = text === '' ? undefined : JSON.parse(text)
    requests.push({
      method: request.method ?? '',
      headers: request.headers,
      ...(body?.method !== undefined && { rpc: body.method }),
    })
    await answer(request, response, body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    requests,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
