import type { ClientLink, InputExchange, McpLogLevel } from './client-link.ts'
import type { Item, ItemKind } from './items.ts'
import type { JsonObject } from './json.ts'
import type { ListHints, ListKind } from './list-hints.ts'
import type { TaskMethod } from './tasks.ts'
import type { CallToolResult, Progress, Tool } from './tool.ts'

/**
 * Whatever offers tools: it lists, it calls, it closes.
 *
 * An MCP server is one, an OpenAPI document is one. A source is shared by every caller and made once; it connects by
 * itself and never throws from its constructor. Wrappers (`sources/with-*.ts`) take a source and return a source.
 */
export interface ToolSource {
  /** The key of its entry in the configuration. */
  readonly id: string
  readonly kind: 'mcp' | 'openapi'
  /** What an MCP server has besides tools; absent for other sources. */
  readonly features?: ServerFeatures
  /**
   * Lists every tool, all pages of them, in the source's own order.
   *
   * @throws GatewayError `SOURCE_*` or `DOCUMENT_*` when there is no list to give
   */
  list(options: { signal: AbortSignal }): Promise<readonly SourceTool[]>
  /**
   * Calls the tool that this source knows by `key`.
   *
   * @returns the result whole, unknown fields and content types included; the tool's own failure is `isError: true`.
   *   Where the caller takes it, a result with `resultType: "input_required"`, see {@link CallContext.input}
   * @throws GatewayError `SOURCE_*` when no result can be had; the message names the source
   */
  call(key: string, args: JsonObject, context: CallContext): Promise<CallToolResult>
  /** How it is doing now. Cheap; never waits. */
  health(): SourceHealth
  /** Tells when a list, of tools or of anything else, may have changed or the source came back. Returns the way to stop. */
  onChange(listener: () => void): () => void
  /** Ends connections and children. Safe to call twice. */
  close(): Promise<void>
}

/** The requests that are relayed to one upstream besides `tools/call`. */
export type RelayedMethod = 'prompts/get' | 'resources/read' | 'completion/complete' | TaskMethod

/**
 * Told what a server says of a task after it has begun it: the method and params of a notification, without the fields of the
 * hop. `notifications/tasks/status`, `notifications/progress` without its token, and `notifications/message`.
 */
export type TaskListener = (method: string, params: JsonObject) => void

/**
 * What an MCP server has besides tools: prompts, resources, completion, logging. All of it under the server's own names
 * and URIs; the catalog gives the public ones.
 */
export interface ServerFeatures {
  /** What the server declares it can do, as it came; empty while it is away. Cheap. */
  capabilities(): JsonObject
  /**
   * Lists all pages of one kind in the server's order. What is malformed or repeats a key is left out.
   *
   * @returns empty for a server that does not declare the feature
   * @throws GatewayError `SOURCE_*`
   */
  list(kind: ItemKind, options: { signal: AbortSignal }): Promise<readonly Item[]>
  /** What the server has said of a list when it was read last. Cheap. */
  hints(kind: ListKind): ListHints
  /** Milliseconds after which its lists may be others without a word of it; undefined while it tells of changes, or is away. */
  staleAfterMs(): number | undefined
  /**
   * Relays one request, and everything that belongs to it: progress, cancellation, `_meta`, what the server asks of the
   * client meanwhile.
   *
   * @returns the result whole, without the fields that belong to the hop; see {@link CallContext.input} for the one that
   *   asks for more
   * @throws GatewayError `SOURCE_*`; `SOURCE_ERROR` has the server's own JSON-RPC error as `data`
   */
  request(method: RelayedMethod, params: JsonObject, context: CallContext): Promise<JsonObject>
  /**
   * Follows one resource. The server is asked once however many follow it, and again after it was away.
   *
   * @param onUpdate - is given the params of `notifications/resources/updated`
   * @param client - the id of the client that follows it, for a server that has a session for each
   * @returns the way to stop
   */
  subscribe(uri: string, onUpdate: (params: JsonObject) => void, client?: string): () => void
  /** Resolves once the server tells of updates of a resource that is followed, or is known not to. Never rejects. */
  subscribed(uri: string, client?: string): Promise<void>
  /**
   * Follows a task of the old era by its own id, for whoever has begun it. What was told of it a moment ago, when nobody
   * followed it, is told first.
   *
   * @param client - the id of the client that has begun it, for a server that has a session for each
   * @returns the way to stop
   */
  followTask(taskId: string, listener: TaskListener, client?: string): () => void
  /** Tasks that were begun here, were not cancelled, and whose result nobody has got yet. Cheap. */
  openTasks(): number
  /** The least severe level that anyone wants; undefined for none. Told to the server where it can be told. */
  setLogLevel(level: McpLogLevel | undefined): void
  /** Follows log messages that belong to no call: the params of `notifications/message`. Returns the way to stop. */
  onLog(listener: (params: JsonObject) => void): () => void
}

/**
 * One tool as its source knows it.
 *
 * - `key`: what `call` takes; unique within the source and stable while the upstream keeps its identity (the upstream's
 *   tool name, or `get /pets/{petId}`).
 * - `rank`: a string by which tools that want one name are put in order, so that names never depend on list order.
 * - `tool`: the definition, its `name` being the name it would like to have.
 * - `formerKey`: what the same tool was known by in an earlier list, when the source saw it move; its name moves along.
 * - `tags`: the groups that its document puts it in, for finding it; no client is sent them.
 * - `gate`: other tools of the source are reached through this one. Rules that name tools mean those, and the source
 *   applies them itself, so the gate is offered whatever they say.
 */
export type SourceTool = Readonly<{
  key: string
  rank: string
  tool: Tool
  formerKey?: string
  tags?: readonly string[]
  gate?: true
}>

/** What a call needs besides its arguments. */
export type CallContext = Readonly<{
  signal: AbortSignal
  /** The caller's `_meta`, without the fields that belong to the hop (`progressToken`, `io.modelcontextprotocol/*`). */
  meta?: JsonObject
  /** Present when the caller wants progress; called in order and never after the result. */
  onProgress?: (progress: Progress) => void
  /** The id of the caller: who waits for the same source has turns by it. Without one it is shared by all who have none. */
  readonly callerId?: string
  /** The client behind the caller, where there is one that can be asked. */
  client?: ClientLink
  /** Its {@link ClientLink.id}, for who needs nothing else of it: making a link costs more. May be absent where `client` is not. */
  readonly clientId?: string
  /** Present where the caller takes a result that asks for more; without it the source asks `client` itself. */
  input?: InputExchange
  /** Present where a caller of the old era wants the call to run as a task: its `task` params (2025-11-25, utilities/tasks). */
  task?: JsonObject
  /** Which tools behind a gate the caller may use; absent means all. */
  permits?: Permits
  /**
   * The headers of the caller's request, names in lower case, without those that tell us who the caller is. Made when
   * it is read, which few calls need: read it once. Copying the context reads it too.
   */
  readonly headers?: Readonly<Record<string, string>>
}>

/** Says whether the caller may use a tool, by its key and by its name at the endpoint of its own source. */
export type Permits = (tool: Readonly<{ key: string; name: string }>) => boolean

/** The states of a source's life. `degraded`: usable, but the last list or call failed. */
export type SourceState = 'connecting' | 'ready' | 'degraded' | 'needs_auth' | 'failed' | 'closed'

/** How a source is doing. `lastFailure.at` and `.since` are ISO times; it stays after recovery, for the curious. */
export type SourceHealth = Readonly<{
  state: SourceState
  lastFailure?: Readonly<{
    stage: 'start' | 'list' | 'call' | 'connection'
    message: string
    at: string
    since: string
  }>
  /** What the upstream says of itself, such as its name, version and protocol revision. */
  details?: JsonObject
}>
