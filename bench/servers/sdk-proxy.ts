import type { IncomingMessage, ServerResponse } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import { listen } from './listen.ts'

// A peer: the smallest proxy that the official SDK makes, its client on one side and its handler on the other. Run as
// `node sdk-proxy.ts <upstream MCP url>`.

const upstream = new Client({ name: 'sdk-proxy', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
await upstream.connect(new StreamableHTTPClientTransport(new URL(process.argv[2] ?? '')))

const handler = createMcpHandler(() => {
  const server = new Server({ name: 'sdk-proxy', version: '1.0.0' }, { capabilities: { tools: {} } })
  server.setRequestHandler('tools/list', request => upstream.listTools(request.params))
  server.setRequestHandler('tools/call', request => upstream.callTool(request.params))
  return server
})

listen((request, response) => {
  serve(request, response).catch((error: Error) => response.destroy(error))
})

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)])
  const answer = await handler.fetch(
    new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method ?? 'GET',
      headers,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    }),
  )
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
}
