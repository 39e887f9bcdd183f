/** The answers that name another place for the same thing (RFC 9110, section 15.4). */
const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** True for the status of an answer that sends its caller somewhere else; 304 and its like do not. */
export function isRedirect(status: number): boolean {
  return redirecting.has(status)
}
