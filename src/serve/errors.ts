import type { ErrorCode } from '../core/errors.ts'
import { GatewayError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { RpcError } from '../core/protocol.ts'
import { rpcCode } from '../core/protocol.ts'

/** HTTP status and JSON-RPC number of each code. A tool or source that is not there is a bad parameter to MCP. */
const table: Record<ErrorCode, readonly [status: number, rpc: number]> = {
  CONFIG_INVALID: [400, rpcCode.invalidParams],
  DOCUMENT_INVALID: [422, rpcCode.invalidParams],
  DOCUMENT_UNREACHABLE: [502, rpcCode.internal],
  TOOL_NOT_FOUND: [404, rpcCode.invalidParams],
  ITEM_NOT_FOUND: [404, rpcCode.invalidParams],
  SOURCE_NOT_FOUND: [404, rpcCode.invalidParams],
  SOURCE_UNAVAILABLE: [502, rpcCode.internal],
  SOURCE_TIMEOUT: [504, rpcCode.internal],
  SOURCE_UNAUTHORIZED: [502, rpcCode.internal],
  SOURCE_PROTOCOL: [502, rpcCode.internal],
  EGRESS_DENIED: [403, rpcCode.internal],
  CALLER_SERVER_FAILED: [424, rpcCode.internal],
  SOURCE_ERROR: [502, rpcCode.internal],
  CLIENT_REFUSED: [502, rpcCode.internal],
  REQUEST_INVALID: [400, rpcCode.invalidRequest],
  REQUEST_TOO_LARGE: [413, rpcCode.invalidRequest],
  METHOD_NOT_FOUND: [404, rpcCode.methodNotFound],
  UNAUTHORIZED: [401, rpcCode.invalidRequest],
  FORBIDDEN: [403, rpcCode.invalidRequest],
  CURSOR_INVALID: [400, rpcCode.invalidParams],
  MODEL_NOT_FOUND: [404, rpcCode.invalidParams],
  PROVIDER_ERROR: [502, rpcCode.internal],
  LIMIT_REACHED: [429, rpcCode.internal],
  CANCELLED: [499, rpcCode.internal],
  PORT_IN_USE: [500, rpcCode.internal],
  INTERNAL: [500, rpcCode.internal],
}

/** A failure whose JSON-RPC number and HTTP status MCP itself fixes, such as a header that contradicts the body. */
export class RpcFailure extends Error {
  readonly code: number
  readonly status: number
  readonly data: unknown

  constructor(code: number, message: string, options: { status?: number; data?: unknown } = {}) {
    super(message)
    this.code = code
    this.status = options.status ?? 400
    this.data = options.data
  }
}

/** Whatever was thrown, as a GatewayError: a fault of our own becomes `INTERNAL` and tells nothing of its insides. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  return new GatewayError('INTERNAL', 'The gateway failed at this request; its log says why.', { cause: thrown })
}

/** The HTTP status of anything that was thrown. */
export function toHttpStatus(thrown: unknown): number {
  if (thrown instanceof RpcFailure) return thrown.status
  return table[toGatewayError(thrown).code][0]
}

/** The JSON-RPC error of anything that was thrown. What an upstream or a client answered as an error is
 * passed on as it came. */
export function toRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcFailure) {
    return { code: thrown.code, message: thrown.message, ...(thrown.data !== undefined && { data: thrown.data }) }
  }
  const error = toGatewayError(thrown)
  const passedOn = error.code === 'SOURCE_ERROR' || error.code === 'CLIENT_REFUSED'
  if (passedOn && isObject(error.data) && typeof error.data.code === 'number') return error.data as RpcError
  const code = error.code === 'REQUEST_INVALID' && error.data === 'parse' ? rpcCode.parseError : table[error.code][1]
  // Which prompt or resource is not there (2025-11-25, server/resources, "Error Handling").
  const what = error.code === 'ITEM_NOT_FOUND' && isObject(error.data) ? error.data : {}
  return { code, message: error.message, data: { ...what, code: error.code } }
}

/** The JSON body of an error at the REST doors: a stable code and a sentence; of a document also where it is wrong. */
export function toRestError(thrown: unknown): { error: { code: ErrorCode; message: string; data?: unknown } } {
  const { code, message, data } = toGatewayError(thrown)
  return { error: { code, message, ...(code === 'DOCUMENT_INVALID' && data !== undefined && { data }) } }
}
