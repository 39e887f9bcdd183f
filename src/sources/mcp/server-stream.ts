import { setTimeout as wait } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { isEventStream } from './content-type.ts'
import { readEvents } from './http-body.ts'
import { followStream } from './resume-stream.ts'

/** What following needs. */
export type ServerStreamOptions = Readonly<{
  /** Opens the stream; with the id of the last event that came, what came behind it is sent again. */
  get: (lastId: string | undefined) => Promise<Dispatcher.ResponseData>
  receive: (data: string) => void
  /** The stream was open once and is refused now. */
  onRefused: () => void
  /** It stands again, and what was sent meanwhile cannot be had any more. */
  onGap: () => void
  maxBytes: number
  /** Ends it. */
  signal: AbortSignal
}>

/** The pause before the stream is opened again: at least, whatever the server wants, and at most. */
const minPauseMs = 100
const maxPauseMs = 30_000

/** A stream that ends sooner, and has brought nothing, was no success. */
const steadyMs = 10_000

/**
 * Follows the server's own messages, on the stream that GET opens, until `signal` fires. A server without one says so
 * at the first attempt (405). One that is cut is opened again, behind the last event whose id the server gave
 * (MCP 2025-11-25, basic/transports, "Resumability and Redelivery"), after as long as it wants (`retry`), else after a
 * second, and longer after each failure.
 *
 * Where the stream is refused because of that id, which the server may not keep for ever, it is opened once without.
 */
export async function followServerStream(options: ServerStreamOptions): Promise<void> {
  const { get, receive, onRefused, onGap, maxBytes, signal } = options
  let brought = false
  const stream = followStream(data => {
    brought = true
    receive(data)
  })
  let opened = false
  let failures = 0
  while (!signal.aborted) {
    const startedAt = performance.now()
    brought = false
    let isPolled = false
    try {
      const answer = await get(stream.lastId)
      if (answer.statusCode === 200 && isEventStream(answer.headers)) {
        if (opened && stream.lastId === undefined) onGap()
        opened = true
        await readEvents(answer.body, { maxBytes, onEvent: stream.onEvent, onRetry: stream.onRetry })
        // A server may end it at will, and be asked again behind its last id (SEP-1699).
        isPolled = stream.lastId !== undefined
      } else {
        await answer.body.dump()
        // Of what we did wrong the id is all that may not be so without it.
        if (!isForNow(answer.statusCode) && stream.lastId !== undefined && !isFinal(answer.statusCode)) {
          stream.lastId = undefined
          continue
        }
        if (!isForNow(answer.statusCode)) return opened ? onRefused() : undefined
      }
    } catch {
      // It was cut, or the server could not be reached.
    }
    const isWell = brought || isPolled || performance.now() - startedAt >= steadyMs
    failures = isWell ? 0 : failures + 1
    const pauseMs = Math.min(Math.max(stream.retryMs, minPauseMs) * 2 ** failures, maxPauseMs)
    await wait(pauseMs, undefined, { signal, ref: false }).catch(() => {})
  }
}

/** It may be otherwise later: the server is out of order or busy, or still holds the stream that was cut. */
function isForNow(status: number): boolean {
  return status === 409 || status === 429 || (status >= 500 && status !== 501)
}

/** The session is over, or is not ours. */
function isFinal(status: number): boolean {
  return status === 401 || status === 403 || status === 404
}
