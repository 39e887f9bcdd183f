import type { Caller } from '../../core/caller.ts'
import { localCaller } from '../../core/caller.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { agreedRevision } from '../../core/protocol.ts'
import type { ShortLived } from '../../core/short-lived.ts'
import { shortLived } from '../../core/short-lived.ts'
import type { OldClient } from './old-client.ts'
import { keepCapabilities, releaseClient } from './old-client.ts'
import type { SessionAbout, SessionIds } from './session-ids.ts'
import { plainIds } from './session-ids.ts'

/** What is remembered of one old client: small, since there may be thousands. */
export type McpSession = OldClient & {
  readonly id: string
  /** Who opened it; nobody else may use it. */
  readonly caller: Caller
  /** Requests that are running, for `notifications/cancelled`. */
  readonly running: ShortLived<AbortController>
  lastUsed: number
  /** Ends the stream that this client keeps open for our own messages. */
  endStream?: () => void
}

/** The sessions of clients older than 2026-07-28. */
export type McpSessions = Readonly<{
  /**
   * @param initialized - the params of the client's `initialize`
   * @throws GatewayError `LIMIT_REACHED` when every one that would have to make room is in use
   */
  open(caller: Caller, initialized?: JsonObject): McpSession
  /** Undefined for an unknown, an ended and another caller's id alike. One that another replica has opened goes on here. */
  find(id: string, caller: Caller): McpSession | undefined
  /** Its client has left. */
  endedByClient(session: McpSession): void
  size(): number
  /** Ends those of callers for whom this does not hold. */
  recheck(isSame: (caller: Caller) => boolean): void
  close(): void
}>

/** How many sessions that were ended are remembered as such. */
const maxEnded = 10_000

/**
 * Keeps sessions until they were idle for `limits.sessionIdleMs`. Where all `limits.maxSessions` are open the one idle longest
 * goes; of a key that has half of them one of its own, so that no key ends the sessions of others by opening many.
 */
export function keepSessions(limits: Limits, ids: SessionIds = plainIds, now: () => number = Date.now): McpSessions {
  const sessions = new Map<string, McpSession>()
  let opened = 0
  /** Sealed ids live on, so those that their client has ended are remembered for a while. */
  const ended = new Set<string>()
  const idle = (session: McpSession): boolean => session.running.size() === 0 && session.endStream === undefined

  const end = (session: McpSession): void => {
    sessions.delete(session.id)
    session.endStream?.()
    releaseClient(session)
    for (const running of session.running.values()) running.abort()
  }
  /** Looked for only where there is no room, so that a request need not keep an order. */
  const longestIdle = (all: Iterable<McpSession>): McpSession | undefined => {
    let oldest: McpSession | undefined
    for (const session of all)
      if (idle(session) && (oldest === undefined || session.lastUsed < oldest.lastUsed)) oldest = session
    return oldest
  }
  const makeRoom = (caller: Caller): void => {
    const own = [...sessions.values()].filter(session => session.caller.id === caller.id)
    const hasHalf = caller.id !== localCaller.id && own.length >= Math.ceil(limits.maxSessions / 2)
    const oldest = longestIdle(hasHalf ? own : sessions.values())
    if (oldest !== undefined) return end(oldest)
    const whose = hasHalf ? ', half of them by this key' : ''
    throw new GatewayError(
      'LIMIT_REACHED',
      `All ${limits.maxSessions} sessions are in use${whose} (limits.maxSessions).`,
    )
  }
  const sweep = setInterval(() => {
    const oldest = now() - limits.sessionIdleMs
    for (const session of sessions.values()) if (idle(session) && session.lastUsed < oldest) end(session)
  }, 60_000).unref()

  const take = (id: string, caller: Caller, { capabilities, revision }: SessionAbout): McpSession => {
    if (sessions.size >= limits.maxSessions) makeRoom(caller)
    opened += 1
    const session: McpSession = {
      id,
      caller,
      clientId: `session ${opened}`,
      capabilities,
      revision,
      running: shortLived(),
      lastUsed: now(),
    }
    sessions.set(id, session)
    return session
  }

  return {
    open(caller, { capabilities, protocolVersion } = {}) {
      const about = { capabilities: keepCapabilities(capabilities), revision: agreedRevision(protocolVersion) }
      return take(ids.make(caller.id, about), caller, about)
    },
    find(id, caller) {
      const session = sessions.get(id)
      if (session === undefined) {
        const about = ended.has(id) ? undefined : ids.open(id, caller.id)
        return about && take(id, caller, { ...about, capabilities: keepCapabilities(about.capabilities) })
      }
      if (session.caller.id !== caller.id) return undefined
      session.lastUsed = now()
      return session
    },
    endedByClient(session) {
      end(session)
      if (ids === plainIds) return
      ended.add(session.id)
      if (ended.size > maxEnded) ended.delete(ended.values().next().value ?? '')
    },
    size: () => sessions.size,
    recheck(isSame) {
      for (const session of [...sessions.values()]) if (!isSame(session.caller)) end(session)
    },
    close() {
      clearInterval(sweep)
      for (const session of [...sessions.values()]) end(session)
    },
  }
}
