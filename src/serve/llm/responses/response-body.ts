import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Usage } from '../../../core/model.ts'
import { toOpenAiError } from '../openai-error.ts'

/** What an answer is from its beginning on. */
export type ResponseHead = Readonly<{
  id: string
  /** Seconds since 1970. */
  createdAt: number
  /** What the caller asked for. */
  model: string
  store: boolean
  /** What it repeats of the request. */
  echo: JsonObject
}>

/** How an answer ended, as its fields tell it. */
export type Ending = Readonly<{
  status: 'completed' | 'incomplete' | 'failed'
  error?: JsonObject
  incomplete_details?: JsonObject
}>

/** Writes the `response` of an event, or the body of an answer. Keys that clients may count on are there, if only with null. */
export function toResponse(head: ResponseHead, output: readonly JsonObject[], fields: JsonObject): JsonObject {
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdAt,
    status: 'in_progress',
    completed_at: null,
    error: null,
    incomplete_details: null,
    model: head.model,
    ...head.echo,
    store: head.store,
    output: [...output],
    ...fields,
  }
}

/** How an answer ended whose last turn had this reason, in OpenAI chat's words. */
export function toEnding(reason: string): Ending {
  if (reason === 'content_filter') return incomplete('content_filter')
  if (reason === 'length' || reason === 'max_tokens' || reason === 'model_length')
    return incomplete('max_output_tokens')
  if (reason !== 'error') return { status: 'completed' }
  return { status: 'failed', error: { code: 'server_error', message: 'The model ended its answer with an error.' } }
}

/** How an answer ended that broke off. The codes are the few that OpenAI's clients know. */
export function toFailure(thrown: unknown): Ending {
  const { status, body } = toOpenAiError(thrown)
  const code = status === 429 ? 'rate_limit_exceeded' : status === 400 ? 'invalid_prompt' : 'server_error'
  return { status: 'failed', error: { code, message: body.error.message } }
}

/** Tokens in the words of this API. Undefined where the provider told none. */
export function toUsage(usage: Usage | undefined): JsonObject | undefined {
  if (usage === undefined) return undefined
  const input = numberOf(usage.prompt_tokens)
  const output = numberOf(usage.completion_tokens)
  const read = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {}
  const thought = isObject(usage.completion_tokens_details) ? usage.completion_tokens_details : {}
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: numberOf(read.cached_tokens),
      cache_write_tokens: numberOf(read.cache_write_tokens ?? usage.cache_creation_input_tokens),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: numberOf(thought.reasoning_tokens) },
    total_tokens: numberOf(usage.total_tokens ?? input + output),
  }
}

function incomplete(reason: string): Ending {
  return { status: 'incomplete', incomplete_details: { reason } }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
