import { setTimeout as wait } from 'node:timers/promises'
import type { EventSourceMessage } from 'eventsource-parser'
import type { Dispatcher } from 'undici'
import { isEventStream } from './content-type.ts'
import { readEvents } from './http-body.ts'

/** A stream of events that is being read, and what it takes to go on with it after it was cut. */
export type FollowedStream = {
  /** The id of the last event that had one; without it nothing can be resumed. */
  lastId: string | undefined
  /** How long the server wants to be left alone before that. */
  retryMs: number
  readonly onEvent: (event: EventSourceMessage) => void
  readonly onRetry: (ms: number) => void
}

/** Attempts in a row that bring nothing new, and the longest pause before each. */
const maxAttempts = 3
const maxPauseMs = 30_000

/** Hands on the data of a stream's events, and notes where it stands. */
export function followStream(receive: (data: string) => void): FollowedStream {
  const stream: FollowedStream = {
    lastId: undefined,
    retryMs: 1_000,
    onEvent({ id, data }) {
      if (id !== undefined && id !== '') stream.lastId = id
      // The first event of a stream may be there for its id alone (SEP-1699).
      if (data !== '') receive(data)
    },
    onRetry(ms) {
      stream.retryMs = Math.min(ms, maxPauseMs)
    },
  }
  return stream
}

/**
 * Goes on with the stream of an answer that ended before its result: a server of revision 2025-11-25 may end it at will
 * and be asked again (MCP 2025-11-25, basic/transports, "Resumability and Redelivery").
 *
 * Returns once the answer has come, or when it cannot be had: the server gave no ids, refuses, or sends nothing new.
 */
export async function resumeStream(
  stream: FollowedStream,
  options: Readonly<{
    get: (lastId: string) => Promise<Dispatcher.ResponseData>
    answered: () => boolean
    maxBytes: number
    signal: AbortSignal
  }>,
): Promise<void> {
  const { get, answered, maxBytes, signal } = options
  for (let attempt = 0; !answered() && attempt < maxAttempts; attempt += 1) {
    const { lastId } = stream
    if (lastId === undefined) return
    await wait(stream.retryMs, undefined, { signal })
    try {
      const answer = await get(lastId)
      if (answer.statusCode !== 200 || !isEventStream(answer.headers)) return void (await answer.body.dump())
      await readEvents(answer.body, { maxBytes, onEvent: stream.onEvent, onRetry: stream.onRetry })
    } catch (error) {
      if (signal.aborted) throw error
    }
    if (stream.lastId !== lastId) attempt = -1
  }
}
