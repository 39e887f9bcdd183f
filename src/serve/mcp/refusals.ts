import { inputMethods, missingCapabilities } from '../../core/client-capabilities.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { rpcCode } from '../../core/protocol.ts'

/**
 * That a client cannot or will not answer, as what is told to the server that asks.
 *
 * @param code - of the JSON-RPC error in `data`; the client's own where it gave one
 */
export function refusal(message: string, code: number = rpcCode.internal, data?: unknown): GatewayError {
  const error = { code, message, ...(data !== undefined && { data }) }
  return new GatewayError('CLIENT_REFUSED', message.slice(0, 200), { data: error })
}

/**
 * Why a client cannot be asked this, as {@link refusal}; undefined when it can. Its `data.data` lists what the client does
 * not declare, as error -32021 does.
 *
 * @param code - what a missing capability is called in the client's era
 */
export function refusalToAsk(
  method: string,
  params: JsonObject,
  declared: JsonObject,
  code: number,
): GatewayError | undefined {
  if (!inputMethods.includes(method))
    return refusal(`No client answers ${method.slice(0, 60)}.`, rpcCode.methodNotFound)
  const missing = missingCapabilities(method, params, declared)
  if (missing === undefined) return undefined
  const what = Object.keys(missing).join(', ')
  return refusal(`The client does not declare what it is asked: ${what}.`, code, { requiredCapabilities: missing })
}

/** That nobody waits for the answer any more. */
export function cancelled(method: string): GatewayError {
  return new GatewayError('CANCELLED', `${method} was cancelled before the client answered.`)
}
