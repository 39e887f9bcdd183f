import { GatewayError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { RpcError } from '../../core/protocol.ts'
import { rpcCode } from '../../core/protocol.ts'
import { RpcFailure, toHttpStatus, toRpcError } from '../errors.ts'

/** A failed request as its client's era tells it: the JSON-RPC error, and the HTTP status where it goes over HTTP. */
export type McpFailure = Readonly<{ error: RpcError; status: number }>

/**
 * Turns what was thrown while `method` was answered into an error of the client's era.
 *
 * A resource that is not there is -32002 to old clients and -32602 to modern ones, whichever the upstream said
 * (2026-07-28, basic, "Error Codes"; SEP-2164). Modern clients never get a code that their revision has given up, and none
 * gets those by which the upstream and we disagree about headers and versions: they belong to that hop.
 */
export function toMcpFailure(thrown: unknown, method: string, modern: boolean): McpFailure {
  const plain = toRpcError(thrown)
  const error = { ...plain, code: codeFor(plain, thrown, method, modern) }
  return { error, status: statusFor(thrown, error, modern) }
}

function codeFor({ code, data }: RpcError, thrown: unknown, method: string, modern: boolean): number {
  if (thrown instanceof RpcFailure) return code
  if (code === rpcCode.headerMismatch || code === rpcCode.unsupportedVersion) return rpcCode.internal
  if (modern) {
    if (code === rpcCode.resourceNotFound) return rpcCode.invalidParams
    return code === rpcCode.urlElicitation ? rpcCode.internal : code
  }
  if (!method.startsWith('resources/')) return code
  const ours = thrown instanceof GatewayError && thrown.code === 'ITEM_NOT_FOUND'
  const theirs = code === rpcCode.invalidParams && isObject(data) && typeof data.uri === 'string'
  return ours || theirs ? rpcCode.resourceNotFound : code
}

/** Old clients read an error only from a 200. What is wrong with the HTTP request itself keeps its status in both eras. */
function statusFor(thrown: unknown, { code }: RpcError, modern: boolean): number {
  if (modern && code === rpcCode.missingCapability) return 400
  if (!(thrown instanceof GatewayError)) return toHttpStatus(thrown)
  return modern && thrown.code === 'METHOD_NOT_FOUND' ? 404 : 200
}
