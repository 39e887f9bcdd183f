import { isObject } from '../../core/json.ts'
import type { ModelConfig, Provider, TurnEvent, TurnRequest } from '../../core/model.ts'
import type { Begun } from '../../core/started-by.ts'
import { startedBy } from '../../core/started-by.ts'
import { enter } from '../boundary/boundary.ts'
import type { Codec, EmbedCodec, ReadContext } from '../codec.ts'
import { frameFeed } from './frames.ts'
import { embedOver } from './http-embed.ts'
import { parseAnswer } from './parse-answer.ts'
import { toBrokenTurn } from './provider-error.ts'
import type { Place } from './sender.ts'
import { createSender, explainBreak, firstOf, redactorOf } from './sender.ts'
import { StreamedTurn } from './streamed-turn.ts'

/** Bounds on one turn. */
export type ProviderOptions = Readonly<{
  /** An answer, streamed or not. */
  maxAnswerBytes?: number
  /** Until the first byte of an answer, and between two of them. */
  idleTimeoutMs?: number
}>

/** What a wire needs of the transport besides its codecs; without `embed` its models have no embeddings. */
export type HttpWire = Place & Readonly<{ codec: Codec; embed?: EmbedCodec }>

/**
 * A provider of one wire over HTTP.
 *
 * Asks for a stream where one is wanted and for one JSON body otherwise, and takes either for an answer. Never retries;
 * nothing was shown to the caller before the first event, so whoever calls may.
 */
export function httpProvider(config: ModelConfig, wire: HttpWire, options: ProviderOptions = {}): Provider {
  const { maxAnswerBytes = 16_777_216, idleTimeoutMs = 300_000 } = options
  const { codec, embed } = wire
  const { name } = config
  const dialect = config.maxTools === undefined ? codec.dialect : { ...codec.dialect, maxTools: config.maxTools }
  const redact = redactorOf(config, wire)
  const sender = createSender(config, wire, { maxAnswerBytes, idleTimeoutMs })
  // Of its own, since a pool bounds all its answers alike.
  const embedder = embed && createSender(config, wire, { idleTimeoutMs })

  /** Sends a turn, and gives its answer's events. */
  const begin = async (request: TurnRequest, signal: AbortSignal): Promise<Begun<TurnEvent>> => {
    const { request: legal, leave } = enter(request, dialect)
    const tellsNative = request.native?.wire === dialect.wire
    const answer = await sender.send(codec.write(legal), signal)
    // What ends it before its reader is there is told by the reader; unheard it would end the process.
    answer.body.on('error', () => {})
    const explain = (cause: unknown): unknown =>
      explainBreak(name, isTooLarge(cause) ? tooLarge(maxAnswerBytes) : cause, { signal, hasBegun: true })
    try {
      const feeder = frameFeed(firstOf(answer.headers['content-type']))
      if (feeder === undefined) {
        const text = await answer.body.text()
        return await startOf(eachOf(readWhole(codec, text, { model: name, redact, tellsNative }).map(leave)))
      }
      const feed = await feeder(maxAnswerBytes)
      const reader = codec.readStream({ model: name, redact, tellsNative })
      const parts = { body: answer.body, feed, reader, maxBytes: maxAnswerBytes, leave, explain }
      return await startOf(new StreamedTurn(parts))
    } catch (cause) {
      answer.body.destroy()
      throw explain(cause)
    }
  }

  return {
    turn: (request, { signal }) => startedBy(() => begin(request, signal)),
    ...(embed &&
      embedder && {
        embed: (request, given) => embedOver({ sender: embedder, codec: embed, model: name, redact }, request, given),
      }),
    async close() {
      await Promise.all([sender.close(), embedder?.close()])
    },
  }
}

async function startOf(events: AsyncIterator<TurnEvent>): Promise<Begun<TurnEvent>> {
  return { events, first: await events.next() }
}

function eachOf(events: readonly TurnEvent[]): AsyncIterator<TurnEvent> {
  const rest = events.values()
  return { next: async () => rest.next() }
}

function readWhole(codec: Codec, text: string, context: ReadContext): readonly TurnEvent[] {
  const { model, redact } = context
  const events = codec.readWhole(parseAnswer(model, text, redact), context)
  if (events.length === 0) throw toBrokenTurn(model, 'sent an answer without choices')
  return events
}

/** undici's own word for a body past `maxResponseSize`. */
function isTooLarge(cause: unknown): boolean {
  return isObject(cause) && cause.code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
}

function tooLarge(maxBytes: number): RangeError {
  return new RangeError(`the answer is larger than ${maxBytes} bytes`)
}
