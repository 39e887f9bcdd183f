import { once } from 'node:events'
import type { JsonObject } from '../core/json.ts'
import type { Exchange } from './exchange.ts'
import { startEvents, writeEvent } from './exchange.ts'

/**
 * Sends chunks as server-sent events, `[DONE]` at the end.
 *
 * The stream is opened with the first chunk, so that a failure before it is still an HTTP status; but when there is none
 * within `keepAliveMs` it is opened anyway, and comments keep it open from then on. A reader that is slow is waited for.
 *
 * @throws whatever the chunks throw; the caller tells by `response.headersSent` how it may still be told
 */
export async function sendChunks(chunks: AsyncIterable<JsonObject>, exchange: Exchange): Promise<void> {
  const { response, limits, gone } = exchange
  const open = (): void => {
    if (!response.headersSent) startEvents(response)
  }
  const keepAlive = setInterval(() => {
    if (response.writableEnded || response.destroyed) return
    open()
    response.write(': keep-alive\n\n')
  }, limits.keepAliveMs)
  try {
    for await (const chunk of chunks) {
      open()
      const isRoomLeft = writeEvent(response, JSON.stringify(chunk), { maxBufferBytes: limits.maxStreamBufferBytes })
      if (!isRoomLeft) await once(response, 'drain', { signal: gone })
    }
    open()
    writeEvent(response, '[DONE]')
    response.end()
  } finally {
    clearInterval(keepAlive)
  }
}
