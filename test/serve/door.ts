import { onTestFinished } from 'vitest'
import type { Caller } from '../../src/core/caller.ts'
import { localCaller } from '../../src/core/caller.ts'
import { GatewayError } from '../../src/core/errors.ts'
import type { Limits } from '../../src/core/limits.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import type { Door } from '../../src/serve/exchange.ts'
import type { GuardOptions } from '../../src/serve/guard.ts'
import type { HttpFace } from '../../src/serve/http-face.ts'
import { createHttpFace } from '../../src/serve/http-face.ts'
import type { McpMethods } from '../../src/serve/mcp/mcp-methods.ts'
import { createMcpMethods } from '../../src/serve/mcp/mcp-methods.ts'
import type { SessionIds } from '../../src/serve/mcp/session-ids.ts'
import type { Preview } from '../../src/serve/preview.ts'
import type { fakeFeatures } from '../fakes/gateway-features.ts'
import type { FakeSource } from '../fakes/sources.ts'
import { fakeSource } from '../fakes/sources.ts'

/** A gateway over fake sources, served on a loopback port. */
export type TestDoor = Readonly<{
  url: string
  gateway: Gateway
  methods: McpMethods
  /** Faults of the gateway itself that it logged. */
  faults: readonly string[]
  /** What was logged of each request. */
  lines: readonly Readonly<Record<string, unknown>>[]
  /** Ends what goes on for other callers than these. */
  recheck: HttpFace['recheck']
  close(): Promise<void>
}>

/** What a test may decide about the door. `keys` maps what a client sends to the caller it is. */
export type DoorOptions = Readonly<{
  limits?: Partial<Limits>
  groups?: Record<string, readonly string[]>
  keys?: Record<string, Caller>
  guard?: Partial<GuardOptions>
  preview?: Preview
  /** What the gateway has besides tools. */
  features?: ReturnType<typeof fakeFeatures>
  stateKeys?: readonly string[]
  sessionIds?: SessionIds
  /** What stands at `/v1/chat/completions`. */
  chat?: Door
  /** What stands at `/v1/messages`. */
  messages?: Door
}>

const empty: Door = async ({ response }) => void response.writeHead(204).end()

/** The limits of a test: quick where a test would have to wait. */
export const testLimits: Limits = { ...defaultLimits, firstListWaitMs: 200, shutdownMs: 2_000 }

/** Serves these sources, and stops when the test ends. */
export async function openDoor(sources: readonly FakeSource[], options: DoorOptions = {}): Promise<TestDoor> {
  const limits = { ...testLimits, ...options.limits }
  const faults: string[] = []
  const lines: Readonly<Record<string, unknown>>[] = []
  const bare = createGateway(limits, () => {})
  const gateway = options.features?.on(bare) ?? bare
  gateway.replace(
    sources.map(source => ({ source })),
    options.groups ?? {},
  )
  const identity = { info: { name: 'patchbay', version: '0' }, instructions: 'Tools.' }
  const methods = createMcpMethods(gateway, identity, limits, options.stateKeys)
  const face = createHttpFace({
    gateway,
    methods,
    ...(options.sessionIds && { sessionIds: options.sessionIds }),
    limits,
    guard: { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], ...options.guard },
    version: '0',
    identify: ({ authorization }) =>
      options.keys === undefined ? localCaller : options.keys[authorization?.replace('Bearer ', '') ?? ''],
    preview: options.preview ?? (() => Promise.reject(new Error('no preview in this test'))),
    completions: {
      chat: options.chat ?? empty,
      responses: empty,
      kept: { get: empty, remove: empty, inputItems: empty },
      messages: options.messages ?? empty,
      countTokens: options.messages ?? empty,
      embeddings: empty,
      models: empty,
    },
    log: (level, message) => void (level === 'error' && faults.push(message)),
    logRequest: fields => void lines.push(fields),
  })
  const url = await face.listen(0)
  const close = async (): Promise<void> => {
    await face.close()
    gateway.close()
  }
  onTestFinished(close)
  await gateway.settled()
  return { url, gateway, methods, faults, lines, recheck: face.recheck, close }
}

/** One answer of the door, its JSON parsed; `events` are the messages of a stream. */
export type Answer = Readonly<{
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads out of an answer is what the test is about.
  body: any
  events: readonly unknown[]
}>

/** Posts one JSON-RPC message (or whatever the body is) and reads the whole answer. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return readAnswer(answer)
}

/** Reads an answer whole, as JSON or as a stream of events. */
export async function readAnswer(answer: Response): Promise<Answer> {
  const text = await answer.text()
  const streamed = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const events = streamed ? eventsOf(text) : []
  const body = streamed ? events.at(-1) : text === '' ? undefined : JSON.parse(text)
  return { status: answer.status, headers: answer.headers, body, events }
}

/** The messages of a stream of events. */
function eventsOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter(line => line.startsWith('data: '))
    .map(line => JSON.parse(line.slice(6)))
}

/** A request of the old era. */
export function legacy(method: string, params: object = {}, id: unknown = 1): object {
  return { jsonrpc: '2.0', id, method, params }
}

const modernMeta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** A request of the modern era: its body, and the headers that go with it. */
export function modern(
  method: string,
  params: { name?: string; _meta?: object; [key: string]: unknown } = {},
  id: unknown = 1,
): { body: object; headers: Record<string, string> } {
  return {
    body: legacy(method, { ...params, _meta: { ...modernMeta, ...params._meta } }, id),
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(params.name !== undefined && { 'mcp-name': params.name }),
      ...(method.startsWith('tasks/') && typeof params.taskId === 'string' && { 'mcp-name': params.taskId }),
      ...(method === 'resources/read' && typeof params.uri === 'string' && { 'mcp-name': params.uri }),
    },
  }
}

/** Posts a request of the modern era. */
export function postModern(url: string, ...request: Parameters<typeof modern>): Promise<Answer> {
  const { body, headers } = modern(...request)
  return post(url, body, headers)
}

/** Sends initialize of the old era. @returns the session id */
export async function initialize(
  url: string,
  headers: Record<string, string> = {},
  capabilities: object = {},
): Promise<string> {
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'test', version: '0' } }
  const answer = await post(url, legacy('initialize', params), headers)
  return answer.headers.get('mcp-session-id') ?? ''
}

/** The names of the tools that an answer lists. */
export function namesOf({ body }: Answer): string[] {
  return body.result.tools.map(({ name }: { name: string }) => name)
}

/** Two callers: `a` sees everything, `b` only the source `shop`. */
export const keys: Readonly<Record<string, Caller>> = {
  'key-a': { id: 'a', access: {} },
  'key-b': { id: 'b', access: { sources: ['shop'] } },
}

/** The header that sends a key. */
export function as(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` }
}

/** A source whose calls last until they are cancelled. */
export function hanging(id = 'pets'): FakeSource {
  const source = fakeSource(id)
  source.onCall = (_key, _args, { signal }) =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(new GatewayError('CANCELLED', 'The caller went away.'))),
    )
  return source
}

/** A stream of events that is being read. */
export type EventStream = Readonly<{
  /** The next message; undefined once the stream has ended. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads out of a message is what the test is about.
  next(): Promise<any>
  close(): void
}>

/** Posts a message whose answer is read message by message. */
export function postStream(url: string, body: object, headers: Record<string, string> = {}): Promise<EventStream> {
  return openStream(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify(body),
  })
}

/** Opens a stream of events whose messages are read one by one. */
export async function openStream(url: string, init: RequestInit): Promise<EventStream> {
  const closing = new AbortController()
  const answer = await fetch(url, { ...init, signal: closing.signal })
  if (answer.status !== 200)
    throw new Error(`HTTP ${answer.status}: ${JSON.stringify((await readAnswer(answer)).body)}`)
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const waiting: unknown[] = []
  return {
    async next(): Promise<unknown> {
      while (waiting.length === 0) {
        const { value, done } = (await reader?.read()) ?? { done: true }
        if (done || value === undefined) return undefined
        waiting.push(...eventsOf(value))
      }
      return waiting.shift()
    },
    close: () => closing.abort(),
  }
}
