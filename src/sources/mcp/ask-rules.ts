import { inputMethods, missingCapabilities } from '../../core/client-capabilities.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { RpcError } from '../../core/protocol.ts'
import { rpcCode } from '../../core/protocol.ts'

/**
 * What an old server is told that a client can do: what some client may be able to, since its session is shared and older
 * than any client (decision 0006, point 5).
 */
export const offeredCapabilities: JsonObject = {
  elicitation: { form: {}, url: {} },
  sampling: { context: {}, tools: {} },
  roots: {},
}

/** Tells whether a method is one that servers ask clients for. */
export function isAsk(method: string): boolean {
  return inputMethods.includes(method)
}

/** Why a client cannot be asked: the error to the server, and what the client would have to declare. */
export type Lack = Readonly<{ error: RpcError; required: JsonObject }>

/**
 * Says why a client cannot be asked for this, with the code of the revisions: -32601 for a feature that it does not
 * declare, -32602 for a part of one (MCP 2025-11-25, client/elicitation and client/sampling, "Error Handling").
 *
 * @returns the error, with what the client would have to declare as `data.requiredCapabilities` of -32021 names it
 */
export function lackOf(method: string, params: JsonObject, capabilities: JsonObject): Lack | undefined {
  const required = isAsk(method) ? missingCapabilities(method, params, capabilities) : {}
  if (required === undefined) return undefined
  const [feature = method, parts] = Object.entries(required)[0] ?? []
  const declares = isObject(capabilities[feature])
  const lacking = declares && isObject(parts) ? [feature, ...Object.keys(parts)].join('.') : feature
  const code = declares ? rpcCode.invalidParams : rpcCode.methodNotFound
  return { error: { code, message: `The client does not support ${lacking}.` }, required }
}
