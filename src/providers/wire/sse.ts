import { createParser } from 'eventsource-parser'

/**
 * Reads the data of server-sent events from a body (WHATWG HTML, 9.2). Comments and event names are left out.
 *
 * @param maxBytes - of the whole body
 * @throws RangeError past `maxBytes`; whatever the body throws when it is cut
 */
export async function* readEventData(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string> {
  const waiting: string[] = []
  const parser = createParser({ onEvent: event => waiting.push(event.data), maxBufferSize: maxBytes })
  const decoder = new TextDecoder()
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`)
    parser.feed(decoder.decode(chunk, { stream: true }))
    yield* waiting.splice(0)
  }
  // Some endpoints leave out the empty line after the last event.
  parser.feed(`${decoder.decode()}\n\n`)
  yield* waiting
}
