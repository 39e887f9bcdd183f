import { GatewayError } from '../core/errors.ts'

/** The time that one answer has. */
export type Deadline = Readonly<{
  /** Aborts when the time is up, when the caller goes away, and at the end. */
  signal: AbortSignal
  /** Says in a GatewayError why work was aborted; anything else comes back as it is. */
  explain(thrown: unknown): unknown
  /** Stops the clock, and whatever is still running. */
  end(): void
}>

/** Starts the clock of one answer. `end` must be called. */
export function startDeadline(timeoutMs: number, caller: AbortSignal): Deadline {
  const controller = new AbortController()
  let isLate = false
  const stop = (): void => controller.abort(caller.reason)
  const timer = setTimeout(() => {
    isLate = true
    controller.abort()
  }, timeoutMs)
  if (caller.aborted) stop()
  else caller.addEventListener('abort', stop, { once: true })
  return {
    signal: controller.signal,
    explain(cause) {
      if (isLate) {
        const message = `The completion was stopped after ${timeoutMs} ms (limits.completionTimeoutMs).`
        return new GatewayError('LIMIT_REACHED', message, { cause, data: { limit: 'completionTimeoutMs' } })
      }
      return caller.aborted ? new GatewayError('CANCELLED', 'The caller went away.', { cause }) : cause
    },
    end() {
      clearTimeout(timer)
      caller.removeEventListener('abort', stop)
      controller.abort(ended)
    },
  }
}

/** Made once: without a reason each abort would make an error and its stack. */
const ended = new GatewayError('CANCELLED', 'The completion has ended.')
