import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ListHints } from '../../core/list-hints.ts'
import { strictest } from '../../core/list-hints.ts'
import type { Session } from './session.ts'

/** What a modern upstream says of its lists, and for how long a list of any upstream is taken to be as it was. */
export type ListAge = Readonly<{
  /** Notes one page of the list of this method. `isFirst`: those of the time before count no more. */
  note(session: Session, method: string, page: JsonObject, isFirst: boolean): void
  hints(method: string): ListHints
  /** Milliseconds after which its lists may be others; undefined for one that tells of changes. */
  staleAfterMs(session: Session): number | undefined
}>

/** A server that says 0 is not asked more often. */
const leastMs = 1_000

/** @param maxAgeMs - for servers that neither tell of changes nor say how long their lists hold: `limits.maxListAgeMs` */
export function keepListAge(maxAgeMs: number, overHttp: boolean): ListAge {
  const hints = new Map<string, ListHints>()
  return {
    note({ modern }, method, page, isFirst) {
      const own = modern ? hintsOf(page) : {}
      hints.set(method, isFirst ? own : strictest([own, hints.get(method) ?? {}]))
    },
    hints: method => hints.get(method) ?? {},
    staleAfterMs({ modern, capabilities }) {
      // Over HTTP an old server may say that it tells, and have no stream to do so: those without sessions have none.
      const isHeard = modern || !overHttp
      if (isHeard && listed.every(feature => tellsOf(capabilities[feature]))) return undefined
      const { ttlMs = maxAgeMs } = strictest([...hints.values()])
      return Math.min(Math.max(ttlMs, leastMs), maxAgeMs)
    },
  }
}

const listed = ['tools', 'prompts', 'resources']

function tellsOf(declared: unknown): boolean {
  return !isObject(declared) || declared.listChanged === true
}

function hintsOf({ ttlMs, cacheScope }: JsonObject): ListHints {
  return {
    ...(typeof ttlMs === 'number' && ttlMs >= 0 && { ttlMs }),
    ...(cacheScope === 'private' && { isPrivate: true }),
  }
}
