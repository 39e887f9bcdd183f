import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Sealer } from '../seal.ts'

/** What is kept of a session: what its client declared, cut down already, and the revision that was agreed on. */
export type SessionAbout = Readonly<{ capabilities: JsonObject; revision?: string | undefined }>

/** How sessions of old clients are named. Nobody can guess one, and nobody but its caller can use it. */
export type SessionIds = Readonly<{
  make(callerId: string, about: SessionAbout): string
  /** A session that was opened elsewhere; undefined for an id that says nothing, or not to this caller. */
  open(id: string, callerId: string): SessionAbout | undefined
}>

/** Ids that mean something only to the process that made them. */
export const plainIds: SessionIds = { make: () => randomUUID(), open: () => undefined }

/** Longer than any id of ours. */
const maxIdLength = 4_096

const purpose = 'session'

/**
 * Ids that hold their session, sealed: any replica that has the key goes on with it, as does the next process. What a session
 * is asked, follows and runs stays with the process that it does it in.
 *
 * @param maxAgeMs - after which an id is no more, however much it is used
 */
export function sealedIds(sealer: Sealer, maxAgeMs: number, now: () => number = Date.now): SessionIds {
  return {
    make: (caller, { capabilities, revision }) =>
      sealer.seal(purpose, { caller, capabilities, revision, until: now() + maxAgeMs }),
    open(id, callerId) {
      const opened = id.length <= maxIdLength ? sealer.open(purpose, id) : undefined
      if (!isObject(opened) || opened.caller !== callerId || Number(opened.until) < now()) return undefined
      const { capabilities, revision } = opened
      return {
        capabilities: isObject(capabilities) ? capabilities : {},
        ...(typeof revision === 'string' && { revision }),
      }
    },
  }
}
