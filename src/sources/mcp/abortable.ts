import { GatewayError } from '../../core/errors.ts'

/** Waits for a promise no longer than the caller does. @throws GatewayError `CANCELLED`, and what the promise throws */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new GatewayError('CANCELLED', 'The caller went away.', { cause: signal.reason }))
    if (signal.aborted) {
      promise.catch(() => {})
      return onAbort()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
