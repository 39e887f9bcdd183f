import type { Readable } from 'node:stream'
import type { EventSourceMessage } from 'eventsource-parser'
import { createParser } from 'eventsource-parser'
import { GatewayError } from '../../core/errors.ts'

/** Reads a body as text. @throws GatewayError `SOURCE_PROTOCOL` past `maxBytes`, naming the source */
export async function readText(body: Readable, maxBytes: number, sourceId: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      body.destroy()
      throw new GatewayError(
        'SOURCE_PROTOCOL',
        `"${sourceId}" sent more than ${maxBytes} bytes (limits.maxMessageBytes).`,
      )
    }
    chunks.push(chunk)
  }
  return (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? ''
}

/**
 * Reads a body as server-sent events (WHATWG HTML, 9.2) until it ends.
 *
 * @param maxBytes - of one event; a longer one ends the stream
 * @throws Error when the stream breaks off or an event is too long
 */
export async function readEvents(
  body: Readable,
  {
    maxBytes,
    onEvent,
    onRetry,
  }: { maxBytes: number; onEvent: (event: EventSourceMessage) => void; onRetry?: (ms: number) => void },
): Promise<void> {
  let pending = 0
  const parser = createParser({
    onEvent: event => {
      pending = 0
      onEvent(event)
    },
    ...(onRetry && { onRetry }),
  })
  const decoder = new TextDecoder()
  for await (const chunk of body as AsyncIterable<Buffer>) {
    pending += chunk.length
    if (pending > maxBytes) {
      body.destroy()
      throw new GatewayError(
        'SOURCE_PROTOCOL',
        `An event of more than ${maxBytes} bytes was sent (limits.maxMessageBytes).`,
      )
    }
    parser.feed(decoder.decode(chunk, { stream: true }))
  }
}
