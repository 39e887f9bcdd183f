import type { TurnEvent } from '../../src/core/model.ts'
import type { Frame, StreamReader } from '../../src/providers/codec.ts'
import type { FrameFeed } from '../../src/providers/wire/frame-feed.ts'

/** Gives a reader frames one after the other, as the transport does, and gives its events as they come. */
export async function* readStream(reader: StreamReader, frames: AsyncIterable<Frame>): AsyncGenerator<TurnEvent> {
  for await (const frame of frames) {
    yield* reader.read(frame)
    if (reader.isOver()) break
  }
  yield* reader.end()
}

/** The frames of a body whose bytes come in these pieces. */
export async function* framesOf(
  feed: FrameFeed | Promise<FrameFeed>,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Frame> {
  const opened = await feed
  for await (const bytes of pieces) yield* opened.feed(bytes)
  yield* opened.end()
}
