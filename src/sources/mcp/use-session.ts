import type { ShortLived } from '../../core/short-lived.ts'
import { shortLived } from '../../core/short-lived.ts'
import type { Connection } from './connection.ts'
import { HttpStatusError } from './http-status-error.ts'
import type { IdleTimer } from './idle-timer.ts'
import { isRefusedConnection } from './refused-connection.ts'
import type { Session } from './session.ts'

/** Runs something over the standing session. */
export type UseSession = <T>(signal: AbortSignal, use: (session: Session) => Promise<T>) => Promise<T>

/**
 * Runs each use over the standing session, and once more over a new one where the upstream has forgotten it: then it was
 * never run. Where nobody listens any more at the upstream's address it is given up. What others still run over such a
 * session may end before it is closed.
 *
 * @param idle - told of each use
 */
export function useSessionOf(
  connection: Pick<Connection, 'standing' | 'session' | 'renew'>,
  idle: IdleTimer | undefined,
): UseSession {
  const running = new WeakMap<Session, ShortLived<Promise<unknown>>>()
  let lastUse = 0

  const usesOf = (session: Session): ShortLived<Promise<unknown>> => {
    const uses = running.get(session) ?? shortLived()
    running.set(session, uses)
    return uses
  }
  const runOver = async <T>(session: Session, use: (session: Session) => Promise<T>): Promise<T> => {
    const uses = usesOf(session)
    const id = ++lastUse
    const own = use(session)
    uses.set(id, own)
    try {
      return await own
    } finally {
      uses.delete(id)
    }
  }

  const over: UseSession = async (signal, use) => {
    // Most calls find one, and need not wait for a promise.
    const session = connection.standing() ?? (await connection.session(signal))
    try {
      return await runOver(session, use)
    } catch (error) {
      const isLost = error instanceof HttpStatusError && error.sessionLost
      if (!isLost && !isRefusedConnection(error)) throw error
      connection.renew(session, Promise.allSettled(usesOf(session).values()), isLost ? undefined : error)
      if (!isLost) throw error
      return await runOver(await connection.session(signal), use)
    }
  }
  if (idle === undefined) return over
  return async (signal, use) => {
    idle.begin()
    try {
      return await over(signal, use)
    } finally {
      idle.end()
    }
  }
}
