import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Redact } from './provider-error.ts'
import { isInnerError, toBrokenTurn, toInnerError } from './provider-error.ts'

/**
 * Parses a whole answer.
 *
 * @throws GatewayError `PROVIDER_ERROR` for what is not a JSON object, and for an error in the place of an answer
 */
export function parseAnswer(model: string, text: string, redact: Redact): JsonObject {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch (cause) {
    throw toBrokenTurn(model, 'sent an answer that is not JSON', cause)
  }
  if (!isObject(answer)) throw toBrokenTurn(model, 'sent an answer that is not a JSON object')
  if (isInnerError(answer)) throw toInnerError(model, answer, redact)
  return answer
}
