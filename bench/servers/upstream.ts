import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import { listen } from './listen.ts'
import { syntheticTools } from './tools.ts'

// The echo upstream: an MCP server over streamable HTTP with as little between its socket and its answer as possible,
// since its CPU competes with what is measured. Run as `node upstream.ts --tools 1000 --page 2000 [--modern]`.

const { values } = parseArgs({
  options: {
    tools: { type: 'string', default: '100' },
    page: { type: 'string', default: '2000' },
    modern: { type: 'boolean', default: false },
  },
})
const revision = values.modern ? '2026-07-28' : '2025-11-25'
const serverInfo = { name: 'echo-upstream', version: '1.0.0' }
const filler = 'The quick brown fox said: "jump over the lazy dog" \\ and then it did.\n'.repeat(240)

/** What 2026-07-28 asks of every result; nothing on a legacy server. */
const complete = values.modern
  ? { resultType: 'complete', _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo } }
  : {}
const cacheHints = values.modern ? { ttlMs: 60_000, cacheScope: 'public' } : {}
const pages = listPages(syntheticTools(Number(values.tools)), Number(values.page))

type Message = Readonly<{
  id?: number | string
  method: string
  params?: { name?: string; cursor?: string; arguments?: { text: string; resultBytes?: number } }
}>

type Answer = Readonly<{ status: number; parts: readonly Buffer[]; headers?: Record<string, string> }>

listen((request, response) => {
  if (request.method === 'POST') readBody(request, body => send(response, answerTo(JSON.parse(body))))
  else send(response, request.method === 'DELETE' ? nothing(204) : nothing(405))
})

function answerTo({ id, method, params }: Message): Answer {
  if (id === undefined) return nothing(202)
  if (method === 'tools/call') return resultFor(id, call(params?.arguments))
  if (method === 'tools/list') return pageFor(id, Number(params?.cursor ?? 0))
  if (method === 'ping') return resultFor(id, {})
  if (method === 'initialize' && !values.modern) return welcome(id)
  if (method === 'server/discover' && values.modern) return resultFor(id, discovery())
  const error = { code: -32601, message: `There is no method "${method}" here.` }
  return { status: values.modern ? 404 : 200, parts: [Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error }))] }
}

function call(args?: { text: string; resultBytes?: number }): object {
  const { text = '', resultBytes = 0 } = args ?? {}
  const content = [{ type: 'text', text: text + filler.slice(0, Math.max(0, resultBytes - text.length)) }]
  return { content, ...complete }
}

function welcome(id: number | string): Answer {
  const result = { protocolVersion: revision, capabilities: { tools: {} }, serverInfo }
  return { ...resultFor(id, result), headers: { 'mcp-session-id': crypto.randomUUID() } }
}

function discovery(): object {
  return { supportedVersions: [revision], capabilities: { tools: {} }, ...cacheHints, ...complete }
}

/** Everything of each page behind its id, as bytes made once. The cursor is the index of the next page. */
function listPages(tools: readonly object[], size: number): Buffer[] {
  return Array.from({ length: Math.ceil(tools.length / size) }, (_, page) => {
    const more = (page + 1) * size < tools.length ? { nextCursor: String(page + 1) } : {}
    const result = { ...more, ...cacheHints, ...complete, tools: tools.slice(page * size, (page + 1) * size) }
    return Buffer.from(`,"result":${JSON.stringify(result)}}`)
  })
}

function pageFor(id: number | string, page: number): Answer {
  const start = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)}`)
  return { status: 200, parts: [start, pages[page] ?? Buffer.from('}')] }
}

function resultFor(id: number | string, result: object): Answer {
  return { status: 200, parts: [Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result }))] }
}

function nothing(status: number): Answer {
  return { status, parts: [] }
}

function send(response: ServerResponse, { status, parts, headers }: Answer): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  response.writeHead(status, {
    ...(length > 0 && { 'content-type': 'application/json' }),
    ...(status !== 204 && { 'content-length': length }),
    ...headers,
  })
  for (const part of parts.slice(0, -1)) response.write(part)
  response.end(parts.at(-1))
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
}
