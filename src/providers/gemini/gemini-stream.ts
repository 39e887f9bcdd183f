import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnEvent, Usage } from '../../core/model.ts'
import type { ReadContext, StreamReader } from '../codec.ts'
import { parseFrameJson } from '../wire/parse-frame.ts'
import { isInnerError, toBrokenTurn, toInnerError } from '../wire/provider-error.ts'
import { blockedEvents, candidatesOf, modelOf } from './gemini-answer.ts'
import { toUsage } from './gemini-usage.ts'
import { readCandidates } from './read-candidates.ts'

/**
 * Reads the events of `streamGenerateContent?alt=sse` as the events of a turn; each is a whole JSON chunk.
 *
 * Text is passed on as it comes. Calls are held back until every candidate has ended well, with a `finishReason`; usage
 * is told once, as the last chunk counts it. A turn that ended in failure throws, too.
 */
export function fromGeminiStream({ model, redact }: ReadContext): StreamReader {
  const candidates = readCandidates(model, redact)
  let modelVersion: string | undefined
  let usage: Usage | undefined
  let blocked: readonly TurnEvent[] = []
  let isDone = false
  return {
    *read({ data }) {
      // Google ends without a word, but what stands between may speak OpenAI.
      if (data.trim() === '[DONE]') {
        isDone = true
        return
      }
      const chunk = parseChunk(data, model)
      if (isInnerError(chunk)) throw toInnerError(model, chunk, redact)
      const version = modelOf(chunk)
      if (version !== undefined && version !== modelVersion) yield { type: 'meta', model: version }
      modelVersion = version ?? modelVersion
      usage = toUsage(chunk.usageMetadata) ?? usage
      const refused = blockedEvents(chunk)
      if (refused.length > 0) blocked = refused
      for (const raw of candidatesOf(chunk)) yield* candidates.add(raw)
    },
    isOver: () => isDone,
    *end() {
      if (candidates.count === 0 && blocked.length === 0) throw toBrokenTurn(model, 'sent a stream without an answer')
      const ends = candidates.count === 0 ? blocked : candidates.end({ mayLackReason: false, modelVersion })
      if (usage !== undefined) yield { type: 'meta', usage }
      yield* ends
    },
  }
}

/** An error also comes alone in a list. */
function parseChunk(text: string, model: string): JsonObject {
  const chunk = parseFrameJson(text, model, 'a chunk')
  const first: unknown = Array.isArray(chunk) && chunk.length === 1 ? chunk[0] : chunk
  if (isObject(first)) return first
  throw toBrokenTurn(model, 'sent a chunk that is not a JSON object')
}
