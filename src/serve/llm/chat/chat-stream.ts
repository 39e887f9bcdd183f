import type { JsonObject } from '../../../core/json.ts'
import type { Exchange } from '../../exchange.ts'
import { sendStream } from '../send-stream.ts'

/** Sends the chunks that `write` makes of events as {@link sendStream} does, `[DONE]` at the end; comments keep it open. */
export function sendChunks<T>(
  events: AsyncIterable<T>,
  write: (event: T) => Iterable<JsonObject>,
  exchange: Exchange,
): Promise<void> {
  const toText = (event: T): string => {
    let text = ''
    for (const chunk of write(event)) text += `data: ${JSON.stringify(chunk)}\n\n`
    return text
  }
  return sendStream(events, { write: toText, keepAlive: ': keep-alive\n\n', end: 'data: [DONE]\n\n' }, exchange)
}
