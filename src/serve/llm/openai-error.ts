import type { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ProviderFailure } from '../../core/model.ts'
import { toGatewayError, toHttpStatus } from '../errors.ts'
import { sendJson, writeEvent } from '../exchange.ts'
import type { TellFailure } from './answer.ts'

/** An error as OpenAI's clients read it: all four keys are there, always, and `type` is a text (OpenAI's API, `Error`). */
export type OpenAiError = Readonly<{
  status: number
  headers: Record<string, string>
  body: Readonly<{ error: ProviderFailure['error'] }>
}>

/**
 * Writes anything that was thrown in OpenAI's shape. A provider's error keeps its status and its words.
 *
 * @param hasActed - tools have been called: the client must not repeat the request by itself, which would call them again
 */
export function toOpenAiError(thrown: unknown, hasActed = false): OpenAiError {
  const error = toGatewayError(thrown)
  const failure = error.code === 'PROVIDER_ERROR' && isFailure(error.data) ? error.data : ownFailure(error)
  return {
    status: failure.status,
    headers: {
      ...(failure.retryAfter && { 'retry-after': failure.retryAfter }),
      // OpenAI's clients repeat 408, 409, 429 and 5xx unless this says no.
      ...(hasActed && { 'x-should-retry': 'false' }),
    },
    body: { error: { ...failure.error, type: failure.error.type ?? typeOf(failure.status) } },
  }
}

/** The body alone, for whoever has the status already. */
export function toOpenAiBody(thrown: unknown): JsonObject {
  return toOpenAiError(thrown).body
}

/** How OpenAI's surfaces tell that an answer failed. */
export const tellOpenAi: TellFailure = {
  refuse(thrown, { response }, hasActed) {
    const { status, headers, body } = toOpenAiError(thrown, hasActed)
    sendJson(response, status, body, headers)
  },
  /** The only way left is an `error` event, which OpenAI's clients throw; no `[DONE]` follows it. */
  breakOff(thrown, { response }) {
    writeEvent(response, JSON.stringify(toOpenAiError(thrown).body))
  },
}

function isFailure(data: unknown): data is ProviderFailure {
  return isObject(data) && typeof data.status === 'number' && isObject(data.error)
}

function ownFailure(error: GatewayError): ProviderFailure {
  // Out of time is not too many requests: a client that waits a second and tries again would not fare better.
  const status = error.code === 'LIMIT_REACHED' ? 504 : toHttpStatus(error)
  const data = isObject(error.data) ? error.data : {}
  return {
    status,
    error: {
      message: error.message,
      type: typeOf(status),
      param: typeof data.param === 'string' ? data.param : error.code === 'MODEL_NOT_FOUND' ? 'model' : null,
      code: typeof data.code === 'string' ? data.code : error.code.toLowerCase(),
    },
  }
}

/** Google and AWS tell none. */
function typeOf(status: number): string {
  return status >= 500 ? 'server_error' : (types[status] ?? 'invalid_request_error')
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  424: 'external_connector_error',
  429: 'rate_limit_error',
}
