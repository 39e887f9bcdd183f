import { GatewayError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { toOpenAiError } from '../openai-error.ts'

/** An error as Anthropic's clients read it. */
export type AnthropicError = Readonly<{
  status: number
  headers: Record<string, string>
  body: Readonly<{ type: 'error'; error: Readonly<{ type: string; message: string; details?: JsonObject }> }>
}>

/**
 * Writes anything that was thrown in Anthropic's shape. A provider's error keeps its status and its words; its type too,
 * where that is one of Anthropic's.
 *
 * @param hasActed - tools have been called: the client must not repeat the request by itself, which would call them again
 */
export function toAnthropicError(thrown: unknown, hasActed = false): AnthropicError {
  const { status, headers, body } = toOpenAiError(thrown, hasActed)
  const { type, message } = body.error
  const known = typeof type === 'string' && knownTypes.has(type) && status >= 400 ? type : undefined
  const details = thrown instanceof GatewayError && isObject(thrown.data) ? thrown.data.details : undefined
  const error = {
    type: (known === 'invalid_request_error' ? undefined : known) ?? typeOf(status),
    message,
    // By these Anthropic's clients tell what to do; a provider's own are in other words.
    ...(isObject(details) && { details }),
  }
  return { status, headers, body: { type: 'error', error } }
}

/** The body alone, for whoever has the status already. */
export function toAnthropicBody(thrown: unknown): JsonObject {
  return toAnthropicError(thrown).body
}

/** The types of the API by the status they come with (API reference, Errors). */
const types: ReadonlyMap<number, string> = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])

const knownTypes = new Set(types.values())

function typeOf(status: number): string {
  return types.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
}
