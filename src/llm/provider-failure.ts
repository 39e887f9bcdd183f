import { GatewayError } from '../core/errors.ts'
import type { ProviderFailure } from '../core/model.ts'
import { readRetryAfter } from '../core/retry-after.ts'

/**
 * What a failed turn means for the next try: `again`, the same one may do better in a moment; `elsewhere`, this
 * deployment will not do, another may; `never`, the request itself is refused.
 */
export type Verdict = Readonly<{ next: 'again' | 'elsewhere' | 'never'; retryAfterMs?: number }>

/** Judges what a provider threw before its first event. */
export function judge(thrown: unknown, now: () => number = Date.now): Verdict {
  const status = statusOf(thrown)
  if (status === undefined) return { next: 'never' }
  if (status === 408 || status === 409 || status === 429 || status >= 500) {
    const retryAfterMs = readRetryAfter(failureOf(thrown)?.retryAfter, now())
    return { next: 'again', ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }
  // A key that is wrong, no money left, a model that this deployment does not have.
  return { next: status === 401 || status === 402 || status === 403 || status === 404 ? 'elsewhere' : 'never' }
}

function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof GatewayError) || thrown.code !== 'PROVIDER_ERROR') return undefined
  return failureOf(thrown)?.status ?? 502
}

function failureOf(thrown: unknown): ProviderFailure | undefined {
  return thrown instanceof GatewayError ? (thrown.data as ProviderFailure | undefined) : undefined
}
