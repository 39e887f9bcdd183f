import type { McpLogLevel } from '../../core/client-link.ts'
import { logLevels } from '../../core/client-link.ts'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { isAtLeast } from '../../core/log-level.ts'
import type { CallContext } from '../../core/tool-source.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import type { Whose } from './running-call.ts'
import type { Session } from './session.ts'

/** The log messages of one upstream: how many it is asked for, and who gets them. */
export type LogMessages = Readonly<{
  /** The least severe level that anyone wants; undefined for none. */
  setLevel(level: McpLogLevel | undefined): void
  /** Sees to it that an old upstream tells as much as this caller wants. Waits only where it has to be told first. */
  prepare(session: Session, caller: Pick<CallContext, 'client'>, signal: AbortSignal): Promise<void> | undefined
  /** Tells the level to a session that stands now. */
  attach(session: Session): void
  /**
   * Hands on the params of `notifications/message`: to the client of its call, or to all who follow while no call runs.
   * One that may be of a call that cannot be named is dropped: it may tell what another caller does.
   */
  receive(params: JsonObject, whose: Whose): void
  onLog(listener: (params: JsonObject) => void): () => void
}>

/** How long a call waits for a server that does not answer to its level. */
const maxWaitMs = 5_000

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
  /** While it is being told. */
  let telling: Promise<void> | undefined

  /** Undefined where there is nothing to tell. */
  const tell = (): Promise<void> | undefined => {
    // Once it was told, silence is the most severe level: there is no way to take a level back.
    const level = leastSevere(wanted, byCalls) ?? (told === undefined ? undefined : logLevels.at(-1))
    const to = session
    if (to === undefined || level === undefined || to.modern || !canLog(to)) return undefined
    if (level === told) return telling
    told = level
    telling = to
      .request('logging/setLevel', { level }, { signal: to.ended, timeoutMs: Math.min(options.timeoutMs, maxWaitMs) })
      .then(() => {})
      .catch((error: unknown) => {
        if (to.ended.aborted) return
        options.log(messageOf(error))
        // What it refuses or ignores it was told; what did not reach it is told again.
        const undelivered = error instanceof GatewayError && error.code === 'SOURCE_UNAVAILABLE'
        if (undelivered && session === to && told === level) told = undefined
      })
      .finally(() => {
        if (session === to && told === level) telling = undefined
      })
    return telling
  }

  return {
    setLevel(level) {
      wanted = level
      void tell()
    },
    prepare(over, caller, signal) {
      // The client is looked at last: its link is made when it is.
      if (over.modern || !canLog(over)) return undefined
      const level = caller.client?.logLevel
      if (level === undefined) return undefined
      byCalls = leastSevere(byCalls, level)
      const tells = tell()
      return tells && untilAborted(tells, signal, 'the log level')
    },
    attach(given) {
      session = given
      told = telling = undefined
      void tell()
    },
    receive(params, whose) {
      // What came on the stream of one call is nobody else's, also when that call has no client or has ended.
      if (typeof whose !== 'string') {
        const least = whose.client?.logLevel
        if (least !== undefined && isAtLeast(params.level, least)) whose.client?.log(params)
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

function canLog({ capabilities }: Session): boolean {
  return isObject(capabilities.logging)
}

function leastSevere(one: McpLogLevel | undefined, other: McpLogLevel | undefined): McpLogLevel | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return logLevels.indexOf(one) < logLevels.indexOf(other) ? one : other
}
