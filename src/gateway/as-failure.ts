import { GatewayError } from '../core/errors.ts'
import type { CallToolResult } from '../core/tool.ts'
import { errorResult } from '../core/tool.ts'

/**
 * An upstream that is away or silent is a failure that the model should read, so it becomes a value (SEP-1303). What
 * the upstream itself answered as an error, and what the caller cancelled, stay errors.
 */
export function asFailure(error: unknown): CallToolResult {
  const kinds = [
    'SOURCE_UNAVAILABLE',
    'SOURCE_TIMEOUT',
    'SOURCE_UNAUTHORIZED',
    'SOURCE_PROTOCOL',
    'EGRESS_DENIED',
    'DOCUMENT_INVALID',
    'DOCUMENT_UNREACHABLE',
  ]
  if (!(error instanceof GatewayError) || !kinds.includes(error.code)) throw error
  return { ...errorResult(error.message), _meta: { 'patchbay/code': error.code } }
}
