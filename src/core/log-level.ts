import type { McpLogLevel } from './client-link.ts'
import { logLevels } from './client-link.ts'

/** True for one of the eight levels of `notifications/message`. */
export function isLogLevel(value: unknown): value is McpLogLevel {
  return (logLevels as readonly unknown[]).includes(value)
}

/** True when a level is at least as severe as `least`; a level that MCP does not know is taken for the least severe. */
export function isAtLeast(level: unknown, least: McpLogLevel): boolean {
  return Math.max(0, (logLevels as readonly unknown[]).indexOf(level)) >= logLevels.indexOf(least)
}
