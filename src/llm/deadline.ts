import { GatewayError } from '../core/errors.ts'

/** What an answer is read from, and what is made of each of its events: here, since a layer of its own is a promise an event. */
export type Opened<T, U> = Readonly<{
  events: AsyncIterator<T>
  pass: (next: IteratorResult<T>) => IteratorResult<U>
}>

/**
 * Gives the events of an answer as long as its time lasts. The clock starts when the first is asked for.
 *
 * @param open - begins the answer; its signal aborts when the time is up, when the caller goes away, and where the answer is
 *   left before its end
 * @throws GatewayError `LIMIT_REACHED` after `timeoutMs`; `CANCELLED` where the caller went away; what the events and `pass`
 *   throw
 */
export function inTime<T, U>(
  timeoutMs: number,
  caller: AbortSignal,
  open: (signal: AbortSignal) => Opened<T, U>,
): AsyncIterableIterator<U> {
  let answer: (Opened<T, U> & Readonly<{ deadline: Deadline }>) | undefined
  let isOver = false
  const begin = (): NonNullable<typeof answer> => {
    const deadline = startDeadline(timeoutMs, caller)
    answer = { ...open(deadline.signal), deadline }
    return answer
  }
  const fail = (thrown: unknown): never => {
    isOver = true
    const explained = answer?.deadline.explain(thrown) ?? thrown
    answer?.deadline.end(false)
    throw explained
  }
  const pass = (next: IteratorResult<T>): IteratorResult<U> => {
    let passed: IteratorResult<U>
    try {
      passed = (answer as NonNullable<typeof answer>).pass(next)
    } catch (thrown) {
      return fail(thrown)
    }
    if (passed.done === true) {
      isOver = true
      answer?.deadline.end(true)
    }
    return passed
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () =>
      isOver ? Promise.resolve({ done: true, value: undefined }) : (answer ?? begin()).events.next().then(pass, fail),
    async return() {
      isOver = true
      try {
        await answer?.events.return?.()
      } finally {
        answer?.deadline.end(false)
      }
      return { done: true, value: undefined }
    },
  }
}

/**
 * Gives one piece of work as long as its time lasts.
 *
 * @param what - is stopped, for the error
 * @throws GatewayError as {@link inTime}
 */
export async function doneInTime<T>(
  timeoutMs: number,
  caller: AbortSignal,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(timeoutMs, caller, what)
  try {
    const done = await work(deadline.signal)
    deadline.end(true)
    return done
  } catch (thrown) {
    deadline.end(false)
    throw deadline.explain(thrown)
  }
}

/** The time that one answer has. */
type Deadline = Readonly<{
  /** Aborts when the time is up, when the caller goes away, and where an answer is left before its end. */
  signal: AbortSignal
  /** Says in a GatewayError why work was aborted; anything else comes back as it is. */
  explain(thrown: unknown): unknown
  /** Stops the clock and, unless the answer is complete, whatever is still running for it. */
  end(isComplete: boolean): void
}>

/** Starts the clock of one answer. `end` must be called. */
function startDeadline(timeoutMs: number, caller: AbortSignal, what = 'The completion'): Deadline {
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
        const message = `${what} was stopped after ${timeoutMs} ms (limits.completionTimeoutMs).`
        return new GatewayError('LIMIT_REACHED', message, { cause, data: { limit: 'completionTimeoutMs' } })
      }
      return caller.aborted ? new GatewayError('CANCELLED', 'The caller went away.', { cause }) : cause
    },
    end(isComplete) {
      clearTimeout(timer)
      caller.removeEventListener('abort', stop)
      if (!isComplete) controller.abort(ended)
    },
  }
}

/** Made once: without a reason each abort would make an error and its stack. */
const ended = new GatewayError('CANCELLED', 'The completion has ended.')
