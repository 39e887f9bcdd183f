import type { Caller } from '../../core/caller.ts'
import type { Limits } from '../../core/limits.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Changes } from './mcp-changes.ts'
import type { McpMethods } from './mcp-methods.ts'
import type { McpSessions } from './mcp-sessions.ts'
import type { SessionIds } from './session-ids.ts'

/** What the MCP door needs. */
export type McpDoorOptions = Readonly<{
  gateway: Gateway
  methods: McpMethods
  limits: Limits
  /** How sessions are named; by ids of this process where absent. */
  sessionIds?: SessionIds
  /** The path that the server is reached under from outside, such as `/tools`. */
  prefix?: string
  onError: (error: unknown) => void
}>

/** What every request at the MCP door shares. `streams` end those that wait for changes; each is of one caller. */
export type McpContext = McpDoorOptions &
  Readonly<{ sessions: McpSessions; changes: Changes; streams: Map<() => void, Caller> }>
