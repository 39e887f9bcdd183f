import { once } from 'node:events'
import type { JsonObject } from '../../../core/json.ts'
import type { Exchange } from '../../exchange.ts'
import { startEvents } from '../../exchange.ts'

/**
 * Sends the chunks that `write` makes of events as server-sent events, `[DONE]` at the end.
 *
 * The stream is opened with the first chunk, so that a failure before it is still an HTTP status; but when there is none
 * within `keepAliveMs` it is opened anyway, and comments keep it open from then on. A reader that is slow is waited for.
 * What comes together goes out together: a write of its own for each chunk would cost more than the chunk.
 *
 * @throws whatever the events throw; the caller tells by `response.headersSent` how it may still be told
 */
export async function sendChunks<T>(
  events: AsyncIterable<T>,
  write: (event: T) => Iterable<JsonObject>,
  exchange: Exchange,
): Promise<void> {
  const { response, limits, gone } = exchange
  const open = (): void => {
    if (!response.headersSent) startEvents(response)
  }
  const keepAlive = setInterval(() => {
    if (response.writableEnded || response.destroyed) return
    open()
    response.write(': keep-alive\n\n')
  }, limits.keepAliveMs)
  let waiting = ''
  const flush = (): boolean => {
    const text = waiting
    waiting = ''
    if (text !== '' && !response.destroyed) response.write(text)
    return response.writableLength <= limits.maxStreamBufferBytes
  }
  try {
    for await (const event of events) {
      for (const chunk of write(event)) {
        open()
        // The tick ends once all that came with this chunk has been read.
        if (waiting === '') process.nextTick(flush)
        waiting += `data: ${JSON.stringify(chunk)}\n\n`
      }
      const isFull = response.writableLength + waiting.length > limits.maxStreamBufferBytes
      if (isFull && !flush()) await once(response, 'drain', { signal: gone })
    }
    open()
    waiting += 'data: [DONE]\n\n'
    const last = waiting
    waiting = ''
    response.end(last)
  } finally {
    flush()
    clearInterval(keepAlive)
  }
}
