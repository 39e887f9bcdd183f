import { GatewayError } from '../../core/errors.ts'
import type { RemoteConfig, StdioConfig } from '../../core/source-config.ts'
import type { CallContext, ToolSource } from '../../core/tool-source.ts'
import type { IdleTimer } from './idle-timer.ts'
import { idleTimer } from './idle-timer.ts'
import type { McpSourceOptions, SourceMemory } from './mcp-source.ts'
import { mcpSource } from './mcp-source.ts'

/** As for one source. `guard` is put around each child or session: that one does not answer says nothing of the others. */
export type PerSessionOptions = McpSourceOptions & Readonly<{ guard?: (source: ToolSource) => ToolSource }>

/** The child or session of one client. */
type Own = Readonly<{ source: ToolSource; timer: IdleTimer }> & { uses: number }

/**
 * An MCP server of which each client has a child or a session of its own (`perSession`), for as long as it uses it.
 *
 * Calls and relayed requests of a client go to its own; those without a client, lists, subscriptions and log messages
 * are served by one that all share. At `limits.maxSessionsPerSource` the one that was unused for longest gives way; when
 * all are in use the call fails with `LIMIT_REACHED`.
 */
export function perSessionSource(
  entry: (StdioConfig | RemoteConfig) & { idleTimeoutMs?: number },
  { guard = source => source, ...options }: PerSessionOptions,
): ToolSource {
  const { limits } = options
  // One that a client has of its own is not stopped when it is idle, but closed for good.
  const { idleTimeoutMs, ...config } = entry
  const memory: SourceMemory = { verdict: {}, mirrored: new Map() }
  const shared = guard(mcpSource(entry, { ...options, memory }))
  const { features } = shared
  const idleMs = idleTimeoutMs ?? limits.sessionIdleMs
  /** By the id of their client, the one used last at the end. */
  const owned = new Map<string, Own>()
  let closed = false

  const end = async (client: string): Promise<void> => {
    const own = owned.get(client)
    owned.delete(client)
    own?.timer.stop()
    await own?.source.close()
  }
  const makeRoom = (): void => {
    if (owned.size < limits.maxSessionsPerSource) return
    const [unused] = [...owned].find(([, { uses }]) => uses === 0) ?? []
    if (unused !== undefined) return void end(unused)
    const message = `"${config.id}" has a session for each of ${owned.size} clients, and all of them are in use (limits.maxSessionsPerSource).`
    throw new GatewayError('LIMIT_REACHED', message)
  }
  const begin = (client: string): Own => {
    let own = owned.get(client)
    if (own === undefined) {
      makeRoom()
      own = {
        source: guard(mcpSource(config, { ...options, memory })),
        timer: idleTimer(idleMs, () => void end(client)),
        uses: 0,
      }
    }
    owned.delete(client)
    owned.set(client, own)
    own.uses += 1
    own.timer.begin()
    return own
  }
  const over = async <T>({ client }: CallContext, use: (source: ToolSource) => Promise<T>): Promise<T> => {
    if (client === undefined || closed) return use(shared)
    const own = begin(client.id)
    try {
      return await use(own.source)
    } finally {
      own.uses -= 1
      own.timer.end()
    }
  }

  return {
    ...shared,
    ...(features && {
      features: {
        ...features,
        request: (method, params, context) =>
          over(context, ({ features: own = features }) => own.request(method, params, context)),
      },
    }),
    call: (key, args, context) => over(context, source => source.call(key, args, context)),
    health() {
      const health = shared.health()
      return { ...health, details: { ...health.details, sessions: owned.size } }
    },
    async close() {
      closed = true
      await Promise.all([shared.close(), ...[...owned.keys()].map(end)])
    },
  }
}
