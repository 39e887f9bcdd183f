import type { Frame } from '../codec.ts'
import { readAwsFrames } from './aws-frames.ts'
import { readEvents } from './sse.ts'

/**
 * Reads a streamed body as frames.
 *
 * Throws RangeError past `maxBytes` of the whole body, and whatever the body throws when it is cut.
 */
export type FrameReader = (body: AsyncIterable<Uint8Array>, maxBytes: number) => AsyncIterable<Frame>

/** The reader for a body of this content type; undefined where it is not a stream. */
export function frameReader(contentType: string | undefined): FrameReader | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  return type === undefined ? undefined : readers.get(type)
}

const readers: ReadonlyMap<string, FrameReader> = new Map<string, FrameReader>([
  ['text/event-stream', readEvents],
  ['application/vnd.amazon.eventstream', readAwsFrames],
])
