import type { Readable } from 'node:stream'
import type { TurnEvent } from '../../core/model.ts'
import type { StreamReader } from '../codec.ts'
import type { FrameFeed } from './frame-feed.ts'

/** What a streamed answer is read with. */
export type StreamedTurnParts = Readonly<{
  body: Readable
  feed: FrameFeed
  reader: StreamReader
  /** Of the whole body. */
  maxBytes: number
  /** Gives an event its names back. */
  leave: (event: TurnEvent) => TurnEvent
  /** Makes the error that callers get of whatever was thrown. */
  explain: (thrown: unknown) => unknown
}>

/** How many events may wait for their reader before no more bytes are taken. */
const mostWaiting = 256

/** What may follow the end of an answer, and for how long: past it the connection is given up. */
const mostTrailingBytes = 65_536
const trailingMs = 1_000

/**
 * The events of a streamed answer, as its bytes come.
 *
 * Listens to the body instead of iterating over it: one promise an event, where iterators and generators between the socket and the
 * reader would make a dozen. One reader at a time, as `for await` is.
 */
export class StreamedTurn implements AsyncIterator<TurnEvent> {
  readonly #parts: StreamedTurnParts
  #waiting: TurnEvent[] = []
  #at = 0
  #size = 0
  #trailing = 0
  #failure: unknown
  #isOver = false
  #wanted: PromiseWithResolvers<IteratorResult<TurnEvent>> | undefined

  constructor(parts: StreamedTurnParts) {
    this.#parts = parts
    const { body } = parts
    body.on('data', (bytes: Buffer) => this.#take(bytes))
    body.on('end', () => this.#finish())
    body.on('error', error => this.#fail(error))
    body.on('close', () => this.#fail(new Error('the connection was closed')))
    // Of a body that was cut before anyone listened nothing more is heard.
    if (body.destroyed) this.#fail(body.errored ?? new Error('the connection was closed'))
  }

  next(): Promise<IteratorResult<TurnEvent>> {
    const event = this.#shift()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined })
    this.#wanted = Promise.withResolvers()
    return this.#wanted.promise
  }

  /** Whoever leaves before the end loses the connection: the model would go on talking. */
  async return(): Promise<IteratorResult<TurnEvent>> {
    if (!this.#isOver) this.#parts.body.destroy()
    this.#isOver = true
    this.#waiting = []
    this.#tell()
    return { done: true, value: undefined }
  }

  #shift(): TurnEvent | undefined {
    if (this.#at >= this.#waiting.length) return undefined
    const event = this.#waiting[this.#at]
    this.#at += 1
    if (this.#at < this.#waiting.length) return event
    this.#waiting = []
    this.#at = 0
    if (this.#parts.body.isPaused()) this.#parts.body.resume()
    return event
  }

  #take(bytes: Buffer): void {
    if (this.#isOver || this.#failure !== undefined) return this.#drop(bytes)
    const { feed, reader, maxBytes, body } = this.#parts
    this.#size += bytes.byteLength
    try {
      if (this.#size > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`)
      this.#read(feed.feed(bytes))
      if (reader.isOver()) this.#end()
    } catch (thrown) {
      this.#fail(thrown)
    }
    this.#tell()
    if (this.#waiting.length - this.#at > mostWaiting) body.pause()
  }

  #read(frames: ReturnType<FrameFeed['feed']>): void {
    const { reader, leave } = this.#parts
    for (const frame of frames) {
      for (const event of reader.read(frame)) this.#waiting.push(leave(event))
      if (reader.isOver()) return
    }
  }

  /** The body has ended, with or without a word of it. */
  #finish(): void {
    if (this.#isOver || this.#failure !== undefined) return
    try {
      this.#read(this.#parts.feed.end())
      this.#end()
    } catch (thrown) {
      this.#fail(thrown)
    }
    this.#tell()
  }

  #end(): void {
    const { reader, leave, body } = this.#parts
    for (const event of reader.end()) this.#waiting.push(leave(event))
    this.#isOver = true
    if (body.readableEnded) return
    // The rest is read, so that the connection may be used again; whoever goes on talking loses it.
    const late = setTimeout(() => body.destroy(), trailingMs)
    late.unref()
    body.once('close', () => clearTimeout(late))
  }

  #drop(bytes: Buffer): void {
    this.#trailing += bytes.byteLength
    if (this.#trailing > mostTrailingBytes) this.#parts.body.destroy()
  }

  #fail(thrown: unknown): void {
    if (this.#isOver || this.#failure !== undefined) return
    this.#failure = this.#parts.explain(thrown)
    this.#parts.body.destroy()
    this.#tell()
  }

  /** Answers whoever waits. */
  #tell(): void {
    const wanted = this.#wanted
    if (wanted === undefined) return
    const event = this.#shift()
    if (event === undefined && this.#failure === undefined && !this.#isOver) return
    this.#wanted = undefined
    if (event !== undefined) wanted.resolve({ done: false, value: event })
    else if (this.#failure !== undefined) wanted.reject(this.#failure)
    else wanted.resolve({ done: true, value: undefined })
  }
}
