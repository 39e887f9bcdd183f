import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Usage } from '../../core/model.ts'

/**
 * Writes `usageMetadata` in OpenAI's words. Thoughts count as completion, the results of Google's own tools as prompt.
 *
 * @returns undefined where nothing is counted, as on all but the last chunk of Vertex
 */
export function toUsage(counts: unknown): Usage | undefined {
  if (!isObject(counts)) return undefined
  const of = (name: string): number => (typeof counts[name] === 'number' ? counts[name] : 0)
  const prompt = of('promptTokenCount') + of('toolUsePromptTokenCount')
  const thoughts = of('thoughtsTokenCount')
  const completion = of('candidatesTokenCount') + thoughts
  if (prompt + completion + of('totalTokenCount') === 0) return undefined
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: of('totalTokenCount') || prompt + completion,
    prompt_tokens_details: {
      cached_tokens: of('cachedContentTokenCount'),
      ...byModality(counts.promptTokensDetails),
    },
    completion_tokens_details: { reasoning_tokens: thoughts, ...byModality(counts.candidatesTokensDetails) },
  }
}

/** `text_tokens`, `image_tokens`, `audio_tokens`, ... */
function byModality(details: unknown): JsonObject {
  const known = (Array.isArray(details) ? details : []).filter(isObject)
  return Object.fromEntries(
    known.flatMap(({ modality, tokenCount }) =>
      typeof modality === 'string' && typeof tokenCount === 'number'
        ? [[`${modality.toLowerCase()}_tokens`, tokenCount]]
        : [],
    ),
  )
}

/** Writes `logprobsResult` as the `logprobs` of a choice; undefined where there is none. */
export function toLogprobs(result: unknown): JsonObject | undefined {
  if (!isObject(result) || !Array.isArray(result.chosenCandidates)) return undefined
  const tops = Array.isArray(result.topCandidates) ? result.topCandidates : []
  return {
    content: result.chosenCandidates.filter(isObject).map((chosen, index) => {
      const top: unknown = tops[index]
      const others = isObject(top) && Array.isArray(top.candidates) ? top.candidates.filter(isObject) : []
      return { ...toToken(chosen), top_logprobs: others.map(toToken) }
    }),
    refusal: null,
  }
}

function toToken({ token, logProbability }: JsonObject): JsonObject {
  const text = typeof token === 'string' ? token : ''
  return { token: text, logprob: logProbability ?? 0, bytes: [...Buffer.from(text)] }
}
