import { askedThrough, contextOver } from '../core/context-over.ts'
import { GatewayError } from '../core/errors.ts'
import type { CallContext, SourceHealth, ToolSource } from '../core/tool-source.ts'
import { aroundCalls } from './around-calls.ts'

/** When a breaker opens, and for how long. */
export type BreakerOptions = Readonly<{
  failures: number
  pauseMs: number
  /** Tells of an error that the source is there all the same. */
  isAnswer?: (error: unknown) => boolean
  now?: () => number
}>

/**
 * Spares callers the wait for a source that does not answer: after so many failures in a row it is not called for a
 * while (open), then by one call that tries (half-open), whose outcome decides, or the first that is heard of it: one
 * that takes long holds up nobody.
 *
 * A failure is a call that got no answer: `SOURCE_UNAVAILABLE`, `SOURCE_TIMEOUT`. Whatever the source answers, a tool's
 * own failure, an error or nonsense, shows that it is there; a cancel shows nothing. A source that says that it changed
 * or came back is tried at once. Lists always go through. While it is open the health says so, as `details.breaker`.
 */
export function withBreaker(source: ToolSource, options: BreakerOptions): ToolSource {
  const { failures: most, pauseMs, isAnswer = () => false, now = () => performance.now() } = options
  let failures = 0
  /** When one call may try; undefined while all may. */
  let tryAt: number | undefined
  /** The call that tries. */
  let trial: object | undefined

  const settle = (error?: unknown): void => {
    const code = error instanceof GatewayError ? error.code : undefined
    if (code === 'CANCELLED' || code === 'LIMIT_REACHED') return
    if (isAnswer(error) || (code !== 'SOURCE_UNAVAILABLE' && code !== 'SOURCE_TIMEOUT')) {
      failures = 0
      tryAt = undefined
      return
    }
    failures += 1
    if (failures >= most) tryAt = now() + pauseMs
  }
  const unfollow = source.onChange(() => {
    if (tryAt !== undefined) tryAt = now()
  })
  /** Closed, as it nearly always is: nothing stands between the call and its outcome. */
  const pass = async <T>(context: CallContext, run: (context: CallContext) => Promise<T>): Promise<T> => {
    try {
      const result = await run(context)
      settle()
      return result
    } catch (error) {
      settle(error)
      throw error
    }
  }
  const attempt = async <T>(context: CallContext, run: (context: CallContext) => Promise<T>): Promise<T> => {
    if (trial !== undefined || now() < (tryAt ?? 0))
      throw refusal(source.id, failures, Math.max(0, (tryAt ?? 0) - now()))
    const mine = {}
    trial = mine
    const leave = (): void => {
      if (trial === mine) trial = undefined
    }
    const onSign = (): void => {
      if (trial === mine) settle()
      leave()
    }
    try {
      const result = await run(watched(context, onSign))
      settle()
      return result
    } catch (error) {
      settle(error)
      throw error
    } finally {
      leave()
    }
  }
  const guarded = aroundCalls(source, (_what, context, run) =>
    tryAt === undefined ? pass(context, run) : attempt(context, run),
  )

  return {
    ...guarded,
    health: () => addBreaker(source.health(), tryAt === undefined ? undefined : now() < tryAt ? 'open' : 'half-open'),
    close: () => {
      unfollow()
      return source.close()
    },
  }
}

/** Calls `onSign` when the source shows that it is at work: by progress, or by asking the client. */
function watched(context: CallContext, onSign: () => void): CallContext {
  const { onProgress } = context
  return contextOver(context, {
    onProgress(step) {
      onSign()
      onProgress?.(step)
    },
    link: client => askedThrough(client, onSign),
  })
}

function refusal(sourceId: string, failures: number, leftMs: number): GatewayError {
  const when =
    leftMs === 0 ? 'One call is trying whether it is back.' : `It is tried again in ${Math.ceil(leftMs / 1_000)} s.`
  return new GatewayError(
    'SOURCE_UNAVAILABLE',
    `"${sourceId}" has not answered ${failures} calls in a row and is not called for a while (limits.breakerPauseMs). ${when}`,
  )
}

function addBreaker(health: SourceHealth, breaker: 'open' | 'half-open' | undefined): SourceHealth {
  if (breaker === undefined) return health
  const state = health.state === 'ready' ? 'degraded' : health.state
  return { ...health, state, details: { ...health.details, breaker } }
}
