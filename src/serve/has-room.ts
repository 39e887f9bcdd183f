import type { Caller } from '../core/caller.ts'
import { localCaller } from '../core/caller.ts'

/**
 * Whether a caller may take one place more of a number that all callers share.
 *
 * With a key it may have half of them, so that no one of them shuts all others out. Where no key is configured nobody
 * is told apart.
 *
 * @param taken - whose the places are that are taken now
 */
export function hasRoom(caller: Caller, taken: Iterable<Caller>, places: number): boolean {
  let [all, own] = [0, 0]
  for (const { id } of taken) {
    all += 1
    if (id === caller.id) own += 1
  }
  return all < places && (caller === localCaller || own < Math.ceil(places / 2))
}
