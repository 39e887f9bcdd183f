import type { Readable } from 'node:stream'
import type { EventSourceMessage } from 'eventsource-parser'
import { createParser } from 'eventsource-parser'
import { GatewayError } from '../../core/errors.ts'

/** A body as text, put together from its chunks. */
export type CollectedText = Readonly<{
  /** @returns false once there are too many bytes: no more are kept */
  take: (chunk: Buffer) => boolean
  /** Undefined when there were too many. */
  text: () => string | undefined
  /** As far as it was kept, also when there were too many. */
  cut: () => string
}>

/** Collects a body as text of at most `maxBytes`. */
export function collectText(maxBytes: number): CollectedText {
  const chunks: Buffer[] = []
  let size = 0
  const cut = (): string => (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? ''
  return {
    take(chunk) {
      const left = Math.max(0, maxBytes - size)
      size += chunk.length
      chunks.push(chunk.length <= left ? chunk : chunk.subarray(0, left))
      return size <= maxBytes
    },
    text: () => (size > maxBytes ? undefined : cut()),
    cut,
  }
}

/** What is told of a source whose message is too long. */
export function tooLong(sourceId: string, maxBytes: number): GatewayError {
  return new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" sent more than ${maxBytes} bytes (limits.maxMessageBytes).`)
}

/** Reads the first `maxBytes` of a body as text, as far as it comes. */
export async function readStart(body: Readable, maxBytes: number): Promise<string> {
  const collected = collectText(maxBytes)
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) if (!collected.take(chunk)) break
  } catch {
    // What came before it broke off is told.
  }
  return collected.cut()
}

/** How a stream of events is read. `maxBytes` are of one event; `sourceId` names who sends it, for the error. */
export type EventOptions = Readonly<{
  maxBytes: number
  sourceId?: string
  onEvent: (event: EventSourceMessage) => void
  /** Told how long the server wants to be left alone before it is asked again, in milliseconds. */
  onRetry?: (ms: number) => void
}>

/**
 * Takes server-sent events (WHATWG HTML, 9.2) chunk by chunk.
 *
 * @throws GatewayError `SOURCE_PROTOCOL` for an event that is too long, and what `onEvent` throws
 */
export function takeEvents({
  maxBytes,
  sourceId = 'the server',
  onEvent,
  onRetry,
}: EventOptions): (chunk: Buffer) => void {
  let pending = 0
  const parser = createParser({
    onEvent: event => {
      pending = 0
      onEvent(event)
    },
    ...(onRetry && { onRetry }),
  })
  const decoder = new TextDecoder()
  return chunk => {
    pending += chunk.length
    if (pending > maxBytes) throw tooLong(sourceId, maxBytes)
    parser.feed(decoder.decode(chunk, { stream: true }))
  }
}

/**
 * Reads a body as server-sent events until it ends.
 *
 * @throws Error when the stream breaks off or an event is too long
 */
export async function readEvents(body: Readable, options: EventOptions): Promise<void> {
  const take = takeEvents(options)
  for await (const chunk of body as AsyncIterable<Buffer>) take(chunk)
}
