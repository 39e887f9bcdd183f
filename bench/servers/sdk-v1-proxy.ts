import { randomUUID } from 'node:crypto'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { listen } from './listen.ts'

// A peer: the smallest proxy of the SDK's first line, with a session for each client. Run as
// `node sdk-v1-proxy.ts <upstream MCP url>`.

const upstream = new Client({ name: 'sdk-v1-proxy', version: '1.0.0' })
await upstream.connect(new StreamableHTTPClientTransport(new URL(process.argv[2] ?? '')) as Transport)
const sessions = new Map<string, StreamableHTTPServerTransport>()

listen(async (request, response) => {
  const transport = sessions.get(String(request.headers['mcp-session-id'])) ?? (await openSession())
  await transport.handleRequest(request, response)
})

async function openSession(): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    enableJsonResponse: true,
    onsessioninitialized: id => void sessions.set(id, transport),
    onsessionclosed: id => void sessions.delete(id),
  })
  const server = new Server({ name: 'sdk-v1-proxy', version: '1.0.0' }, { capabilities: { tools: {} } })
  server.setRequestHandler(ListToolsRequestSchema, request => upstream.listTools(request.params))
  server.setRequestHandler(CallToolRequestSchema, request => upstream.callTool(request.params))
  await server.connect(transport as Transport)
  return transport
}
