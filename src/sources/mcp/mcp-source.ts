import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { TakeSlot } from '../../core/make-slots.ts'
import { hideSecrets } from '../../core/secrets.ts'
import type { RemoteConfig, StdioConfig } from '../../core/source-config.ts'
import { relatedTaskOf } from '../../core/tasks.ts'
import type { SourceTool, ToolSource } from '../../core/tool-source.ts'
import { answerAsks } from './asks.ts'
import { callToolOf } from './call-tool.ts'
import { calmLog } from './calm-log.ts'
import { connect } from './connection.ts'
import { secretsOf } from './entry-secrets.ts'
import { mcpFeatures } from './features.ts'
import type { McpEgress } from './http-agent.ts'
import { idleTimer } from './idle-timer.ts'
import { keepListAge } from './list-age.ts'
import { listTools, offeredTools } from './list-tools.ts'
import { listen } from './listen.ts'
import { keepLogMessages } from './log-messages.ts'
import { withoutHop } from './message-refs.ts'
import type { SessionOptions } from './open-session.ts'
import { openSession } from './open-session.ts'
import type { ListOptions } from './read-pages.ts'
import { relayOver } from './relay.ts'
import { routesTo } from './routes.ts'
import type { Whose } from './running-call.ts'
import type { Session } from './session.ts'
import type { SourceMemory } from './source-memory.ts'
import { newMemory, noteTools } from './source-memory.ts'
import { startGate } from './start-gate.ts'
import { keepSubscriptions } from './subscriptions.ts'
import { rememberUrlElicitations } from './url-elicitations.ts'
import { useSessionOf } from './use-session.ts'
import { watchTasks } from './watch-tasks.ts'

/** What an MCP source needs besides its configuration. */
export type McpSourceOptions = Readonly<{
  limits: Limits
  /** Who we are, for the upstream: `{ name, version }`. */
  clientInfo: JsonObject
  log: (level: 'debug' | 'info' | 'warn', message: string) => void
  /** What all sources share to start programs, so that not all of them start at once. */
  starts?: TakeSlot
  /** Told of each notification that a list has changed. */
  onListChanged?: (method: string) => void
  /** Present for a server that somebody else than the operator has named. */
  egress?: McpEgress
  /** Bytes of all pages of one list together; bounded by pages and messages alone where absent. */
  maxListBytes?: number
  /** Shared by those that speak to the same server; else each has one of its own. */
  memory?: SourceMemory
}>

/**
 * An MCP server as a source: one connection, made at once, kept, and shared by all callers. With `idleTimeoutMs` it is
 * ended when nobody has used it for so long and no resource is followed, and made again for the next use.
 *
 * What it answers is passed on whole; only the fields that belong to the hop are taken off.
 */
export function mcpSource(
  config: (StdioConfig | RemoteConfig) & { idleTimeoutMs?: number },
  options: McpSourceOptions,
): ToolSource {
  const { limits, clientInfo, log, starts, maxListBytes, memory = newMemory() } = options
  const sourceId = config.id
  const timeoutMs = config.timeoutMs ?? limits.callTimeoutMs
  const listeners = new Set<() => void>()
  let standing: Session | undefined
  /** Asks a modern upstream anew for what is followed. */
  let listenAnew = (): void => {}

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const debug = (message: string): void => log('debug', message)
  /** For what it sends, which may be wrong without end. */
  const calmly = calmLog(sourceId, log)
  const subscriptions = keepSubscriptions({
    timeoutMs,
    log: debug,
    onChange() {
      listenAnew()
      noteFollowing()
    },
  })
  const logs = keepLogMessages({ timeoutMs, log: debug })
  const tasks = watchTasks(limits.maxSessionAgeMs)
  const age = keepListAge(limits.maxListAgeMs, config.kind === 'remote')
  const elicitations = rememberUrlElicitations()

  const onNotification = (method: string, params: JsonObject, whose: () => Whose): void => {
    switch (method) {
      case 'notifications/tools/list_changed':
      case 'notifications/prompts/list_changed':
      case 'notifications/resources/list_changed':
        options.onListChanged?.(method)
        return changed()
      case 'notifications/resources/updated':
        return subscriptions.updated(withoutHop(params))
      case 'notifications/tasks/status':
        return tasks.told(params.taskId, method, withoutHop(params))
      case 'notifications/progress':
        return tasks.told(relatedTaskOf(params), method, withoutHop(params))
      case 'notifications/message': {
        const taskId = relatedTaskOf(params)
        const owner = whose()
        // It is the business of whoever has begun the task, and of nobody else.
        if (taskId !== undefined && typeof owner === 'string') return tasks.told(taskId, method, withoutHop(params))
        return logs.receive(withoutHop(params), owner)
      }
      case 'notifications/elicitation/complete':
        return elicitations.completed(withoutHop(params), whose())
    }
  }
  const sessionOptions: SessionOptions = {
    sourceId,
    routes: routesTo(config, limits, text => debug(`"${sourceId}" wrote to stderr: ${text.trimEnd()}`), options.egress),
    protocol: config.protocol,
    hide: text => hideSecrets(text, secretsOf(config)),
    probeTimeoutMs: limits.probeTimeoutMs,
    startTimeoutMs: limits.startTimeoutMs,
    clientInfo,
    verdict: memory.verdict,
    onNotification,
    limits,
    asks: send =>
      answerAsks({
        sourceId,
        limits,
        send,
        onAsk: ({ params = {} }, { client }) => elicitations.asked(params, client),
      }),
    log: message => calmly('warn', message),
    onGap() {
      changed()
      subscriptions.missed()
    },
  }
  const attach = (session: Session): void => {
    standing = session
    listenAnew = () => {}
    if (session.modern) {
      // What comes on the stream of its subscriptions may be of any call.
      const told = (method: string, params: JsonObject): void => onNotification(method, params, () => 'several')
      const onGap = (again: boolean): void => {
        changed()
        if (again) subscriptions.missed()
      }
      const retryMs = Math.min(5_000, limits.retryMaxMs)
      const { uris, stands: onStand } = subscriptions
      listenAnew = listen(session, { uris, onNotification: told, onGap, onStand, log: debug, retryMs })
    }
    subscriptions.attach(session)
    logs.attach(session)
  }
  const connection = connect({
    sourceId,
    limits,
    log,
    onDegraded: message => calmly('warn', message),
    ...(starts && config.kind === 'stdio' && { admit: startGate(starts, sourceId, limits.probeTimeoutMs) }),
    onReady: () => {
      idle?.begin()
      idle?.end()
      changed()
    },
    open: async signal => {
      const session = await openSession(sessionOptions, signal)
      attach(session)
      return session
    },
  })

  const rest = (): void => (tasks.open() === 0 ? connection.rest() : idle?.again())
  const idle = config.idleTimeoutMs === undefined ? undefined : idleTimer(config.idleTimeoutMs, rest)
  let following = false
  /** That anything is followed is one use, and it needs a session. */
  const noteFollowing = (): void => {
    const now = subscriptions.uris().length > 0
    if (now === following) return
    following = now
    if (!now) return idle?.end()
    idle?.begin()
    connection.session(AbortSignal.any([])).catch(() => {})
  }

  const withSession = useSessionOf(connection, idle)
  const listing = { sourceId, limits, log: calmly, maxListBytes }
  const listOver = async <T>(
    signal: AbortSignal,
    list: (session: Session, options: ListOptions) => Promise<T>,
  ): Promise<T> => {
    // A server that does not have such a list is not asked, and then nothing is known of it.
    let asked = false
    try {
      const listed = await withSession(signal, session => {
        const onPage: ListOptions['onPage'] = (...page) => {
          asked = true
          age.note(session, ...page)
        }
        return list(session, { ...listing, signal, onPage })
      })
      if (asked) connection.report('list')
      return listed
    } catch (error) {
      connection.report('list', error)
      throw error
    }
  }
  const report = (error?: unknown): void => connection.report('call', error)
  const relay = relayOver({ sourceId, limits, timeoutMs, logs, withSession, report, elicitations, tasks })

  return {
    id: sourceId,
    kind: 'mcp',
    features: mcpFeatures({
      // Looking at lists must not keep a program from its rest; it is listed when it is back.
      awake: () => (idle === undefined && standing?.ended.aborted === false ? standing : undefined),
      age,
      session: () => (standing?.ended.aborted === false || connection.resting() ? standing : undefined),
      listOver,
      relay,
      subscriptions,
      logs,
      tasks,
    }),

    list({ signal }): Promise<readonly SourceTool[]> {
      const overHttp = config.kind === 'remote'
      return listOver(signal, async (session, options) => {
        const tools = await listTools(session, options, overHttp)
        noteTools(memory, tools, overHttp)
        return offeredTools(session, tools)
      })
    },

    call: callToolOf({ sourceId, limits, relay, memory, tasks, session: connection.session }),

    health: connection.health,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      idle?.stop()
      return connection.close()
    },
  }
}
