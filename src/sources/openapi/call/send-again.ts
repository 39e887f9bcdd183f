import { setTimeout as pause } from 'node:timers/promises'
import { readRetryAfter } from '../../../core/retry-after.ts'
import { codeOf } from '../../../egress/why-unreachable.ts'
import type { HttpResponse } from '../egress/http.ts'

/** When a request is sent again. Times in milliseconds. */
export type RetryRules = Readonly<{
  /** After the first time; 0 sends everything once. */
  maxRetries: number
  /** Before the first retry; doubled for each later one, and a random half of it taken off. */
  minPauseMs: number
  /** An API that asks for more patience than this is not asked again. */
  maxPauseMs: number
  /** For all of it together: every attempt, and the pauses between them. */
  timeoutMs: number
  /** The end of the source. */
  closing: AbortSignal
}>

/** One request as it is to be sent. `idempotent`: carried out twice, it does what it does once. */
export type Resendable = Readonly<{
  idempotent: boolean
  signal: AbortSignal
  /** @param timeoutMs - what is left for this attempt */
  send: (timeoutMs: number) => Promise<HttpResponse>
}>

/**
 * Sends a request, and once more after a pause where that may help and can do no harm: an idempotent one that was answered
 * with 429, 502, 503 or 504, and any that was refused a connection, since nobody has seen it.
 *
 * @returns the last answer, whatever it is
 * @throws what the last attempt threw
 */
export function sendAgain(request: Resendable, rules: RetryRules): Promise<HttpResponse> {
  const endsAt = performance.now() + rules.timeoutMs
  // Nearly every request ends here, so it waits for nothing else.
  return request.send(rules.timeoutMs).then(
    response => (passing.has(response.status) ? goOn({ response }, endsAt, request, rules) : response),
    (thrown: unknown) => goOn({ thrown }, endsAt, request, rules),
  )
}

type Outcome = Readonly<{ response: HttpResponse } | { thrown: unknown }>

async function goOn(
  first: Outcome,
  endsAt: number,
  { send, idempotent, signal }: Resendable,
  rules: RetryRules,
): Promise<HttpResponse> {
  let outcome = first
  for (let attempts = 1; ; attempts += 1) {
    if (attempts > rules.maxRetries || !mayRetry(outcome, idempotent)) return settle(outcome, attempts)
    const pauseMs = pauseAfter(outcome, attempts, rules)
    // What the pause would leave no time for is better told now.
    if (pauseMs === undefined || performance.now() + pauseMs >= endsAt) return settle(outcome, attempts)
    // Whoever leaves meanwhile is told so by the next attempt, which then sends nothing.
    await pause(pauseMs, undefined, { signal: AbortSignal.any([signal, rules.closing]) }).catch(() => {})
    outcome = await send(Math.max(1, Math.ceil(endsAt - performance.now()))).then(
      response => ({ response }),
      (thrown: unknown) => ({ thrown }),
    )
  }
}

function settle(outcome: Outcome, attempts: number): HttpResponse {
  if ('thrown' in outcome) throw outcome.thrown
  return attempts === 1 ? outcome.response : { ...outcome.response, attempts }
}

/** Answers that say "not now" (RFC 6585, section 4; RFC 9110, sections 15.6.3 to 15.6.5). */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504])

function mayRetry(outcome: Outcome, idempotent: boolean): boolean {
  if ('response' in outcome) return idempotent && passing.has(outcome.response.status)
  const { thrown } = outcome
  return thrown instanceof Error && codeOf(thrown.cause) === 'ECONNREFUSED'
}

/** Undefined where the API wants to be left alone for longer than is waited here. */
function pauseAfter(outcome: Outcome, attempt: number, { minPauseMs, maxPauseMs }: RetryRules): number | undefined {
  const asked = 'response' in outcome ? readRetryAfter(outcome.response.headers['retry-after'], Date.now()) : undefined
  if (asked !== undefined && asked > maxPauseMs) return undefined
  const own = Math.min(maxPauseMs, minPauseMs * 2 ** (attempt - 1))
  // Never before the time that was asked for, and not all callers at the same moment after it.
  return asked === undefined ? own * (0.5 + Math.random() / 2) : asked + (own * Math.random()) / 2
}
