/** The time that one request may take. */
export type Clock = Readonly<{
  /** A sign of life: the idle time begins anew. */
  touch(): void
  /** It waits for someone else, such as a human: the idle time stands still until as many `release()` as `hold()` came. */
  hold(): void
  release(): void
  stop(): void
}>

/**
 * Counts two times: `idleMs` since the last sign of life, and `hardMs` since the start, which nothing extends.
 *
 * The second is only timed once there was a sign of life: until then the first one ends no later.
 *
 * @param onTimeout - called once with the time that ran out; Infinity never does
 */
export function startClock(idleMs: number, hardMs: number, onTimeout: (ms: number) => void): Clock {
  const startedAt = performance.now()
  let held = 0
  let hard: NodeJS.Timeout | undefined
  let idle = startTimer(Math.min(idleMs, hardMs), () => onTimeout(Math.min(idleMs, hardMs)))

  const limit = (): void => {
    hard ??= startTimer(Math.max(0, hardMs - (performance.now() - startedAt)), () => onTimeout(hardMs))
  }
  return {
    touch() {
      limit()
      idle?.refresh()
    },
    hold() {
      held += 1
      limit()
      clearTimeout(idle)
      idle = undefined
    },
    release() {
      held -= 1
      if (held === 0) idle = startTimer(idleMs, () => onTimeout(idleMs))
    },
    stop() {
      clearTimeout(hard)
      clearTimeout(idle)
      idle = undefined
      // A release that comes late starts nothing.
      held = Number.POSITIVE_INFINITY
    },
  }
}

/** The longest that a timer of Node can wait; a longer one would fire at once. */
const longestMs = 2_147_483_647

function startTimer(ms: number, action: () => void): NodeJS.Timeout | undefined {
  return Number.isFinite(ms) ? setTimeout(action, Math.min(ms, longestMs)) : undefined
}
