import { createParser } from 'eventsource-parser'
import type { Frame } from '../codec.ts'
import type { FrameFeed } from './frame-feed.ts'

/** Takes server-sent events out of a body (WHATWG HTML, 9.2). Comments, ids and pauses are left out. */
export function feedEvents(maxBytes: number): FrameFeed {
  let waiting: Frame[] = []
  const parser = createParser({ onEvent: event => void waiting.push(event), maxBufferSize: maxBytes })
  const decoder = new TextDecoder()
  const feed = (text: string): readonly Frame[] => {
    parser.feed(text)
    const frames = waiting
    waiting = []
    return frames
  }
  return {
    feed: bytes => feed(decoder.decode(bytes, { stream: true })),
    // Some endpoints leave out the empty line after the last event.
    end: () => feed(`${decoder.decode()}\n\n`),
  }
}
