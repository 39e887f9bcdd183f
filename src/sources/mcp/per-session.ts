import type { ClientLink } from '../../core/client-link.ts'
import { GatewayError } from '../../core/errors.ts'
import type { RemoteConfig, StdioConfig } from '../../core/source-config.ts'
import type { CallContext, ServerFeatures, ToolSource } from '../../core/tool-source.ts'
import type { IdleTimer } from './idle-timer.ts'
import { idleTimer } from './idle-timer.ts'
import type { McpSourceOptions } from './mcp-source.ts'
import { mcpSource } from './mcp-source.ts'
import { keepOwnFollows } from './own-follows.ts'
import { newMemory } from './source-memory.ts'

/** As for one source. `guard` is put around each child or session: that one does not answer says nothing of the others. */
export type PerSessionOptions = McpSourceOptions & Readonly<{ guard?: (source: ToolSource) => ToolSource }>

/** The child or session of one client. `tell` is the way to it as it was seen last. */
type Own = Readonly<{ source: ToolSource; timer: IdleTimer }> & { uses: number; hasLeft: boolean; tell: Tell }

type Tell = ClientLink['tell']

/** It is in use while it has a task, or the result of one that nobody has got yet. */
function hasTasks({ source }: Own): boolean {
  return (source.features?.openTasks() ?? 0) > 0
}

/**
 * An MCP server of which each client has a child or a session of its own (`perSession`), until it leaves or has not used it
 * for a while.
 *
 * Calls and relayed requests of a client go to its own; what that tells outside of calls (log messages, changed lists,
 * updates of what the client follows) goes to this client alone. Those without a client, and lists, are served by one that
 * all share. One that has a task is in use, until its client leaves. At `limits.maxSessionsPerSource` the one that was
 * unused for longest gives way; when all are in use the call fails with `LIMIT_REACHED`.
 */
export function perSessionSource(
  entry: (StdioConfig | RemoteConfig) & { idleTimeoutMs?: number },
  { guard = source => source, ...options }: PerSessionOptions,
): ToolSource {
  const { limits } = options
  // One that a client has of its own is not stopped when it is idle, but closed for good.
  const { idleTimeoutMs, ...config } = entry
  const memory = newMemory()
  const shared = guard(mcpSource(entry, { ...options, memory }))
  const { features } = shared
  const idleMs = idleTimeoutMs ?? limits.sessionIdleMs
  /** By the id of their client, the one used last at the end. */
  const owned = new Map<string, Own>()
  let closed = false

  const featuresFor = (client: string | undefined): ServerFeatures =>
    ((client !== undefined && owned.get(client)?.source.features) || shared.features) as ServerFeatures
  const follows = keepOwnFollows(featuresFor)

  const end = async (client: string): Promise<void> => {
    const own = owned.get(client)
    owned.delete(client)
    own?.timer.stop()
    if (!closed) follows.move(client)
    await own?.source.close()
  }
  /** Its last calls may still be answered. */
  const endIfLeft = (client: string, own: Own): void => {
    if (own.hasLeft && own.uses === 0 && owned.get(client) === own) void end(client)
  }
  const makeRoom = (): void => {
    if (owned.size < limits.maxSessionsPerSource) return
    const [unused] = [...owned].find(([, own]) => own.uses === 0 && !hasTasks(own)) ?? []
    if (unused !== undefined) return void end(unused)
    const message = `"${config.id}" has a session for each of ${owned.size} clients, and all of them are in use (limits.maxSessionsPerSource).`
    throw new GatewayError('LIMIT_REACHED', message)
  }
  const open = (client: ClientLink): Own => {
    const { id } = client
    makeRoom()
    const onListChanged = (method: string): void => own.tell?.(method, {})
    const own: Own = {
      source: guard(mcpSource(config, { ...options, memory, onListChanged })),
      timer: idleTimer(idleMs, () => (hasTasks(own) ? own.timer.again() : void end(id))),
      uses: 0,
      hasLeft: false,
      tell: client.tell,
    }
    own.source.features?.onLog(params => own.tell?.('notifications/message', params))
    owned.set(id, own)
    follows.move(id)
    return own
  }
  const begin = (client: ClientLink): Own => {
    const known = owned.get(client.id)
    const own = known ?? open(client)
    owned.delete(client.id)
    owned.set(client.id, own)
    own.uses += 1
    if (known === undefined)
      client.onLeave?.(() => {
        own.hasLeft = true
        endIfLeft(client.id, own)
      })
    own.tell = client.tell
    own.timer.begin()
    return own
  }
  const over = async <T>({ client }: CallContext, use: (source: ToolSource) => Promise<T>): Promise<T> => {
    if (client === undefined || closed) return use(shared)
    const own = begin(client)
    try {
      return await use(own.source)
    } finally {
      own.uses -= 1
      own.timer.end()
      endIfLeft(client.id, own)
    }
  }

  return {
    ...shared,
    ...(features && {
      features: {
        ...features,
        request: (method, params, context) =>
          over(context, ({ features: own = features }) => own.request(method, params, context)),
        subscribe: (uri, onUpdate, client) =>
          client === undefined ? features.subscribe(uri, onUpdate) : follows.follow(client, uri, onUpdate),
        subscribed: (uri, client) => featuresFor(client).subscribed(uri),
        followTask: (taskId, listener, client) => featuresFor(client).followTask(taskId, listener),
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
