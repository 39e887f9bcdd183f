import { GatewayError, messageOf } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { ReadContext } from '../codec.ts'
import { toBrokenTurn, toInnerError, toProviderError } from '../wire/provider-error.ts'

/** What a package of the AI SDK refuses itself, before it asks anyone. */
const refusals = new Set(['AI_UnsupportedFunctionalityError', 'AI_InvalidPromptError', 'AI_InvalidArgumentError'])

/**
 * The error for whatever a package of the AI SDK threw, or put into its stream: `AI_APICallError` with the provider's
 * status, body and `Retry-After`; a request that the package cannot write; an error of the provider's inside a stream.
 */
export function toFailure(thrown: unknown, { model, redact }: ReadContext): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  if (!isObject(thrown)) return toInnerError(model, { error: String(thrown) }, redact)
  const { statusCode: status, responseBody: body, responseHeaders: headers, name, message } = thrown
  if (typeof status === 'number') {
    const text = typeof body === 'string' && body !== '' ? body : String(message)
    const retryAfter =
      isObject(headers) && typeof headers['retry-after'] === 'string' ? headers['retry-after'] : undefined
    return toProviderError(model, { status, body: text, retryAfter }, redact)
  }
  if (!(thrown instanceof Error)) return toInnerError(model, { error: thrown }, redact)
  if (refusals.has(String(name))) {
    const said = redact(messageOf(thrown)).slice(0, 200)
    return new GatewayError('REQUEST_INVALID', `The package of model "${model}" cannot send this: ${said}`, {
      cause: thrown,
      data: { code: 'unsupported_value' },
    })
  }
  const cause = new Error(redact(messageOf(thrown)))
  cause.name = thrown.name
  return toBrokenTurn(model, 'could not be asked', cause)
}
