import { createParser } from 'eventsource-parser'
import type { Frame } from '../codec.ts'

/**
 * Reads server-sent events from a body (WHATWG HTML, 9.2). Comments, ids and pauses are left out.
 *
 * @param maxBytes - of the whole body
 * @throws RangeError past `maxBytes`; whatever the body throws when it is cut
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Frame> {
  let waiting: Frame[] = []
  const parser = createParser({ onEvent: event => void waiting.push(event), maxBufferSize: maxBytes })
  const decoder = new TextDecoder()
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`)
    parser.feed(decoder.decode(chunk, { stream: true }))
    const frames = waiting
    waiting = []
    for (const frame of frames) yield frame
  }
  // Some endpoints leave out the empty line after the last event.
  parser.feed(`${decoder.decode()}\n\n`)
  yield* waiting
}
