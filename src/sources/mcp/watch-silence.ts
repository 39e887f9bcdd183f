import { GatewayError } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import { HttpStatusError } from './http-status-error.ts'
import type { Session } from './session.ts'

/** Finds out whether an upstream that answers nothing in time is still there. */
export type SilenceWatch = Readonly<{
  /** A request over this session has got no answer in time. */
  unanswered(session: Session): void
  /** Something was answered, or the session is over. */
  answered(): void
}>

/** What watching needs; `onDead` is called when a session gave no sign of life. */
export type SilenceOptions = Readonly<{
  sourceId: string
  limits: Pick<Limits, 'maxSilenceMs' | 'probeTimeoutMs'>
  onDead: (session: Session, error: GatewayError) => void
}>

/**
 * Asks for a sign of life (`ping`; a modern upstream, which has no such request, what it can do) once requests have gone
 * unanswered for `maxSilenceMs`: a program that hangs, and a stream whose other end is gone, end by themselves never. Any
 * answer is one. One that works on something long and reads nothing meanwhile is not told from one that hangs.
 */
export function watchSilence({ sourceId, limits, onDead }: SilenceOptions): SilenceWatch {
  let since: number | undefined
  let asking: Session | undefined

  const ask = async (session: Session): Promise<void> => {
    asking = session
    const method = session.modern ? 'server/discover' : 'ping'
    const dead = await session
      .request(method, {}, { signal: session.ended, timeoutMs: limits.probeTimeoutMs })
      .then(() => false, isSilence)
    asking = undefined
    since = undefined
    if (!dead) return
    const silence = `has answered nothing for ${limits.maxSilenceMs} ms (limits.maxSilenceMs), and gives no sign of life`
    onDead(session, new GatewayError('SOURCE_UNAVAILABLE', `"${sourceId}" ${silence}; it is connected to anew.`))
  }

  return {
    unanswered(session) {
      const at = performance.now()
      since ??= at
      if (at - since >= limits.maxSilenceMs && asking !== session) void ask(session)
    },
    answered() {
      since = undefined
    },
  }
}

/** Whether a request failed for want of an answer: none came in time, or it could not be got at all. */
export function isSilence(error: unknown): boolean {
  if (!(error instanceof GatewayError) || error instanceof HttpStatusError) return false
  return error.code === 'SOURCE_TIMEOUT' || error.code === 'SOURCE_UNAVAILABLE'
}
