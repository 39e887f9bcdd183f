import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnEvent } from '../../core/model.ts'
import type { ReadContext } from '../codec.ts'
import { toUsage } from './gemini-usage.ts'
import { readCandidates } from './read-candidates.ts'

/**
 * Reads a whole answer of `generateContent` as the events of a turn.
 *
 * @returns nothing for what is no answer
 * @throws GatewayError `PROVIDER_ERROR` for a turn that ended in failure, such as `MALFORMED_FUNCTION_CALL`
 */
export function fromGemini(answer: JsonObject, { model, redact }: ReadContext): readonly TurnEvent[] {
  const modelVersion = modelOf(answer)
  const candidates = readCandidates(model, redact)
  const said = candidatesOf(answer).flatMap(raw => candidates.add(raw))
  const blocked = blockedEvents(answer)
  if (candidates.count === 0 && blocked.length === 0) return []
  const usage = toUsage(answer.usageMetadata)
  return [
    ...(modelVersion === undefined ? [] : [{ type: 'meta', model: modelVersion } as const]),
    ...said,
    ...(usage === undefined ? [] : [{ type: 'meta', usage } as const]),
    ...(candidates.count === 0 ? blocked : candidates.end({ mayLackReason: true, modelVersion })),
  ]
}

/** The candidates of an answer or of a chunk. */
export function candidatesOf(answer: JsonObject): readonly JsonObject[] {
  return Array.isArray(answer.candidates) ? answer.candidates.filter(isObject) : []
}

/** The model that answers, as the provider names it. */
export function modelOf(answer: JsonObject): string | undefined {
  const { modelVersion } = answer
  return typeof modelVersion === 'string' && modelVersion !== '' ? modelVersion : undefined
}

/** The turn of a prompt that was refused: a `refusal` that says why, and `content_filter`. Empty for any other. */
export function blockedEvents(answer: JsonObject): readonly TurnEvent[] {
  const feedback = answer.promptFeedback
  if (!isObject(feedback) || typeof feedback.blockReason !== 'string') return []
  const { blockReason, blockReasonMessage } = feedback
  const why = typeof blockReasonMessage === 'string' ? blockReasonMessage : `Gemini refused the prompt: ${blockReason}.`
  return [
    { type: 'delta', choice: 0, delta: { refusal: why } },
    {
      type: 'finish',
      choice: 0,
      reason: 'content_filter',
      fields: { native_finish_reason: blockReason, google: { promptFeedback: feedback } },
    },
  ]
}
