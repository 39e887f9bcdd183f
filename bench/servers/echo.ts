import { syntheticTools } from './tools.ts'

/** A JSON-RPC message to the echo upstream. */
export type Message = Readonly<{
  id?: number | string
  method: string
  params?: { name?: string; cursor?: string; arguments?: { text: string; resultBytes?: number } }
}>

/** What it answers: whole JSON in parts; none for a notification. `status` and `headers` are for HTTP. */
export type Answer = Readonly<{ status: number; parts: readonly Buffer[]; headers?: Record<string, string> }>

/** How many tools the upstream has, how many it lists at once, and whether it speaks 2026-07-28, or else 2025-11-25. */
export type EchoOptions = Readonly<{ tools: number; page: number; modern: boolean }>

const serverInfo = { name: 'echo-upstream', version: '1.0.0' }
const filler = 'The quick brown fox said: "jump over the lazy dog" \\ and then it did.\n'.repeat(240)

/** Makes the echo upstream without its wire, so that over HTTP and over stdio it is the same. Lists are bytes made once. */
export function echoServer({ tools, page, modern }: EchoOptions): (message: Message) => Answer {
  const revision = modern ? '2026-07-28' : '2025-11-25'
  /** What 2026-07-28 asks of every result; nothing on a legacy server. */
  const complete = modern ? { resultType: 'complete', _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo } } : {}
  const cacheHints = modern ? { ttlMs: 60_000, cacheScope: 'public' } : {}
  const pages = listPages(syntheticTools(tools), page, { ...cacheHints, ...complete })

  return ({ id, method, params }) => {
    if (id === undefined) return { status: 202, parts: [] }
    if (method === 'tools/call') return resultFor(id, { content: [echo(params?.arguments)], ...complete })
    if (method === 'tools/list') return pageFor(id, pages[Number(params?.cursor ?? 0)])
    if (method === 'ping') return resultFor(id, {})
    if (method === 'initialize' && !modern) {
      const welcome = resultFor(id, { protocolVersion: revision, capabilities: { tools: {} }, serverInfo })
      return { ...welcome, headers: { 'mcp-session-id': crypto.randomUUID() } }
    }
    if (method === 'server/discover' && modern)
      return resultFor(id, { supportedVersions: [revision], capabilities: { tools: {} }, ...cacheHints, ...complete })
    const error = { code: -32601, message: `There is no method "${method}" here.` }
    return { status: modern ? 404 : 200, parts: [Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error }))] }
  }
}

function echo({ text, resultBytes = 0 }: { text: string; resultBytes?: number } = { text: '' }): object {
  return { type: 'text', text: text + filler.slice(0, Math.max(0, resultBytes - text.length)) }
}

/** Everything of each page behind its id. The cursor is the index of the next page. */
function listPages(tools: readonly object[], size: number, more: object): Buffer[] {
  return Array.from({ length: Math.ceil(tools.length / size) }, (_, page) => {
    const next = (page + 1) * size < tools.length ? { nextCursor: String(page + 1) } : {}
    const result = { ...next, ...more, tools: tools.slice(page * size, (page + 1) * size) }
    return Buffer.from(`,"result":${JSON.stringify(result)}}`)
  })
}

function pageFor(id: number | string, page: Buffer | undefined): Answer {
  const start = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)}`)
  return { status: 200, parts: [start, page ?? Buffer.from('}')] }
}

function resultFor(id: number | string, result: object): Answer {
  return { status: 200, parts: [Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result }))] }
}
