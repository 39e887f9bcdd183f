import type { Connection } from './connection.ts'
import { HttpStatusError } from './http-status-error.ts'
import type { IdleTimer } from './idle-timer.ts'
import type { Session } from './session.ts'

/** Runs something over the standing session. */
export type UseSession = <T>(signal: AbortSignal, use: (session: Session) => Promise<T>) => Promise<T>

/**
 * Runs each use over the standing session, and once more over a new one where the upstream has forgotten it: then it was
 * never run. What others still run over the forgotten session may end before it is closed.
 *
 * @param idle - told of each use
 */
export function useSessionOf(
  connection: Pick<Connection, 'session' | 'renew'>,
  idle: IdleTimer | undefined,
): UseSession {
  const running = new WeakMap<Session, Set<Promise<unknown>>>()

  const over: UseSession = async (signal, use) => {
    const session = await connection.session(signal)
    const uses = running.get(session) ?? new Set()
    running.set(session, uses)
    const own = use(session)
    uses.add(own)
    try {
      return await own
    } catch (error) {
      if (!(error instanceof HttpStatusError) || !error.sessionLost) throw error
      uses.delete(own)
      connection.renew(session, Promise.allSettled(uses))
      return await use(await connection.session(signal))
    } finally {
      uses.delete(own)
    }
  }
  return async (signal, use) => {
    idle?.begin()
    try {
      return await over(signal, use)
    } finally {
      idle?.end()
    }
  }
}
