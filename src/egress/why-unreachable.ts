import { messageOf } from '../core/errors.ts'
import { connectTimeoutMs, maxHeaderBytes } from './bounds.ts'

/**
 * Says why a request has got no answer: the reason in words with its code, and behind it, where that is not said yet, what
 * to look at.
 *
 * @param thrown - by an HTTP client
 * @param how - `timeoutMs`: how long a connection may take to stand; `hasTls`: the entry may have `tls`
 * @returns sentences that go on behind "cannot be reached at host:"
 */
export function whyUnreachable(
  thrown: unknown,
  { timeoutMs = connectTimeoutMs, hasTls = true }: Readonly<{ timeoutMs?: number; hasTls?: boolean }> = {},
): string {
  const code = codeOf(thrown)
  const [known, remedy] = (code === undefined ? undefined : reasonOf(code, timeoutMs, hasTls)) ?? []
  const why = known ?? messageOf(thrown).trim().slice(0, 160)
  const shown = code === undefined || why.includes(code) ? why : `${why} (${code})`
  return remedy === undefined ? `${shown}.` : `${shown}. ${remedy}`
}

/** The code of the innermost error that has one. */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { code } = thrown as NodeJS.ErrnoException
  if (code !== undefined) return code
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : codeOf(thrown.cause)
}

type Reason = readonly [why: string, remedy?: string]

const noTls: Reason = ['it does not speak TLS there: is the URL an http one?']
const closed: Reason = ['the connection was closed before the answer was complete']
const noRoute = 'Is it in a network that this machine reaches?'

function reasonOf(code: string, timeoutMs: number, hasTls: boolean): Reason | undefined {
  const timeout: Reason = [`no connection within ${timeoutMs} ms`, noRoute]
  return code === 'UND_ERR_CONNECT_TIMEOUT' ? timeout : (reasons.get(code) ?? (hasTls ? ofTls : ofBareTls).get(code))
}

const reasons: ReadonlyMap<string, Reason> = new Map([
  ['ECONNREFUSED', ['connection refused', 'Does it run there, and is the port in its URL right?']],
  ['ECONNRESET', closed],
  ['UND_ERR_SOCKET', closed],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ['the answer is shorter or longer than it said']],
  ['ETIMEDOUT', ['no connection in time', noRoute]],
  ['UND_ERR_HEADERS_OVERFLOW', [`the headers of its answer are larger than ${maxHeaderBytes} bytes`]],
  ['ENOTFOUND', ['there is no such host name', 'Is the host in its URL spelt right?']],
  ['EAI_AGAIN', ['the name server does not answer', 'Is this machine connected?']],
  ['EHOSTUNREACH', ['no route to the host', noRoute]],
  ['ENETUNREACH', ['no route to the network', noRoute]],
  ['Z_DATA_ERROR', ['its compressed answer is damaged']],
  ['Z_BUF_ERROR', ['its compressed answer is incomplete']],
  ['CERT_HAS_EXPIRED', ['its certificate has expired']],
  ['ERR_TLS_CERT_ALTNAME_INVALID', ['its certificate is for another name']],
  ['ERR_SSL_WRONG_VERSION_NUMBER', noTls],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', noTls],
])

/** What certificates are wrong with, by code. */
function tlsReasons(ca: (what: string) => string, client: string, refused: string): ReadonlyMap<string, Reason> {
  const unknownIssuer: Reason = [`its certificate is from an authority that is not known here: ${ca('that')}`]
  const noCertificate: Reason = [`it asks for a client certificate: ${client}`]
  const badCertificate: Reason = [`it does not accept the client certificate${refused}`]
  return new Map([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', [`its certificate is self-signed: ${ca('it')}`]],
    ['SELF_SIGNED_CERT_IN_CHAIN', [`its certificate chain is self-signed: ${ca('its authority')}`]],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownIssuer],
    ['UNABLE_TO_GET_ISSUER_CERT', unknownIssuer],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownIssuer],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', noCertificate],
    [
      'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
      ['it breaks the TLS handshake off; it may ask for a client certificate'],
    ],
    ['ERR_SSL_TLS_ALERT_UNKNOWN_CA', badCertificate],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', badCertificate],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', badCertificate],
  ])
}

const ofTls = tlsReasons(what => `give ${what} as "tls.ca"`, 'give one as "tls.cert" and "tls.key"', ' ("tls.cert")')

/** Of entries without `tls`: Node itself reads further authorities from a file. */
const ofBareTls = tlsReasons(
  what => `name a file with ${what} in the variable NODE_EXTRA_CA_CERTS`,
  'MCP servers get none from here',
  '',
)
