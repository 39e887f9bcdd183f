import type { ErrorCode } from '../../core/errors.ts'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import type { SourceHealth, SourceState } from '../../core/tool-source.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import { HttpStatusError } from './http-status-error.ts'
import type { Session } from './session.ts'
import type { Admit } from './start-gate.ts'
import { isSilence, watchSilence } from './watch-silence.ts'

/** The life of one upstream: connected for as long as it lives, and again when it comes back. */
export type Connection = Readonly<{
  /**
   * The session to speak over. Waits for an attempt that is under way, but never for the pause between two.
   *
   * @throws GatewayError `SOURCE_*` with the reason of the last failure, or `CANCELLED`
   */
  session(signal: AbortSignal): Promise<Session>
  /** The same where it stands; undefined where it would have to be waited for. */
  standing(): Session | undefined
  /**
   * Gives up a session that the upstream no longer knows and opens another; it is closed once `finished` settles.
   *
   * @param gone - where the upstream itself is gone: what was seen of that
   */
  renew(stale: Session, finished: Promise<unknown>, gone?: Error): void
  /** Ends the session of an upstream that nobody uses; the next use opens another. */
  rest(): void
  /** Whether it was ended so, and not used since. */
  resting(): boolean
  /** Notes how a list or a call over a standing session went; an answer of the tool's own or a cancel is no failure. */
  report(stage: 'list' | 'call', error?: unknown): void
  health(): SourceHealth
  close(): Promise<void>
}>

/** What a connection needs: how to open a session, and whom to tell. */
export type ConnectionOptions = Readonly<{
  sourceId: string
  open: (signal: AbortSignal) => Promise<Session>
  /** Waited for before each attempt, outside its time. */
  admit?: Admit
  limits: Limits
  /** Called each time a session stands. */
  onReady: () => void
  log: (level: 'info' | 'warn', message: string) => void
  /** Told why it is degraded, for the log. */
  onDegraded?: (message: string) => void
  now?: () => Date
  random?: () => number
}>

/**
 * Keeps one session to an upstream, for all callers.
 *
 * It connects at once and, when the session ends or cannot be opened, again without end: at once after a loss, then
 * after pauses that double from `retryMinMs` to `retryMaxMs`, with jitter. They start over only once a session has
 * lasted for `retryMaxMs`, so an upstream that ends right after each start is not started in a loop. One line is logged
 * when it goes and one when it is back, however often it is tried between.
 *
 * One that stands and is silent, such as a program that hangs or a stream whose other end is gone, is found by its calls:
 * where they have got no answer for `maxSilenceMs` it is asked for a sign of life, and without one it is opened anew.
 */
export function connect(options: ConnectionOptions): Connection {
  const { sourceId, limits, log, now = () => new Date(), random = Math.random } = options
  const stopped = new AbortController()
  let state: SourceState = 'connecting'
  let failure: SourceHealth['lastFailure']
  let current: Session | undefined
  /** Those that were given up while something still ran over them. */
  const leaving = new Set<Session>()
  let attempt: Promise<Session> | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let openedAt = 0
  /** Since when it fails; undefined while all is well. */
  let failingSince: string | undefined
  /** It was away, so that its return is worth a line. */
  let away = false
  let resting = false

  const fail = (stage: 'start' | 'list' | 'call' | 'connection', message: string, next: SourceState): void => {
    const at = now().toISOString()
    failingSince ??= at
    away ||= stage === 'start' || stage === 'connection'
    // A start that fails is told by whoever asked for the list; what breaks later is told here, once.
    if (stage === 'connection') log('warn', message)
    failure = { stage, message, at, since: failingSince }
    state = next
  }
  const recover = (): void => {
    state = 'ready'
    failingSince = undefined
  }

  const tryOnce = async (): Promise<Session> => {
    let deadline: AbortSignal | undefined
    let leave: (() => void) | undefined
    try {
      if (options.admit !== undefined) leave = await options.admit(stopped.signal)
      deadline = AbortSignal.timeout(limits.startTimeoutMs)
      const session = await options.open(AbortSignal.any([stopped.signal, deadline]))
      if (stopped.signal.aborted) {
        await session.close()
        throw new GatewayError('SOURCE_UNAVAILABLE', `"${sourceId}" is being closed.`)
      }
      if (away) log('info', `"${sourceId}" is connected again.`)
      away = false
      recover()
      current = session
      openedAt = performance.now()
      void session.closed.then(error => lose(session, error))
      options.onReady()
      return session
    } catch (cause) {
      // What the upstream itself has said explains more than the time that it took.
      const saidWhy = cause instanceof GatewayError && cause.code === 'SOURCE_ERROR'
      const error =
        deadline?.aborted && !saidWhy
          ? tooSlow(sourceId, limits.startTimeoutMs, cause)
          : toGatewayError(sourceId, cause)
      if (stopped.signal.aborted) throw error
      failures += 1
      fail('start', error.message, error.code === 'SOURCE_UNAUTHORIZED' ? 'needs_auth' : 'failed')
      beginLater()
      throw error
    } finally {
      leave?.()
      attempt = undefined
    }
  }

  const begin = (): Promise<Session> => {
    clearTimeout(timer)
    resting = false
    attempt ??= tryOnce()
    // Who waits for it sees the error; without anyone waiting it is in the health and the log.
    attempt.catch(() => {})
    return attempt
  }
  const beginLater = (): void => {
    const pauseMs = Math.min(limits.retryMinMs * 2 ** (failures - 1), limits.retryMaxMs) * (0.5 + random() / 2)
    timer = setTimeout(begin, state === 'needs_auth' ? limits.retryMaxMs : pauseMs)
    timer.unref()
  }

  const lose = (session: Session, error: Error, finished?: Promise<unknown>): void => {
    if (current !== session || stopped.signal.aborted) return
    current = undefined
    silence.answered()
    if (finished === undefined) void session.close(error)
    else leave(session, finished)
    failures = performance.now() - openedAt < limits.retryMaxMs ? failures + 1 : 1
    fail('connection', error.message, 'connecting')
    if (failures === 1) void begin()
    else beginLater()
  }

  const leave = (session: Session, finished: Promise<unknown>): void => {
    leaving.add(session)
    const close = async (): Promise<void> => {
      await session.close()
      leaving.delete(session)
    }
    void finished.then(close, close)
  }

  const silence = watchSilence({ sourceId, limits, onDead: (session, error) => lose(session, error) })

  void begin()

  return {
    async session(signal) {
      if (stopped.signal.aborted) throw new GatewayError('SOURCE_UNAVAILABLE', `"${sourceId}" is being closed.`)
      if (current !== undefined) return current
      if (resting) void begin()
      if (attempt !== undefined) return untilAborted(attempt, signal, `"${sourceId}"`)
      const code = state === 'needs_auth' ? 'SOURCE_UNAUTHORIZED' : 'SOURCE_UNAVAILABLE'
      throw new GatewayError(code, `${failure?.message ?? `"${sourceId}" is not connected.`} It is being tried again.`)
    },
    standing: () => current,
    renew(stale, finished, gone) {
      if (current !== stale) return
      if (gone !== undefined) return lose(stale, gone, finished)
      current = undefined
      state = 'connecting'
      leave(stale, finished)
      void begin()
    },
    rest() {
      if (current === undefined) return
      void current.close()
      current = undefined
      resting = true
    },
    resting: () => resting,
    report(stage, error) {
      if (current === undefined) return
      const code = error instanceof GatewayError ? error.code : undefined
      // Who did not wait for the answer can say nothing of it; that none has come is noted.
      if (code === 'CANCELLED') return silence.unanswered(current)
      if (isSilence(error)) silence.unanswered(current)
      else silence.answered()
      const fine = error === undefined || (code !== undefined && noFailures.includes(code))
      if (fine && state === 'ready') return
      if (fine) return recover()
      if (state === 'ready') options.onDegraded?.(messageOf(error))
      fail(stage, messageOf(error), isRefusalOfUs(error) ? 'needs_auth' : 'degraded')
    },
    health: () => ({
      state: stopped.signal.aborted ? 'closed' : state,
      ...(failure && { lastFailure: failure }),
      ...(current && { details: { ...current.about, protocolVersion: current.revision } }),
      ...(resting && { details: { resting } }),
    }),
    async close() {
      clearTimeout(timer)
      const open = current
      const opening = attempt
      current = undefined
      stopped.abort()
      await Promise.all([open, ...leaving].map(session => session?.close()))
      // An attempt that is under way closes what it has opened.
      await opening?.catch(() => {})
    },
  }
}

/** What says nothing against the upstream: its own answers, and what became of its callers. */
const noFailures: readonly ErrorCode[] = ['SOURCE_ERROR', 'CLIENT_REFUSED', 'LIMIT_REACHED']

/** Of the whole of us, unlike a 403, which may be of one tool. */
function isRefusalOfUs(error: unknown): boolean {
  return error instanceof HttpStatusError && error.status === 401
}

function tooSlow(sourceId: string, ms: number, cause: unknown): GatewayError {
  return new GatewayError('SOURCE_TIMEOUT', `"${sourceId}" did not start within ${ms} ms (limits.startTimeoutMs).`, {
    cause,
  })
}

function toGatewayError(sourceId: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  return new GatewayError('SOURCE_UNAVAILABLE', `"${sourceId}" could not be started: ${messageOf(cause)}.`, { cause })
}
