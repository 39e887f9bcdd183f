import type { McpLogLevel } from '../../core/client-link.ts'
import { logLevels } from '../../core/client-link.ts'
import { messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Whose } from './running-calls.ts'
import type { Session } from './session.ts'

/** The log messages of one upstream: how many it is asked for, and who gets them. */
export type LogMessages = Readonly<{
  /** The least severe level that anyone wants; undefined for none. */
  setLevel(level: McpLogLevel | undefined): void
  /** Sees to it that an old upstream tells as much as this call wants. Waits only where it has to be told first. */
  prepare(session: Session, level: McpLogLevel | undefined): Promise<void> | undefined
  /** Tells the level to a session that stands now. */
  attach(session: Session): void
  /**
   * Hands on the params of `notifications/message`: to the client of its call, or to all who follow while no call runs.
   * One that may be of a call that cannot be named is dropped: it may tell what another caller does.
   */
  receive(params: JsonObject, whose: Whose): void
  onLog(listener: (params: JsonObject) => void): () => void
}>

/**
 * Keeps the log level of an upstream. An old one has one level for its session, so it is told the least severe of what
 * is wanted, and of what calls have wanted: a client is sent only what is severe enough for it. A modern one is told with
 * each request and has no level to keep.
 */
export function keepLogMessages(options: { timeoutMs: number; log: (message: string) => void }): LogMessages {
  const listeners = new Set<(params: JsonObject) => void>()
  let wanted: McpLogLevel | undefined
  let byCalls: McpLogLevel | undefined
  let session: Session | undefined
  let told: McpLogLevel | undefined

  const tell = async (): Promise<void> => {
    // Once it was told, silence is the most severe level: there is no way to take a level back.
    const level = leastSevere(wanted, byCalls) ?? (told === undefined ? undefined : logLevels.at(-1))
    const to = session
    if (to === undefined || level === undefined || level === told) return
    if (to.modern || !isObject(to.capabilities.logging)) return
    told = level
    try {
      await to.request('logging/setLevel', { level }, { signal: to.ended, timeoutMs: options.timeoutMs })
    } catch (error) {
      if (!to.ended.aborted) options.log(messageOf(error))
    }
  }

  return {
    setLevel(level) {
      wanted = level
      void tell()
    },
    prepare(over, level) {
      if (level === undefined || over.modern || leastSevere(byCalls, level) === byCalls) return undefined
      byCalls = leastSevere(byCalls, level)
      return tell()
    },
    attach(given) {
      session = given
      told = undefined
      void tell()
    },
    receive(params, whose) {
      // What came on the stream of one call is nobody else's, also when that call has no client or has ended.
      if (typeof whose !== 'string') {
        if (isWanted(params.level, whose.client?.logLevel)) whose.client?.log(params)
      } else if (whose === 'idle') {
        for (const listener of [...listeners]) listener(params)
      }
    },
    onLog(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function isWanted(level: unknown, atLeast: McpLogLevel | undefined): boolean {
  if (atLeast === undefined) return false
  const severity = logLevels.indexOf(level as McpLogLevel)
  return severity < 0 || severity >= logLevels.indexOf(atLeast)
}

function leastSevere(one: McpLogLevel | undefined, other: McpLogLevel | undefined): McpLogLevel | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return logLevels.indexOf(one) < logLevels.indexOf(other) ? one : other
}
