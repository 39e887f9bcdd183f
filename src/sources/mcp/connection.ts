import { GatewayError, messageOf } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import type { SourceHealth, SourceState } from '../../core/tool-source.ts'
import type { Session } from './session.ts'

/** The life of one upstream: connected for as long as it lives, and again when it comes back. */
export type Connection = Readonly<{
  /**
   * The session to speak over. Waits for an attempt that is under way, but never for the pause between two.
   *
   * @throws GatewayError `SOURCE_*` with the reason of the last failure, or `CANCELLED`
   */
  session(signal: AbortSignal): Promise<Session>
  /** Gives up a session that the upstream no longer knows; the next call opens another. */
  renew(stale: Session): void
  /** Notes how a list or a call over a standing session went; an answer of the tool's own or a cancel is no failure. */
  report(stage: 'list' | 'call', error?: unknown): void
  health(): SourceHealth
  close(): Promise<void>
}>

/** What a connection needs: how to open a session, and whom to tell. */
export type ConnectionOptions = Readonly<{
  sourceId: string
  open: (signal: AbortSignal) => Promise<Session>
  limits: Limits
  /** Called each time a session stands. */
  onReady: () => void
  log: (level: 'info' | 'warn', message: string) => void
  now?: () => Date
  random?: () => number
}>

/**
 * Keeps one session to an upstream, for all callers.
 *
 * It connects at once and, when the session ends or cannot be opened, again without end: first at once, then after
 * pauses that double from `retryMinMs` to `retryMaxMs`, with jitter. One line is logged when it goes and one when it is
 * back, however often it is tried between.
 */
export function connect(options: ConnectionOptions): Connection {
  const { sourceId, limits, log, now = () => new Date(), random = Math.random } = options
  const stopped = new AbortController()
  let state: SourceState = 'connecting'
  let failure: SourceHealth['lastFailure']
  let current: Session | undefined
  let attempt: Promise<Session> | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0

  const fail = (stage: 'start' | 'list' | 'call' | 'connection', message: string, next: SourceState): void => {
    const at = now().toISOString()
    const since = state === 'ready' ? at : (failure?.since ?? at)
    if (state !== next && next !== 'degraded') log('warn', message)
    failure = { stage, message, at, since }
    state = next
  }

  const tryOnce = async (): Promise<Session> => {
    try {
      const session = await options.open(AbortSignal.any([stopped.signal, AbortSignal.timeout(limits.startTimeoutMs)]))
      if (failures > 0 || failure !== undefined) log('info', `"${sourceId}" is connected again.`)
      failures = 0
      state = 'ready'
      current = session
      void session.closed.then(error => lose(session, error))
      options.onReady()
      return session
    } catch (cause) {
      const error = cause instanceof GatewayError ? cause : tooSlow(sourceId, limits.startTimeoutMs, cause)
      if (stopped.signal.aborted) throw error
      failures += 1
      fail('start', error.message, error.code === 'SOURCE_UNAUTHORIZED' ? 'needs_auth' : 'failed')
      const pauseMs = Math.min(limits.retryMinMs * 2 ** (failures - 1), limits.retryMaxMs) * (0.5 + random() / 2)
      timer = setTimeout(begin, state === 'needs_auth' ? limits.retryMaxMs : pauseMs)
      timer.unref()
      throw error
    } finally {
      attempt = undefined
    }
  }

  const begin = (): Promise<Session> => {
    clearTimeout(timer)
    attempt ??= tryOnce()
    // Who waits for it sees the error; without anyone waiting it is in the health and the log.
    attempt.catch(() => {})
    return attempt
  }

  const lose = (session: Session, error: Error): void => {
    if (current !== session || stopped.signal.aborted) return
    current = undefined
    fail('connection', error.message, 'connecting')
    void begin()
  }

  void begin()

  return {
    async session(signal) {
      if (stopped.signal.aborted) throw new GatewayError('SOURCE_UNAVAILABLE', `"${sourceId}" is being closed.`)
      if (current !== undefined) return current
      if (attempt !== undefined) return abortable(attempt, signal)
      const code = state === 'needs_auth' ? 'SOURCE_UNAUTHORIZED' : 'SOURCE_UNAVAILABLE'
      throw new GatewayError(code, `${failure?.message ?? `"${sourceId}" is not connected.`} It is being tried again.`)
    },
    renew(stale) {
      if (current !== stale) return
      current = undefined
      state = 'connecting'
      void stale.close()
      void begin()
    },
    report(stage, error) {
      const fine =
        error === undefined || (error instanceof GatewayError && ['CANCELLED', 'SOURCE_ERROR'].includes(error.code))
      if (current === undefined || (fine && state === 'ready')) return
      if (fine) state = 'ready'
      else fail(stage, messageOf(error), 'degraded')
    },
    health: () => ({
      state: stopped.signal.aborted ? 'closed' : state,
      ...(failure && { lastFailure: failure }),
      ...(current && { details: { ...current.about, protocolVersion: current.revision } }),
    }),
    async close() {
      clearTimeout(timer)
      const open = current
      const opening = attempt
      current = undefined
      stopped.abort()
      await open?.close()
      await opening?.then(session => session.close()).catch(() => {})
    },
  }
}

function tooSlow(sourceId: string, ms: number, cause: unknown): GatewayError {
  const timedOut = cause instanceof Error && cause.name === 'TimeoutError'
  const why = timedOut
    ? `did not start within ${ms} ms (limits.startTimeoutMs)`
    : `could not be started: ${messageOf(cause)}`
  return new GatewayError(timedOut ? 'SOURCE_TIMEOUT' : 'SOURCE_UNAVAILABLE', `"${sourceId}" ${why}.`, { cause })
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new GatewayError('CANCELLED', 'The caller went away.', { cause: signal.reason }))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
