import type { AllowedHost } from './allowed-host.ts'
import type { UrlPattern } from './url-pattern.ts'

/**
 * Which MCP servers callers may name themselves: the block `egress.callerServers`, parsed.
 *
 * - `allow`: their URLs; without any, none may be named
 * - `allowHosts`: of those the ones off the public internet
 */
export type CallerServerRules = Readonly<{ allow: readonly UrlPattern[]; allowHosts: readonly AllowedHost[] }>
