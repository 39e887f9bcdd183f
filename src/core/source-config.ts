import type { LockMode } from './lock.ts'

/**
 * One entry of `mcpServers` (or `servers`), parsed: aliases resolved, variables filled in, paths absolute.
 *
 * `config` makes these, `sources/*` consume them.
 */
export type SourceConfig = StdioConfig | RemoteConfig | OpenApiConfig

/** What every kind of source has. */
type Common = Readonly<{
  /** The key of the entry; never contains a control character. */
  id: string
  description?: string
  /** Tools offered, by the source's own name or the public one; `*` matches any run of characters. */
  allowedTools?: readonly string[]
  disallowedTools?: readonly string[]
  /** Overrides `limits.callTimeoutMs`. */
  timeoutMs?: number
  /** Default `warn`. */
  lock?: LockMode
}>

/** An MCP server that we start as a child and speak to over its stdin and stdout. */
export type StdioConfig = Common &
  Readonly<{
    kind: 'stdio'
    command: string
    args: readonly string[]
    /** Added to the minimal environment (PATH, HOME, LANG, TMPDIR, ...); ours is never inherited. */
    env: Readonly<Record<string, string>>
    /** Absolute. */
    cwd: string
    protocol: ProtocolChoice
  }>

/** An MCP server at a URL. `auto` tries streamable HTTP first, then HTTP+SSE. */
export type RemoteConfig = Common &
  Readonly<{
    kind: 'remote'
    url: string
    transport: 'auto' | 'http' | 'sse'
    headers: Readonly<Record<string, string>>
    protocol: ProtocolChoice
  }>

/** An HTTP API that an OpenAPI document describes. */
export type OpenApiConfig = Common &
  Readonly<{
    kind: 'openapi'
    /** An http(s) URL or an absolute path; or the document itself. */
    document: Readonly<{ at: string } | { inline: unknown }>
    /** Wins over the document's own servers. */
    baseUrl?: string
    /** Present where the document is read once. */
    watch?: false
    headers: Readonly<Record<string, string>>
  }>

/** Which era of the protocol to speak to an upstream: `auto` probes for 2026-07-28 and falls back. */
export type ProtocolChoice = 'auto' | 'legacy' | 'modern'
