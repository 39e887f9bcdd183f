import type { Gateway } from './gateway/gateway.ts'
import type { Metrics } from './observe/metrics.ts'
import type { Tallies } from './observe/tallies.ts'
import type { MetricsText } from './serve/health.ts'
import type { McpCounts } from './serve/mcp/mcp-door.ts'

/** Writes out what was counted. The library that does it is loaded when someone first asks, so that no start waits for it. */
export function readMetrics(
  tallies: Tallies,
  gateway: Pick<Gateway, 'health'>,
): (counts: McpCounts) => Promise<MetricsText> {
  let opened: Promise<Metrics> | undefined
  let standing: McpCounts = { sessions: 0, streams: 0 }
  return async counts => {
    standing = counts
    opened ??= import('./observe/metrics.ts').then(({ openMetrics }) =>
      openMetrics(tallies, () => ({
        ...standing,
        sources: gateway.health().map(({ id, state, tools, details }) => ({
          id,
          state,
          tools,
          breaker: typeof details?.breaker === 'string' ? details.breaker : undefined,
        })),
      })),
    )
    const { contentType, text } = await opened
    return { contentType, text: await text() }
  }
}
