import { isObject } from '../../core/json.ts'
import type { TurnEvent } from '../../core/model.ts'
import type { ReadContext } from '../codec.ts'
import { toBrokenTurn } from '../wire/provider-error.ts'
import { endTurn, readReason, sayFile } from './ai-sdk-answer.ts'
import { toFailure } from './ai-sdk-failure.ts'
import type { ContentPart, StreamPart } from './language-model.ts'

/** A text or a thought on its way, with what its package says beside it. */
type Draft = { type: 'text' | 'reasoning'; text: string; providerMetadata?: unknown }

/**
 * Reads the parts of a streamed answer as the events of a turn.
 *
 * Text and reasoning are passed on as they come; calls are held back until `finish`. Packages give a call that was cut
 * in the middle as a whole one, before an `error` or before a `finish` that knows no reason: such a turn broke off.
 *
 * @param maxBytes - of the texts and inputs of one answer
 * @throws GatewayError `PROVIDER_ERROR`; RangeError past `maxBytes`
 */
export async function* fromAiSdkStream(
  parts: AsyncIterable<StreamPart>,
  context: ReadContext,
  maxBytes: number,
): AsyncGenerator<TurnEvent> {
  const content: (ContentPart | Draft)[] = []
  const drafts = new Map<string, Draft>()
  let finish: StreamPart | undefined
  let size = 0
  for await (const part of parts) {
    size += sizeOf(part.delta) + sizeOf(part.input)
    if (size > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`)
    switch (part.type) {
      case 'error':
        throw toFailure(part.error, context)
      case 'response-metadata':
        if (typeof part.modelId === 'string') yield { type: 'meta', model: part.modelId }
        break
      case 'text-start':
      case 'text-delta':
      case 'text-end':
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end': {
        const text = extend(part, drafts, content)
        if (text === '') break
        yield {
          type: 'delta',
          choice: 0,
          delta: { [part.type === 'text-delta' ? 'content' : 'reasoning_content']: text },
        }
        break
      }
      case 'tool-call':
        content.push(part)
        break
      case 'file':
        yield* sayFile(part)
        break
      case 'finish':
        finish = part
    }
  }
  if (finish === undefined || readReason(finish.finishReason) === undefined) {
    throw toBrokenTurn(context.model, 'broke off before its answer was complete')
  }
  yield* endTurn(content, { finishReason: finish.finishReason, usage: finish.usage })
}

/** @returns the piece of text that this part adds */
function extend(part: StreamPart, drafts: Map<string, Draft>, content: (ContentPart | Draft)[]): string {
  const type = part.type.startsWith('text') ? 'text' : 'reasoning'
  const key = `${type} ${String(part.id)}`
  let draft = drafts.get(key)
  if (draft === undefined || part.type.endsWith('-start')) {
    draft = { type, text: '' }
    drafts.set(key, draft)
    content.push(draft)
  }
  const text = typeof part.delta === 'string' ? part.delta : ''
  draft.text += text
  // Signatures come with the last pieces.
  if (isObject(part.providerMetadata)) draft.providerMetadata = part.providerMetadata
  return text
}

function sizeOf(text: unknown): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : 0
}
