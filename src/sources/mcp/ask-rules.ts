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

/** Which capability each request to a client needs. */
const needed: Readonly<Record<string, string>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
}

/** Tells whether a method is one that servers ask clients for. */
export function isAsk(method: string): boolean {
  return Object.hasOwn(needed, method)
}

/**
 * Says why a client cannot be asked for this, with the code of the revisions: -32601 for a feature that it does not
 * declare, -32602 for a part of one (MCP 2025-11-25, client/elicitation and client/sampling, "Error Handling").
 */
export function lackOf(method: string, params: JsonObject, capabilities: JsonObject): RpcError | undefined {
  const feature = needed[method]
  const declared = feature === undefined ? undefined : capabilities[feature]
  if (!isObject(declared)) {
    return { code: rpcCode.methodNotFound, message: `The client does not support ${feature ?? method}.` }
  }
  const part = partOf(method, params, declared)
  if (part === undefined || isObject(declared[part])) return undefined
  return { code: rpcCode.invalidParams, message: `The client does not support ${feature}.${part}.` }
}

/** The capabilities that a client would have to declare, as `data.requiredCapabilities` of -32021 names them. */
export function requiredFor(method: string, params: JsonObject): JsonObject {
  const feature = needed[method]
  if (feature === undefined) return {}
  const part = partOf(method, params, {})
  return { [feature]: part === undefined ? {} : { [part]: {} } }
}

/** The part of a feature that a request uses beyond what all clients with the feature have. */
function partOf(method: string, params: JsonObject, declared: JsonObject): string | undefined {
  if (method === 'sampling/createMessage') return params.tools === undefined ? undefined : 'tools'
  if (method !== 'elicitation/create') return undefined
  if (params.mode === 'url') return 'url'
  // A client that names no mode has forms: those before 2025-11-25 know nothing else.
  return Object.keys(declared).length === 0 ? undefined : isObject(declared.url) ? 'form' : undefined
}
