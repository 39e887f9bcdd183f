import type { Limits } from '../../core/limits.ts'
import type { RemoteConfig, StdioConfig } from '../../core/source-config.ts'
import type { McpEgress } from './http-agent.ts'
import type { Route } from './open-session.ts'

/**
 * The ways to reach the server of an entry, in the order in which they are tried.
 *
 * Each transport is loaded where it is used: one that only starts programs needs no HTTP client.
 */
export function routesTo(
  config: StdioConfig | RemoteConfig,
  { maxMessageBytes, maxSilenceMs, startTimeoutMs: connectTimeoutMs }: Limits,
  onStderr: (text: string) => void,
  egress?: McpEgress,
): readonly Route[] {
  if (config.kind === 'stdio') {
    const load = () => import('./stdio-transport.ts')
    return [{ makeTransport: async () => (await load()).stdioTransport(config, { maxMessageBytes, onStderr }) }]
  }
  const options = { maxMessageBytes, maxSilenceMs, connectTimeoutMs, ...(egress && { egress }) }
  const http: Route = {
    makeTransport: async () => (await import('./http-transport.ts')).httpTransport(config, options),
    remote: true,
  }
  const sse: Route = {
    makeTransport: async () => (await import('./sse-transport.ts')).sseTransport(config, options),
    legacyOnly: true,
    remote: true,
  }
  if (config.transport === 'auto') return [http, sse]
  return config.transport === 'http' ? [http] : [sse]
}
