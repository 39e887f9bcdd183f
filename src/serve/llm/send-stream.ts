import { once } from 'node:events'
import type { JsonObject } from '../../core/json.ts'
import type { Exchange } from '../exchange.ts'
import { startEvents } from '../exchange.ts'

/** How a surface writes its stream. Each text is a server-sent event, or several, with the empty line behind it. */
export type StreamForm<T> = Readonly<{
  write: (event: T) => string
  /** A comment, or an event that says nothing. */
  keepAlive: string
  /** The last that is written to a stream that ends well. */
  end?: string | (() => Promise<string>)
  /** The last that is written to one that breaks off; undefined for what is thrown on. */
  breakOff?: (thrown: unknown) => Promise<string | undefined>
}>

/**
 * Sends what `write` makes of events as server-sent events.
 *
 * The stream is opened with the first of them, so that a failure before it is still an HTTP status; but when there is none
 * within `keepAliveMs` it is opened anyway, and `keepAlive` keeps it open from then on. A reader that is slow is waited for.
 * What comes together goes out together: a write of its own for each event would cost more than the event.
 *
 * @throws whatever the events throw, unless `breakOff` tells it; the caller tells by `response.headersSent` how it may still be told
 */
export async function sendStream<T>(events: AsyncIterable<T>, form: StreamForm<T>, exchange: Exchange): Promise<void> {
  const { response, limits, gone } = exchange
  const open = (): void => {
    if (!response.headersSent) startEvents(response)
  }
  const timer = setInterval(() => {
    if (response.writableEnded || response.destroyed) return
    open()
    response.write(form.keepAlive)
  }, limits.keepAliveMs)
  let waiting = ''
  const flush = (): boolean => {
    const text = waiting
    waiting = ''
    if (text !== '' && !response.destroyed) response.write(text)
    return response.writableLength <= limits.maxStreamBufferBytes
  }
  const sendAll = async (): Promise<string> => {
    for await (const event of events) {
      const text = form.write(event)
      if (text === '') continue
      open()
      // The tick ends once all that came with this event has been read.
      if (waiting === '') process.nextTick(flush)
      waiting += text
      const isFull = response.writableLength + waiting.length > limits.maxStreamBufferBytes
      // A response below its own high-water mark tells no drain.
      if (isFull && !flush() && response.writableNeedDrain) await once(response, 'drain', { signal: gone })
    }
    return typeof form.end === 'function' ? form.end() : (form.end ?? '')
  }
  try {
    const end = await sendAll().catch(async thrown => {
      const told = await form.breakOff?.(thrown)
      if (told === undefined) throw thrown
      return told
    })
    open()
    const last = waiting + end
    waiting = ''
    response.end(last)
  } finally {
    flush()
    clearInterval(timer)
  }
}

/** Writes a value as a server-sent event of its own type, as Anthropic and OpenAI's Responses API have them. */
export function toEventText(value: JsonObject): string {
  return `event: ${String(value.type)}\ndata: ${JSON.stringify(value)}\n\n`
}
