import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../test/fakes/full/surface.ts'
import { legacy, modern } from '../test/serve/door.ts'
import { openSse } from './sse-stream.ts'

/** What came of the calls so far. */
export type Tally = {
  answered: number
  /** Failures of tools and errors of JSON-RPC: what is to be expected of upstreams that are killed. */
  failed: number
  /** Clients that left. */
  left: number
  /** What no upstream's death excuses: Patchbay refused a connection, or answered with 500. */
  broken: string[]
  /** Sessions that were opened and left, for a look at whether they are gone. */
  sessions: string[]
}

/** Each calls one after the other until the signal aborts. */
export async function runLoad(origin: string, signal: AbortSignal, tally: Tally): Promise<void> {
  const workers = [oldClient, oldClient, oldestClient, modernClient, modernClient, listener, restClient, restClient]
  await Promise.all(workers.map(worker => repeat(worker, origin, signal, tally)))
}

type Client = (origin: string, tally: Tally) => Promise<void>

async function repeat(client: Client, origin: string, signal: AbortSignal, tally: Tally): Promise<void> {
  while (!signal.aborted) {
    try {
      await client(origin, tally)
    } catch (error) {
      const { name, message, cause } = error as Error
      if (name === 'AbortError' || name === 'TimeoutError') tally.left += 1
      else tally.broken.push(`${client.name}: ${message} ${(cause as Error | undefined)?.message ?? ''}`)
      await sleep(50)
    }
  }
}

/** A session, some calls in it, and now and then no goodbye. */
async function oldClient(origin: string, tally: Tally): Promise<void> {
  const url = `${origin}/mcp`
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'soak', version: '1' } }
  const opened = await post(url, legacy('initialize', hello), {}, tally)
  const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
  await opened.text()
  if (Math.random() < 0.3) void follow(url, headers, tally)
  for (let turn = 0; turn < 20; turn += 1) {
    const { method, params } = pick(requests)
    await settle(await post(url, legacy(method, params, turn), headers, tally), tally)
  }
  if (Math.random() < 0.5) await (await fetch(url, { method: 'DELETE', headers })).text()
  else if (tally.sessions.length < 5_000) tally.sessions.push(headers['mcp-session-id'])
}

/** A session over HTTP+SSE: some calls one after the other, and in half of the sessions one more that nobody waits for. */
async function oldestClient(origin: string, tally: Tally): Promise<void> {
  const stream = await openSse(`${origin}/sse`, AbortSignal.timeout(20_000))
  const send = async (body: Json): Promise<void> => {
    const answer = await post(stream.endpoint, body, {}, tally, 20_000)
    await answer.text()
  }
  try {
    await send(legacy('initialize', { protocolVersion: '2024-11-05', capabilities: {} }, 'hello'))
    await stream.answerTo('hello')
    await send({ jsonrpc: '2.0', method: 'notifications/initialized' })
    for (let turn = 0; turn < 10; turn += 1) {
      const { method, params } = pick(requests.filter(each => !isEndless(each)))
      await send(legacy(method, params, turn))
      tell(await stream.answerTo(turn), tally)
    }
    if (Math.random() < 0.5) await send(legacy('tools/call', { name: 'child__wait' }, 'last'))
  } finally {
    stream.leave()
  }
  tally.left += 1
}

async function modernClient(origin: string, tally: Tally): Promise<void> {
  const { method, params } = pick(requests)
  const { body, headers } = modern(method, params)
  await settle(await post(`${origin}/mcp`, body, headers, tally), tally)
}

/** Follows changes for a moment, and leaves without a word. */
async function listener(origin: string, tally: Tally): Promise<void> {
  const { body, headers } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } })
  const answer = await post(`${origin}/mcp`, body, headers, tally, 50 + Math.random() * 1_000)
  await answer.text()
}

async function restClient(origin: string, tally: Tally): Promise<void> {
  const body = { name: pick(['rest__things', 'child__echo', 'old__echo', 'new__echo']), arguments: { text: 'hi' } }
  await settle(await post(`${origin}/mcp-rest/tools/call`, body, {}, tally), tally)
}

const requests: readonly { method: string; params: Json }[] = [
  ...['old__echo', 'new__echo', 'child__echo'].map(name => call(name, { text: 'hello' })),
  ...['old__progress', 'new__progress', 'child__progress'].map(name => call(name, {}, { progressToken: 1 })),
  ...['old__wait', 'new__wait', 'child__wait'].map(name => call(name)),
  call('rest__things'),
  call('old__content'),
  call('new__structured', { value: [1] }),
  call('child__echo', { text: 'x'.repeat(100_000) }),
  { method: 'tools/list', params: {} },
  { method: 'prompts/list', params: {} },
  { method: 'resources/list', params: {} },
]

function call(name: string, args: Json = {}, meta: Json = {}): { method: string; params: Json } {
  return { method: 'tools/call', params: { name, arguments: args, _meta: meta } }
}

/** One in eight leaves before it has its answer; so does whoever waits for what never comes. */
async function post(
  url: string,
  body: Json,
  headers: Record<string, string>,
  tally: Tally,
  ms?: number,
): Promise<Response> {
  const patience = ms ?? (isEndless(body) || Math.random() < 0.125 ? Math.random() * 300 : 20_000)
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(Math.ceil(patience)),
  })
  if (answer.status >= 500 && ![502, 503, 504].includes(answer.status)) tally.broken.push(`HTTP ${answer.status}`)
  return answer
}

function isEndless({ params }: Json): boolean {
  return String(params?.name).endsWith('__wait')
}

async function settle(answer: Response, tally: Tally): Promise<void> {
  const text = await answer.text()
  if (answer.ok) tell(text, tally)
  else tally.failed += 1
}

function tell(answer: string, tally: Tally): void {
  if (answer.includes('"isError":true') || answer.includes('"error":')) tally.failed += 1
  else tally.answered += 1
}

/** The stream of an old client, left open for a while. */
async function follow(url: string, headers: Record<string, string>, tally: Tally): Promise<void> {
  const signal = AbortSignal.timeout(Math.ceil(Math.random() * 2_000))
  await fetch(url, { headers: { ...headers, accept: 'text/event-stream' }, signal })
    .then(answer => answer.text())
    .catch(() => {
      tally.left += 1
    })
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T
}
