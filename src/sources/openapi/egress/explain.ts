import { GatewayError, messageOf } from '../../../core/errors.ts'
import { connectTimeoutMs, maxHeaderBytes } from '../../../egress/bounds.ts'
import { Denied } from '../../../egress/denied.ts'

/** Why a request was given up by us. */
export const timedOut: unique symbol = Symbol('timed out')
/** The caller went away. */
export const cancelled: unique symbol = Symbol('cancelled')

/**
 * Says in one line why a request failed: who, `host:port`, the reason in words, and its code.
 *
 * @param reason - {@link timedOut}, {@link cancelled}, or what was thrown
 */
export function explain(name: string, url: URL, timeoutMs: number, reason: unknown, cause: unknown): GatewayError {
  const { protocol, hostname, port } = url
  const host = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  if (reason === cancelled) return new GatewayError('CANCELLED', `The call to ${name} at ${host} was cancelled.`)
  if (reason === timedOut) {
    return new GatewayError('SOURCE_TIMEOUT', `${name} at ${host} gave no answer within ${timeoutMs} ms.`, { cause })
  }
  if (cause instanceof Denied) {
    const remedy = 'If that is meant, the operator names the host in servers.json: as "baseUrl", or in "allowHosts".'
    return new GatewayError('EGRESS_DENIED', `${name} may not be reached at ${host}, ${cause.message}. ${remedy}`)
  }
  const code = codeOf(cause)
  const why = (code === undefined ? undefined : explanations.get(code)) ?? messageOf(cause).slice(0, 160)
  const shown = code === undefined || why.includes(code) ? why : `${why} (${code})`
  return new GatewayError('SOURCE_UNAVAILABLE', `${name} cannot be reached at ${host}: ${shown}.`, { cause })
}

/** The code of the innermost error that has one. */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { code } = thrown as NodeJS.ErrnoException
  if (code !== undefined) return code
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : codeOf(thrown.cause)
}

const unknownIssuer = 'its certificate is from an authority that is not known here: give that as "tls.ca"'
const noCertificate = 'it asks for a client certificate: give one as "tls.cert" and "tls.key"'
const badCertificate = 'it does not accept the client certificate ("tls.cert")'

const explanations: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'the connection was closed before the answer was complete'],
  ['UND_ERR_SOCKET', 'the connection was closed before the answer was complete'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the answer is shorter or longer than it said'],
  ['UND_ERR_CONNECT_TIMEOUT', `no connection within ${connectTimeoutMs} ms`],
  ['UND_ERR_HEADERS_OVERFLOW', `the headers of its answer are larger than ${maxHeaderBytes} bytes`],
  ['ENOTFOUND', 'there is no such host name'],
  ['EAI_AGAIN', 'the name server does not answer'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'no route to the network'],
  ['Z_DATA_ERROR', 'its compressed answer is damaged'],
  ['Z_BUF_ERROR', 'its compressed answer is incomplete'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed: give it as "tls.ca"'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate chain is self-signed: give its authority as "tls.ca"'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownIssuer],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownIssuer],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownIssuer],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', noCertificate],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'it breaks the TLS handshake off; it may ask for a client certificate'],
  ['ERR_SSL_TLS_ALERT_UNKNOWN_CA', badCertificate],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', badCertificate],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', badCertificate],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS there: is the URL an http one?'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'it does not speak TLS there: is the URL an http one?'],
])
