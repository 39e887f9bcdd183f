import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import type { Server as OldServer } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { McpServer } from '@modelcontextprotocol/server'
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { keepEvents } from './events.ts'
import { newServer } from './new-server.ts'
import { oldServer } from './old-server.ts'
import type { Change, Surface } from './surface.ts'
import { notificationOf } from './surface.ts'
import { toWebRequest, writeWebResponse } from './web.ts'

/** A running server of a surface. */
export type Served = Readonly<{ url: string; close(): Promise<void> }>

/** What is served over HTTP: the SDK, and which eras. */
export type Sdk = 'old' | 'new'

type Answer = (request: IncomingMessage, response: ServerResponse, body: unknown) => Promise<unknown>

/** Serves a surface over streamable HTTP on a loopback port: SDK 1.x with sessions, or SDK 2.x in both eras. */
export async function serveHttp(surface: Surface, sdk: Sdk, port = 0): Promise<Served> {
  const { answer, close } = sdk === 'old' ? oldDoor(surface) : newDoor(surface)
  const server = createServer(async (request, response) => {
    // DNS rebinding: the SDKs leave this to whoever serves (MCP, transports, "Security Warning").
    const host = request.headers.host?.replace(/:\d+$/, '') ?? ''
    const { origin } = request.headers
    if (!isLoopback(host) || (origin !== undefined && !isLoopback(new URL(origin).hostname)))
      return void response.writeHead(403).end()
    const text = request.method === 'POST' ? await readText(request) : ''
    await answer(request, response, text === '' ? undefined : JSON.parse(text)).catch(() => response.destroy())
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async close() {
      await close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Serves a surface over this process's stdin and stdout. */
export async function serveStdin(surface: Surface, sdk: Sdk): Promise<void> {
  if (sdk === 'old') {
    const server: OldServer = oldServer(surface, () => [server])
    process.stdin.once('end', () => process.exit(0))
    return server.connect(new StdioServerTransport())
  }
  const open: McpServer[] = []
  const announce = async (change: Change): Promise<void> => {
    for (const each of open) await each.server.notification(notificationOf(change) as never).catch(() => {})
  }
  serveStdio(({ era }) => {
    const server = newServer(surface, era, announce)
    open.push(server)
    return server
  })
}

function oldDoor(surface: Surface): { answer: Answer; close: () => Promise<void> } {
  const sessions = new Map<string, { server: OldServer; transport: StreamableHTTPServerTransport }>()
  return {
    async answer(request, response, body) {
      const id = request.headers['mcp-session-id']
      const known = sessions.get(String(id))
      if (known !== undefined) return known.transport.handleRequest(request, response, body)
      if (id !== undefined) return void response.writeHead(404).end()
      const server = oldServer(surface, () => [...sessions.values()].map(each => each.server))
      const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: given => void sessions.set(given, { server, transport }),
        onsessionclosed: given => void sessions.delete(given),
        eventStore: keepEvents(),
        retryInterval: 100,
      })
      // The SDK declares its own class without `exactOptionalPropertyTypes`.
      await server.connect(transport as Parameters<OldServer['connect']>[0])
      return transport.handleRequest(request, response, body)
    },
    close: async () => void (await Promise.all([...sessions.values()].map(({ transport }) => transport.close()))),
  }
}

function newDoor(surface: Surface): { answer: Answer; close: () => Promise<void> } {
  const sessions = new Map<string, { server: McpServer; transport: WebStandardStreamableHTTPServerTransport }>()
  const announce = async (change: Change): Promise<void> => {
    if (change.kind === 'updated') modern.notify.resourceUpdated(change.uri)
    else if (change.kind === 'tools') modern.notify.toolsChanged()
    else if (change.kind === 'prompts') modern.notify.promptsChanged()
    else if (change.kind === 'resources') modern.notify.resourcesChanged()
    for (const { server } of sessions.values())
      await server.server.notification(notificationOf(change) as never).catch(() => {})
  }
  const modern = createMcpHandler(({ era }) => newServer(surface, era, announce), { legacy: 'reject' })

  const legacyTransport = async (id: string | null): Promise<WebStandardStreamableHTTPServerTransport | undefined> => {
    if (id !== null) return sessions.get(id)?.transport
    const server = newServer(surface, 'legacy', announce)
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: given => void sessions.set(given, { server, transport }),
      onsessionclosed: given => void sessions.delete(given),
    })
    await server.connect(transport)
    return transport
  }
  return {
    async answer(request, response, body) {
      const asked = toWebRequest(request, response, body)
      const isLegacy = request.method !== 'POST' || (await isLegacyRequest(asked, body))
      if (!isLegacy) return writeWebResponse(await modern.fetch(asked), response)
      const transport = await legacyTransport(asked.headers.get('mcp-session-id'))
      if (transport === undefined) return void response.writeHead(404).end()
      return writeWebResponse(await transport.handleRequest(asked, { parsedBody: body }), response)
    },
    async close() {
      await modern.close()
      await Promise.all([...sessions.values()].map(({ transport }) => transport.close()))
    },
  }
}

function isLoopback(name: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(name)
}
