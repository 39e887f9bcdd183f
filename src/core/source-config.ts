import type { AllowedHost } from './allowed-host.ts'
import type { Credential } from './credential.ts'
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
  /** `search` offers three tools to find and call the others with, `auto` does where they are many. Absent: `tools`. */
  mode?: SourceMode
  /** Overrides `limits.callTimeoutMs`. */
  timeoutMs?: number
  /** Overrides `limits.maxConcurrentCalls`. */
  maxConcurrentCalls?: number
  /** Default `warn`. */
  lock?: LockMode
  /** What variables filled into its URLs, or into the arguments of its program: taken for secrets, and never shown. */
  filled?: readonly string[]
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
    /** Each client has a child of its own; the shared one serves lists and subscriptions. */
    perSession?: true
    /** Stops the child after this long without a use; the next one starts it again. */
    idleTimeoutMs?: number
  }>

/** An MCP server at a URL. `auto` tries streamable HTTP first, then HTTP+SSE. */
export type RemoteConfig = Common &
  Readonly<{
    kind: 'remote'
    url: string
    transport: 'auto' | 'http' | 'sse'
    headers: Readonly<Record<string, string>>
    protocol: ProtocolChoice
    /** Each client has a session of its own; the shared one serves lists and subscriptions. */
    perSession?: true
  }>

/** An HTTP API that an OpenAPI document describes. */
export type OpenApiConfig = Common &
  Readonly<{
    kind: 'openapi'
    /** An http(s) URL or an absolute path; or the document itself. */
    document: Readonly<{ at: string } | { inline: unknown }>
    /** Wins over the document's own servers. */
    baseUrl?: string
    /** Which of the document's servers: an index, or a URL, name or description. */
    server?: number | string
    serverVariables?: Readonly<Record<string, string>>
    /** How lists below a `deepObject` are written; brackets when absent. */
    arrayFormat?: ArrayFormat
    /** Present where the document is read once. */
    watch?: false
    /** Reads the files that the document refers to: inside its own directory, or at its URL's origin. */
    externalRefs?: boolean
    headers: Readonly<Record<string, string>>
    /**
     * How shared schemas are shown: `auto` (the default) writes small ones and those used once in place, `refs` keeps all
     * under `$defs`, `inline` writes out everything.
     */
    schemaMode?: 'auto' | 'refs' | 'inline'
    /** Tools say what their answers look like. */
    outputSchemas?: boolean
    /** Hosts off the public internet that may be reached all the same: the entry's own and those of the whole file. */
    allowHosts?: readonly AllowedHost[]
    tls?: TlsConfig
    /** Only operations that match each list here, and none of those there, become tools. */
    include?: OperationFilter
    exclude?: OperationFilter
    /** true offers only what does not change anything. */
    readOnly?: boolean
    /** By operationId, or by method and path: `get /pets`. */
    overrides?: Readonly<Record<string, OperationOverride>>
    /** By the names of the document's security schemes. */
    credentials?: Readonly<Record<string, Credential>>
    /** What of the caller's headers is passed on: those of these names in lower case, or those addressed to this source. */
    forwardHeaders?: true | readonly string[]
    /** Refuses a call whose security requirements cannot be met. */
    strictAuth?: boolean
    /** A GET or HEAD is sent on to where the API redirects it inside its own origin. */
    followRedirects?: boolean
    /** Overrides `limits.maxCallRetries`. */
    maxRetries?: number
  }>

/** TLS towards one API, each as PEM text. `cert` and `key` come together. */
export type TlsConfig = Readonly<{
  /** The authorities to trust, in place of the system's. */
  ca?: string
  /** The certificate to show, with its chain. */
  cert?: string
  key?: string
  /** Opens `key`. */
  passphrase?: string
}>

/**
 * Which operations of a document are meant. In tags and operations (operationId, or `get /pets`) `*` matches any run of
 * characters; in paths it stays inside a segment, and `**` does not.
 */
export type OperationFilter = Readonly<{
  tags?: readonly string[]
  methods?: readonly string[]
  paths?: readonly string[]
  operations?: readonly string[]
  deprecated?: boolean
}>

/** What an operation's tool says in place of what its document would make it say. */
export type OperationOverride = Readonly<{
  name?: string
  title?: string
  description?: string
  readOnly?: boolean
  destructive?: boolean
  idempotent?: boolean
  hidden?: boolean
}>
/** `a[]=1`, `a[0]=1` or `a=1`. */
export type ArrayFormat = 'brackets' | 'indices' | 'repeat'

/** Which era of the protocol to speak to an upstream: `auto` probes for 2026-07-28 and falls back. */
export type ProtocolChoice = 'auto' | 'legacy' | 'modern'

/** How a source offers its tools. */
export type SourceMode = 'tools' | 'search' | 'auto'
