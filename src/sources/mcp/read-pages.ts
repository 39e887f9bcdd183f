import { count } from '../../core/count.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { writeJson } from '../../core/json-text.ts'
import type { Limits } from '../../core/limits.ts'
import type { Session } from './session.ts'

/** What listing needs besides the session. */
export type ListOptions = Readonly<{
  sourceId: string
  signal: AbortSignal
  limits: Pick<Limits, 'listTimeoutMs' | 'maxPages' | 'maxToolsPerSource'>
  log: (level: 'debug' | 'warn', message: string) => void
  /** Bytes of all pages of one list together. */
  maxListBytes?: number | undefined
  /** Given each page of a list. */
  onPage?: (method: string, page: JsonObject, isFirst: boolean) => void
}>

/** Which list is read: by which method, and in which field of its result. */
export type ListKind = Readonly<{ method: string; field: string }>

/**
 * Reads all pages of one list of an upstream, in its order, and hands its entries over one by one, whatever they are.
 *
 * A repeated cursor, one page too many, or as many entries as a source may have end the list with what was read, and a
 * warning.
 *
 * @param take - returns how many entries are kept by now
 * @throws GatewayError `SOURCE_*`, also for more than `maxListBytes`: a part of such a list would be of no use to anyone
 */
export async function readPages(
  session: Session,
  { method, field }: ListKind,
  { sourceId, signal, limits, log, onPage, maxListBytes = Number.POSITIVE_INFINITY }: ListOptions,
  take: (listed: unknown) => number,
): Promise<void> {
  const cursors = new Set<string>()
  const late = AbortSignal.timeout(limits.listTimeoutMs)
  const deadline = AbortSignal.any([signal, late])
  let kept = 0
  let bytes = 0
  for (let cursor: string | undefined, page = 1; ; page += 1) {
    const asking = session.request(method, cursor === undefined ? {} : { cursor }, {
      signal: deadline,
      timeoutMs: limits.listTimeoutMs,
    })
    const result = await asking.catch((cause: unknown) => {
      if (signal.aborted || !late.aborted) throw cause
      // Given up by us, and not by who asked for the list.
      const message = `"${sourceId}" gave no answer to ${method} within ${limits.listTimeoutMs} ms (limits.listTimeoutMs).`
      throw new GatewayError('SOURCE_TIMEOUT', message, { cause })
    })
    if (maxListBytes !== Number.POSITIVE_INFINITY) bytes += Buffer.byteLength(writeJson(result))
    if (bytes > maxListBytes)
      throw new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" lists ${field} of more than ${maxListBytes} bytes.`)
    const entries = result[field]
    if (!Array.isArray(entries))
      throw new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" answered ${method} without a list of ${field}.`)
    onPage?.(method, result, page === 1)
    for (const listed of entries as unknown[]) kept = take(listed)
    const next = result.nextCursor
    if (typeof next !== 'string') return
    const stop = cursors.has(next)
      ? 'repeats a cursor'
      : page >= limits.maxPages
        ? `has more than ${limits.maxPages} pages (limits.maxPages)`
        : kept >= limits.maxToolsPerSource
          ? `has more than ${limits.maxToolsPerSource} ${field} (limits.maxToolsPerSource)`
          : undefined
    if (stop !== undefined)
      return log('warn', `"${sourceId}" ${stop}; the list ends at ${count(kept, field.slice(0, -1))}.`)
    cursors.add(next)
    cursor = next
  }
}
