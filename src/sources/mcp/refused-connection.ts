import { GatewayError } from '../../core/errors.ts'

/** Tells that nobody listens at the address: the server has ended, and with it whatever it knew of us. */
export function isRefusedConnection(error: unknown): error is GatewayError {
  const cause = error instanceof GatewayError && error.code === 'SOURCE_UNAVAILABLE' ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}
