import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** One POST, ready to be sent. */
export type PostRequest = Readonly<{
  origin: string
  path: string
  headers: Readonly<Record<string, string>>
  body: string
}>

/** Takes the body of one answer, as it comes. */
export type BodyReader = Readonly<{
  /** @returns false when it needs no more: the rest is not read @throws to fail the request */
  take: (chunk: Buffer) => boolean
}>

/**
 * Sends one POST and hands its answer to a reader; resolves when the body has ended or its reader has had enough.
 *
 * By undici's own callbacks and not by its streams, which cost as much again as the rest of a small call.
 *
 * @param readerOf - is told the head of the answer, once; may throw
 * @param signal - gives the request up
 * @throws what undici throws, what the reader throws, or the reason of the signal
 */
export function sendPost(
  agent: Dispatcher,
  { origin, path, headers, body }: PostRequest,
  readerOf: (status: number, headers: IncomingHttpHeaders) => BodyReader,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let reader: BodyReader | undefined
    let ended = false

    const end = (): void => {
      ended = true
      signal?.removeEventListener('abort', cancel)
    }
    const fail = (thrown: unknown): void => {
      if (ended) return
      end()
      reject(thrown)
      // The rest is not read, so the connection cannot be used again.
      controller?.abort(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
    const complete = (): void => {
      if (ended) return
      end()
      resolve()
    }
    const cancel = (): void => fail(signal?.reason)

    if (signal?.aborted) return cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    agent.dispatch(
      { origin, path, method: 'POST', headers, body },
      {
        onRequestStart(started) {
          controller = started
          if (ended) started.abort(new Error('given up'))
        },
        onResponseStart(_, status, given) {
          // What comes before the answer, such as 103 Early Hints, is none.
          if (status < 200 || ended) return
          try {
            reader = readerOf(status, given)
          } catch (thrown) {
            fail(thrown)
          }
        },
        onResponseData(from, chunk) {
          if (ended) return
          try {
            if (reader?.take(chunk) !== false) return
            complete()
            from.abort(new Error('enough was read'))
          } catch (thrown) {
            fail(thrown)
          }
        },
        onResponseEnd: complete,
        onResponseError: (_, error) => fail(error),
      },
    )
  })
}
