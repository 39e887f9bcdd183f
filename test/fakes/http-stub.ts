import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, serveFake } from './scripted-server.ts'

/** One request as a stub sees it; `rpc` is its body where that is JSON. */
export type StubRequest = Readonly<{
  method: string
  path: string
  headers: IncomingMessage['headers']
  rpc: { id?: number; method?: string; params?: Record<string, unknown> }
}>

/** A server whose every answer the test writes. */
export type Stub = Readonly<{
  url: string
  requests: readonly StubRequest[]
  close(): Promise<void>
  /** Takes no more connections, and ends those that are idle; what is being answered may be. */
  stopListening(): void
  /** Listens at the same port, once it is free. */
  listenAgain(): Promise<void>
}>

/** Starts an HTTP server on a loopback port that answers as the test says. */
export async function httpStub(answer: (request: StubRequest, response: ServerResponse) => void): Promise<Stub> {
  const requests: StubRequest[] = []
  const { origin, ...served } = await serveFake(async (request, response) => {
    const text = await readBody(request)
    const seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      rpc: text === '' ? {} : JSON.parse(text),
    }
    requests.push(seen)
    answer(seen, response)
  })
  return { url: `${origin}/mcp`, requests, ...served }
}

/** Answers a request of the old era as a server without sessions would: `initialize`, `tools/list`, anything else `{}`. */
export function answerOldEra(
  { method, rpc }: StubRequest,
  response: ServerResponse,
  tools: readonly string[] = [],
): void {
  if (method !== 'POST') return void response.writeHead(405).end()
  if (rpc.id === undefined) return void response.writeHead(202).end()
  if (rpc.method === 'server/discover') return sendRpc(response, rpc.id, { error: { code: -32601, message: 'no' } })
  const result =
    rpc.method === 'initialize'
      ? { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'stub', version: '1' } }
      : rpc.method === 'tools/list'
        ? { tools: tools.map(name => ({ name, inputSchema: { type: 'object' } })) }
        : { content: [{ type: 'text', text: 'ok' }] }
  sendRpc(response, rpc.id, { result })
}

/** Answers with one JSON-RPC message. */
export function sendRpc(response: ServerResponse, id: unknown, message: object, headers = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ jsonrpc: '2.0', id, ...message }))
}
