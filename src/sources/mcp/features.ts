import type { ListKind } from '../../core/list-hints.ts'
import type { ServerFeatures } from '../../core/tool-source.ts'
import type { ListAge } from './list-age.ts'
import { listItems } from './list-items.ts'
import type { LogMessages } from './log-messages.ts'
import type { ListOptions } from './read-pages.ts'
import type { Relay } from './relay.ts'
import type { Session } from './session.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { TaskWatch } from './watch-tasks.ts'

/** What an upstream's features are made of. */
export type FeatureParts = Readonly<{
  /** The session that stands now. */
  session: () => Session | undefined
  /** Runs a list over the standing session. */
  listOver: <T>(signal: AbortSignal, list: (session: Session, options: ListOptions) => Promise<T>) => Promise<T>
  /** The session that stands now, of an upstream that does not rest when nobody uses it. */
  awake: () => Session | undefined
  age: ListAge
  relay: Relay
  subscriptions: Subscriptions
  logs: LogMessages
  tasks: TaskWatch
}>

/** What an upstream MCP server has besides tools, all under its own names. */
export function mcpFeatures(parts: FeatureParts): ServerFeatures {
  const { session, awake, listOver, age, relay, subscriptions, logs, tasks } = parts
  return {
    capabilities: () => session()?.capabilities ?? {},
    list: (kind, { signal }) => listOver(signal, (over, options) => listItems(over, kind, options)),
    hints: kind => age.hints(listMethods[kind]),
    staleAfterMs() {
      const standing = awake()
      return standing && age.staleAfterMs(standing)
    },
    request: (method, params, context) => relay(method, params, context),
    subscribe: subscriptions.follow,
    subscribed: subscriptions.settled,
    followTask: tasks.follow,
    openTasks: tasks.open,
    setLogLevel: logs.setLevel,
    onLog: logs.onLog,
  }
}

const listMethods: Readonly<Record<ListKind, string>> = {
  tools: 'tools/list',
  prompts: 'prompts/list',
  resources: 'resources/list',
  resourceTemplates: 'resources/templates/list',
}
