/**
 * How long a `Retry-After` asks to wait: seconds, or until a date (RFC 9110, section 10.2.3).
 *
 * @param now - milliseconds since 1970
 * @returns milliseconds, never less than 0; undefined for neither
 */
export function readRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (text === '') return undefined
  const seconds = Number(text)
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
