import { callPlan, chatBody, chatBodyAfterCall } from './chat-messages.ts'
import type { Era, Plan, Work } from './plan.ts'
import { restPath, revisions } from './plan.ts'

/** One HTTP request as text, a word that its answer must hold, and the cursor of the request that always follows it. */
type Message = Readonly<{ text: string; expected: string; next?: string }>

/** Writes the requests of one plan. `id` tells calls apart, so that an answer given to the wrong call is noticed. */
export type MessageWriter = (id: number, cursor?: string) => Message

/** Prepares everything that does not change from one request to the next. */
export function messageWriter(plan: Plan, sessionId: string | undefined): MessageWriter {
  const url = new URL(plan.url)
  const { work } = plan
  if (work.kind === 'chat') return chatWriter(plan, work)
  if (work.kind === 'rest') {
    return id => {
      const expected = echoText(id)
      const head = httpHead({ host: url.host, pathname: `${restPath(id)}?lang=en` }, plan.headers)
      return { text: withBody(head, JSON.stringify({ text: expected, times: 1 })), expected }
    }
  }
  const method = work.kind === 'list' ? 'tools/list' : 'tools/call'
  const head = httpHead(url, { ...plan.headers, ...protocolHeaders(work, method, sessionId) })
  const meta = metaOf(work.era)
  return (id, cursor) => {
    const params = work.kind === 'list' ? cursor !== undefined && { cursor } : callParams(work, id)
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, ...meta } })
    return { text: withBody(head, body), expected: work.kind === 'list' ? '"tools"' : echoText(id) }
  }
}

/** Completions, or the parts of one that calls a tool: its cursors name the part that follows. */
function chatWriter(plan: Plan, work: Extract<Work, { kind: 'chat' }>): MessageWriter {
  const head = httpHead(new URL(plan.url), plan.headers)
  const call = messageWriter(callPlan(plan), undefined)
  return (id, part) => {
    const text = echoText(id)
    if (part === 'call') return { ...call(id), next: 'answer' }
    if (part === 'answer')
      return { text: withBody(head, JSON.stringify(chatBodyAfterCall(work, text))), expected: text }
    const first = withBody(head, JSON.stringify(chatBody(work, text)))
    return work.tools === 'parts' ? { text: first, expected: text, next: 'call' } : { text: first, expected: text }
  }
}

/** The handshake of a legacy client: `initialize`, and then the notification, which is sent in the session. */
export function handshake(plan: Plan): { initialize: string; initialized: (sessionId?: string) => string } {
  const url = new URL(plan.url)
  const initialize = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: revisions.legacy, capabilities: {}, clientInfo },
  }
  return {
    initialize: withBody(httpHead(url, { ...plan.headers, ...accept }), JSON.stringify(initialize)),
    initialized: sessionId =>
      withBody(
        httpHead(url, { ...plan.headers, ...accept, ...sessionHeaders(sessionId) }),
        JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
      ),
  }
}

/** The DELETE with which a legacy client ends its session. */
export function farewell(plan: Plan, sessionId: string): string {
  const url = new URL(plan.url)
  return `${httpHead(url, { ...plan.headers, ...sessionHeaders(sessionId) }, 'DELETE')}\r\n`
}

/** The full stop keeps one call's text from being the beginning of another's. */
function echoText(id: number): string {
  return `echo ${id}.`
}

const clientInfo = { name: 'patchbay-bench', version: '1.0.0' }

const accept = { accept: 'application/json, text/event-stream' }

function protocolHeaders(
  work: Exclude<Work, { kind: 'rest' | 'chat' }>,
  method: string,
  sessionId?: string,
): Record<string, string> {
  if (work.era === 'legacy') return { ...accept, ...sessionHeaders(sessionId) }
  return {
    ...accept,
    'mcp-protocol-version': revisions.modern,
    'mcp-method': method,
    ...(work.kind === 'call' && { 'mcp-name': work.tool }),
  }
}

function sessionHeaders(sessionId?: string): Record<string, string> {
  return {
    'mcp-protocol-version': revisions.legacy,
    ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
  }
}

/** The fields that each request of revision 2026-07-28 carries (basic/index, "Per-request protocol fields"). */
function metaOf(era: Era): { _meta?: Record<string, unknown> } {
  if (era === 'legacy') return {}
  return {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': revisions.modern,
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': clientInfo,
    },
  }
}

function callParams(work: Extract<Work, { kind: 'call' }>, id: number): Record<string, unknown> {
  const size = work.resultBytes === undefined ? {} : { resultBytes: work.resultBytes }
  return { name: work.tool, arguments: { id, text: echoText(id), times: 1, lang: 'en', ...size } }
}

function httpHead(
  url: Pick<URL, 'pathname' | 'host'>,
  headers: Readonly<Record<string, string>>,
  method = 'POST',
): string {
  const lines = Object.entries({ host: url.host, 'content-type': 'application/json', ...headers })
  return `${method} ${url.pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`
}

function withBody(head: string, body: string): string {
  return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
