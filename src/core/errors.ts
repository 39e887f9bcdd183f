/**
 * Every code a {@link GatewayError} may carry, with what it means. `serve/errors.ts` alone turns them into HTTP
 * statuses and JSON-RPC numbers.
 */
export const errorCodes = {
  CONFIG_INVALID: 'The configuration cannot be used; nothing was changed.',
  DOCUMENT_INVALID: 'An OpenAPI document cannot be read or understood.',
  DOCUMENT_UNREACHABLE: 'An OpenAPI document could not be fetched or opened.',
  TOOL_NOT_FOUND: 'No tool of that name is visible to this caller at this endpoint.',
  ITEM_NOT_FOUND: 'No prompt or resource of that name or URI is visible to this caller at this endpoint.',
  SOURCE_NOT_FOUND: 'No source or group of that name is visible to this caller.',
  SOURCE_UNAVAILABLE: 'The upstream cannot be reached, ended, or is still being connected.',
  SOURCE_TIMEOUT: 'The upstream gave no answer in time.',
  SOURCE_UNAUTHORIZED: 'The upstream asks for credentials that it was not given.',
  SOURCE_PROTOCOL: 'The upstream answered with something that is not valid MCP.',
  EGRESS_DENIED: 'A request would go to a host that the operator has not allowed.',
  CALLER_SERVER_FAILED: 'An MCP server that the caller named cannot be listed.',
  SOURCE_ERROR: 'The upstream answered with a JSON-RPC error of its own.',
  CLIENT_REFUSED: 'The client was asked for something that it cannot do, or answered with an error.',
  REQUEST_INVALID: 'The request is malformed.',
  REQUEST_TOO_LARGE: 'The request is larger than the configured limit.',
  METHOD_NOT_FOUND: 'The method or path does not exist here.',
  UNAUTHORIZED: 'No key, or a wrong one.',
  FORBIDDEN: 'The caller is known, but may not do this.',
  CURSOR_INVALID: 'The pagination cursor was not given out by this gateway.',
  MODEL_NOT_FOUND: 'No model of that name is configured.',
  PROVIDER_ERROR: 'The model provider refused or failed.',
  LIMIT_REACHED: 'A configured limit on count, time or size was reached.',
  CANCELLED: 'The caller went away or cancelled.',
  PORT_IN_USE: 'The address to listen on is taken.',
  INTERNAL: 'A fault of the gateway itself; see its log.',
} as const

/** One of the codes of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes

/**
 * A failure of the gateway, as opposed to a failure of a tool (which is a value, `isError: true`).
 *
 * The message is one sentence or two for the person who can mend it: what failed, to which thing, and the remedy. It
 * never holds a credential, a stack, or more than 200 characters of foreign text.
 */
export class GatewayError extends Error {
  readonly code: ErrorCode
  /** Machine-readable detail for the caller: JSON, no secrets. */
  readonly data: unknown

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; data?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'GatewayError'
    this.code = code
    this.data = options.data
  }
}

/** A message as it goes on behind a sentence that names the source already: `"x" is away.` is `it is away.` then. */
export function afterName(sourceId: string, message: string): string {
  const name = `"${sourceId}"`
  if (message.startsWith(`${name}: `)) return message.slice(name.length + 2)
  return message.startsWith(`${name} `) ? `it${message.slice(name.length)}` : message
}

/** The message of anything that was thrown, its causes' messages behind it where they add something. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const own = thrown.message || ((thrown as NodeJS.ErrnoException).code ?? thrown.name)
  if (thrown instanceof GatewayError || thrown.cause === undefined) return own
  const below = messageOf(thrown.cause)
  return own.includes(below) ? own : `${own}: ${below}`
}
