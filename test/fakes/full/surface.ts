/**
 * A whole MCP server as data: what it offers and what it does, whichever SDK serves it and whichever era is spoken.
 *
 * `old-server.ts` serves it with SDK 1.x, `new-server.ts` with SDK 2.x; the matrix and the conformance fixture are two.
 */
export type Surface = Readonly<{
  info: Readonly<{ name: string; version: string }>
  capabilities: Record<string, object>
  /** Handlers of requests, by method. What is not here is not served. */
  methods: Readonly<Record<string, Handler>>
  /** Lets results of tools through that SDK 2.x would refuse or strip; unknown methods then cost HTTP 200 instead of 404. */
  unchecked?: true
  /** The input schema of a tool, for checks that an SDK makes by itself. */
  toolSchema?: (name: string) => Record<string, unknown> | undefined
}>

/** Answers one request. Its failure is thrown: an {@link RpcError} for a JSON-RPC error. */
export type Handler = (params: Json, scope: CallScope) => Promise<Json> | Json

/** An object of JSON, read loosely, as tests do. */
// biome-ignore lint/suspicious/noExplicitAny: what a fake reads out of a message is what the fake is about.
export type Json = Record<string, any>

/** What a handler may use besides its params. */
export type CallScope = Readonly<{
  era: 'legacy' | 'modern'
  /** What this client says it can do. */
  clientCapabilities: Json
  meta: Json
  signal: AbortSignal
  /** The level that this request asks for (modern); an old client sets it for its session. */
  logLevel?: string
  /** Sends a notification on the stream of this request. */
  notify(method: string, params: Json): Promise<void>
  /** Sends a notification to everyone who listens: a list changed, a resource was updated. */
  announce(change: Change): Promise<void>
  /**
   * Asks the client under a key of its own. In the old era the request is sent now; in the modern one the call ends with
   * `input_required` and starts anew with the answer.
   */
  ask(key: string, method: string, params: Json): Promise<Json>
  /** Asks several at once, with a state that comes back with the answers (modern only). */
  require(requests: Record<string, { method: string; params: Json }>, state?: string): never
  /** Closes the stream of this call, though it goes on: the client comes back for the rest (2025-11-25, HTTP). */
  closeStream(): void
  /** What a modern client brings with its retry. */
  responses: Json
  state: string | undefined
}>

/** What a server tells those who listen. */
export type Change = Readonly<
  { kind: 'tools' | 'prompts' | 'resources' } | { kind: 'updated'; uri: string } | { kind: 'task'; task: Json }
>

/** A JSON-RPC error with the code and data that the test wants. */
export class RpcError extends Error {
  readonly code: number
  readonly data?: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    if (data !== undefined) this.data = data
  }
}

/** Thrown by `ask` and `require` of a modern call: the call ends with these requests. */
export class InputNeeded extends Error {
  readonly requests: Record<string, { method: string; params: Json }>
  readonly state: string | undefined

  constructor(requests: InputNeeded['requests'], state?: string) {
    super('More input is needed.')
    this.requests = requests
    this.state = state
  }
}

/** The notification that tells of a change. */
export function notificationOf(change: Change): { method: string; params?: Json } {
  if (change.kind === 'updated') return { method: 'notifications/resources/updated', params: { uri: change.uri } }
  if (change.kind === 'task') return { method: 'notifications/tasks/status', params: change.task }
  return { method: `notifications/${change.kind}/list_changed` }
}

/** What a server declares that has everything and tells of every change. */
export const everyCapability: Surface['capabilities'] = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
}
