import type { JsonObject } from '../../core/json.ts'

/** Ends of a turn that is of no use: the caller gets an error, which whoever routes may answer with a new try. */
const failures = new Set([
  'MALFORMED_FUNCTION_CALL',
  'MALFORMED_RESPONSE',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MISSING_THOUGHT_SIGNATURE',
])

const filtered = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MODEL_ARMOR',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
])

/**
 * Google's `finishReason` as one of OpenAI's. `STOP` is also the end of a turn with calls; what says nothing of its
 * own, such as `OTHER` and `NO_IMAGE`, is a `stop`.
 */
export function toFinishReason(reason: string, hasCalls: boolean): 'stop' | 'length' | 'tool_calls' | 'content_filter' {
  if (filtered.has(reason)) return 'content_filter'
  if (reason === 'MAX_TOKENS' || reason === 'CONTINUATION') return 'length'
  return hasCalls ? 'tool_calls' : 'stop'
}

/** The error, as Google would write it, for a turn that ended in failure; undefined for any other end. */
export function failureOf(reason: string, message: unknown): JsonObject | undefined {
  if (!failures.has(reason)) return undefined
  const detail = typeof message === 'string' && message !== '' ? ` (${message.slice(0, 300)})` : ''
  return {
    error: {
      status: reason,
      code: reason.toLowerCase(),
      message: `The model ended its turn with ${reason}${detail}. Ask again; if it stays so, offer fewer or simpler tools.`,
    },
  }
}
