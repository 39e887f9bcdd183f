import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ReadContext, StreamReader } from '../codec.ts'
import { toBrokenTurn, toProviderError } from '../wire/provider-error.ts'
import { endTurn, toMeta, toThinkingBlock } from './bedrock-answer.ts'
import type { BlockDraft } from './bedrock-draft.ts'
import { addDelta, finishBlock, finishCall, startBlock } from './bedrock-draft.ts'

/**
 * Reads the events of `converse-stream` as the events of a turn.
 *
 * Text and reasoning are passed on as they come. Calls are held back until `messageStop` has come and the stream has
 * ended, `metadata` included; a stream that ends without `messageStop` is a turn that broke off. An exception inside the
 * stream has the status that it would have as an HTTP answer.
 */
export function fromBedrockStream({ model, redact }: ReadContext): StreamReader {
  const drafts = new Map<number, BlockDraft>()
  let stop: JsonObject | undefined
  const draftAt = ({ contentBlockIndex: index }: JsonObject): BlockDraft => {
    const at = typeof index === 'number' ? index : 0
    const draft = drafts.get(at) ?? startBlock(undefined)
    drafts.set(at, draft)
    return draft
  }
  return {
    *read({ event = '', data }) {
      if (event === 'error' || event.endsWith('Exception')) throw toException(model, event, data, redact)
      const payload = parsePayload(data, model)
      switch (event) {
        case 'contentBlockStart': {
          const at = typeof payload.contentBlockIndex === 'number' ? payload.contentBlockIndex : 0
          drafts.set(at, startBlock(payload.start))
          break
        }
        case 'contentBlockDelta': {
          const delta = addDelta(draftAt(payload), isObject(payload.delta) ? payload.delta : {})
          if (delta !== undefined) yield { type: 'delta', choice: 0, delta }
          break
        }
        case 'contentBlockStop': {
          const block = finishBlock(draftAt(payload))
          const thinking = isObject(block?.reasoningContent) ? toThinkingBlock(block.reasoningContent) : undefined
          if (thinking !== undefined) yield { type: 'delta', choice: 0, delta: { thinking_blocks: [thinking] } }
          break
        }
        case 'messageStop':
          stop = payload
          yield* toMeta(undefined, { additionalModelResponseFields: payload.additionalModelResponseFields })
          break
        case 'metadata': {
          const { usage, ...others } = payload
          yield* toMeta(usage, others)
        }
      }
    },
    isOver: () => false,
    *end() {
      if (stop === undefined) throw toBrokenTurn(model, 'broke off before its answer was complete')
      const inOrder = [...drafts].sort(([a], [b]) => a - b).map(([, draft]) => draft)
      yield* endTurn(
        inOrder.map(finishBlock).filter(block => block !== undefined),
        stop.stopReason,
        inOrder.map(finishCall).filter(call => call !== undefined),
      )
    },
  }
}

/** The statuses that these exceptions have as HTTP answers (Bedrock Runtime service model). */
const statuses: ReadonlyMap<string, number> = new Map([
  ['validationException', 400],
  ['accessDeniedException', 403],
  ['resourceNotFoundException', 404],
  ['modelTimeoutException', 408],
  ['modelErrorException', 424],
  ['modelStreamErrorException', 424],
  ['throttlingException', 429],
  ['modelNotReadyException', 429],
  ['internalServerException', 500],
  ['serviceUnavailableException', 503],
])

function toException(model: string, event: string, data: string, redact: ReadContext['redact']): Error {
  const payload = parseJson(data)
  const given = isObject(payload) ? payload : {}
  const message = [given.message, given.Message, given.originalMessage].find(
    text => typeof text === 'string' && text !== '',
  )
  const name = event === 'error' && typeof given.code === 'string' && given.code !== '' ? given.code : event
  const body = JSON.stringify({
    ...given,
    message: message ?? `Bedrock ended the stream with ${name}.`,
    type: name,
    code: name,
  })
  const known = name.charAt(0).toLowerCase() + name.slice(1)
  return toProviderError(model, { status: statuses.get(known) ?? 502, body }, redact)
}

function parsePayload(data: string, model: string): JsonObject {
  const payload = parseJson(data)
  if (isObject(payload)) return payload
  throw toBrokenTurn(model, 'sent an event that is not a JSON object')
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
