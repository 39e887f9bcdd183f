import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnEvent } from '../../core/model.ts'
import type { ReadContext, StreamReader } from '../codec.ts'
import { parseFrame } from '../wire/parse-frame.ts'
import { toBrokenTurn, toInnerError } from '../wire/provider-error.ts'
import { endMessage, readMeta, tellBlock, toNative } from './anthropic-answer.ts'
import type { MessageDraft } from './anthropic-draft.ts'
import { draftMessage } from './anthropic-draft.ts'
import { joinUsage } from './anthropic-usage.ts'

/**
 * Reads a streamed message as the events of a turn.
 *
 * Text and thinking are told as they come; calls, signed thinking and the whole message once the stream has ended well:
 * with `message_stop`, or with a stop reason. A second `message_start` of the same message changes nothing; one of another
 * message begins anew, unless text was told already, for the two would be read as one. An `error` event has the status
 * that its type stands for. Where the caller speaks this wire, what the stream says of blocks is told as it comes, too.
 */
export function fromAnthropicStream({ model, redact, tellsNative = false }: ReadContext): StreamReader {
  let message: MessageSoFar | undefined
  let isDone = false
  return {
    *read({ data }) {
      if (data.trim() === '[DONE]') {
        isDone = true
        return
      }
      const event = parseFrame(data, model, 'an event')
      if (event.type === 'ping') return
      if (event.type === 'error' || isObject(event.error)) throw toStreamError(model, event, redact)
      if (event.type === 'message_start') {
        const started = isObject(event.message) ? event.message : {}
        if (message !== undefined && isSame(message.id, started.id)) return
        if (message?.draft.hasText() || (tellsNative && message?.draft.hasBlocks()))
          throw toBrokenTurn(model, 'began another answer inside its answer')
        message = { id: started.id, draft: draftMessage(), stop: {}, usage: {} }
        if (tellsNative) {
          yield toNative(event)
          yield* blocksOf(started).flatMap(tellBlock)
        }
        yield* startMessage(message, started)
        return
      }
      message ??= { id: undefined, draft: draftMessage(), stop: {}, usage: {} }
      if (tellsNative && event.type !== 'message_delta' && event.type !== 'message_stop') yield toNative(event)
      yield* readEvent(event, message, model)
      isDone = event.type === 'message_stop'
    },
    isOver: () => isDone,
    *end() {
      if (message === undefined) throw toBrokenTurn(model, 'sent a stream without an answer')
      yield* endStream(message, isDone, model)
    },
  }
}

/** What has come of the message. */
type MessageSoFar = { id: unknown; draft: MessageDraft; stop: JsonObject; usage: JsonObject }

function isSame(known: unknown, id: unknown): boolean {
  return known === id || id === undefined
}

function blocksOf({ content }: JsonObject): readonly JsonObject[] {
  return Array.isArray(content) ? content.filter(isObject) : []
}

/** A message may start with blocks that are already there. */
function* startMessage(message: MessageSoFar, started: JsonObject): Generator<TurnEvent> {
  message.usage = joinUsage({}, started.usage)
  message.stop = started
  yield* readMeta(started)
  for (const [index, block] of blocksOf(started).entries()) {
    yield* toDelta(message.draft.start(index, block))
    message.draft.stop(index)
  }
}

function* readEvent(event: JsonObject, message: MessageSoFar, model: string): Generator<TurnEvent> {
  const { type, delta, content_block: block } = event
  const index = typeof event.index === 'number' ? event.index : 0
  if (type === 'content_block_start' && isObject(block)) {
    yield* toDelta(message.draft.start(index, block))
  } else if (type === 'content_block_delta' && isObject(delta)) {
    const told = message.draft.add(index, delta)
    if (told === undefined) throw toBrokenTurn(model, 'sent a piece of a block that had not begun')
    yield* toDelta(told)
  } else if (type === 'content_block_stop') {
    message.draft.stop(index)
  } else if (type === 'message_delta') {
    const { type: _, delta: __, usage, ...others } = event
    message.stop = { ...message.stop, ...(isObject(delta) ? delta : {}) }
    message.usage = joinUsage(message.usage, usage)
    // `container` stands in the delta, `context_management` beside it.
    yield* readMeta({ ...others, ...(isObject(delta) ? delta : {}) })
  }
}

function toDelta(delta: JsonObject): readonly TurnEvent[] {
  return Object.keys(delta).length > 0 ? [{ type: 'delta', choice: 0, delta }] : []
}

function* endStream({ draft, stop, usage }: MessageSoFar, isDone: boolean, model: string): Generator<TurnEvent> {
  const hasReason = typeof stop.stop_reason === 'string'
  if (!hasReason && !isDone) throw toBrokenTurn(model, 'broke off before its answer was complete')
  if (!hasReason && !draft.hasBlocks()) throw toBrokenTurn(model, 'sent a stream without an answer')
  const { blocks, calls, isWhole } = draft.end()
  if (!hasReason && !isWhole) throw toBrokenTurn(model, 'broke off inside a tool call')
  yield* endMessage(blocks, calls, { stop, usage: Object.keys(usage).length > 0 ? usage : undefined, isWhole })
}

/** The HTTP status that an error would have had outside a stream, by its type (API reference, Errors). */
const statuses: ReadonlyMap<unknown, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
])

function toStreamError(model: string, event: JsonObject, redact: ReadContext['redact']): GatewayError {
  const error = toInnerError(model, event, redact)
  const status = statuses.get(isObject(event.error) ? event.error.type : undefined)
  if (status === undefined || !isObject(error.data)) return error
  return new GatewayError('PROVIDER_ERROR', error.message, { data: { ...error.data, status } })
}
