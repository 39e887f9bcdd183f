import { feedAwsFrames } from './aws-frames.ts'
import type { FrameFeed } from './frame-feed.ts'
import { feedEvents } from './sse.ts'

/** Begins to read a body of this content type; undefined where it is not a stream. */
export function frameFeed(contentType: string | undefined): FrameFeeder | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  return type === undefined ? undefined : feeders.get(type)
}

/** @param maxBytes - of what a feed may hold back */
type FrameFeeder = (maxBytes: number) => FrameFeed | Promise<FrameFeed>

const feeders: ReadonlyMap<string, FrameFeeder> = new Map<string, FrameFeeder>([
  ['text/event-stream', feedEvents],
  ['application/vnd.amazon.eventstream', feedAwsFrames],
])
