import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { toBrokenTurn } from './provider-error.ts'

/**
 * Parses one message of a stream.
 *
 * @param what - what the wire calls it, for errors: `a chunk`
 * @throws GatewayError `PROVIDER_ERROR` for what is not a JSON object
 */
export function parseFrame(text: string, model: string, what: string): JsonObject {
  const value = parseFrameJson(text, model, what)
  if (isObject(value)) return value
  throw toBrokenTurn(model, `sent ${what} that is not a JSON object`)
}

/** {@link parseFrame} for a wire on which a message may be something else than an object. */
export function parseFrameJson(text: string, model: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw toBrokenTurn(model, `sent ${what} that is not JSON`, cause)
  }
}
