import { GatewayError } from './errors.ts'

/**
 * Waits for something that several wait for: it goes on for the others when one of them goes away.
 *
 * @param what - what is waited for, for the error: `"petstore"`
 * @throws GatewayError `CANCELLED`
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  let cancel = () => {}
  const aborted = new Promise<never>((_, reject) => {
    cancel = () => reject(new GatewayError('CANCELLED', `Waiting for ${what} was cancelled.`))
    if (signal.aborted) cancel()
    else signal.addEventListener('abort', cancel, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
