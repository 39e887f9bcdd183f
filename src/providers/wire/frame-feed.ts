import type { Frame } from '../codec.ts'

/** Takes frames out of a streamed body as its bytes come. */
export type FrameFeed = Readonly<{
  /** @returns the frames that are whole with these bytes */
  feed(bytes: Uint8Array): readonly Frame[]
  /** @returns what was still held back @throws Error for a body that ends inside a frame, where that can be told */
  end(): readonly Frame[]
}>
