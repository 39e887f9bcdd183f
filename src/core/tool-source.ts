import type { JsonObject } from './json.ts'
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
  /**
   * Lists every tool, all pages of them, in the source's own order.
   *
   * @throws GatewayError `SOURCE_*` or `DOCUMENT_*` when there is no list to give
   */
  list(options: { signal: AbortSignal }): Promise<readonly SourceTool[]>
  /**
   * Calls the tool that this source knows by `key`.
   *
   * @returns the result whole, unknown fields and content types included; the tool's own failure is `isError: true`
   * @throws GatewayError `SOURCE_*` when no result can be had; the message names the source
   */
  call(key: string, args: JsonObject, context: CallContext): Promise<CallToolResult>
  /** How it is doing now. Cheap; never waits. */
  health(): SourceHealth
  /** Tells when the list may have changed or the source came back. Returns the way to stop listening. */
  onChange(listener: () => void): () => void
  /** Ends connections and children. Safe to call twice. */
  close(): Promise<void>
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
