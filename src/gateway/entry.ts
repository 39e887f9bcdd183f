import type { Items } from '../core/item-catalog.ts'
import type { SourceLedger } from '../core/ledger.ts'
import { withLockedNames } from '../core/ledger.ts'
import type { LockedSource, SourceLock } from '../core/lock.ts'
import type { OfferRules } from '../core/policy.ts'
import type { SourceHealth, SourceTool, ToolSource } from '../core/tool-source.ts'

/** A source with the rules of its entry in the configuration. `ledger`: the names of an earlier run; the lock's win. */
export type OfferedSource = OfferRules & Readonly<{ source: ToolSource; lock?: SourceLock; ledger?: SourceLedger }>

/** What is known of one source that is offered. */
export type Entry = {
  offered: OfferedSource
  tools?: readonly SourceTool[]
  items?: Items
  /** A list of them is on its way; and the source has changed since it was asked for. */
  listing: boolean
  itemsAgain: boolean
  /** What was logged of them last. */
  itemProblems?: readonly string[]
  /** Resolves after the first list or failure, or when it has been waited for long enough. */
  first: Promise<void>
  endWait: () => void
  running: boolean
  /** It changed while it was being listed. */
  again: boolean
  listedAt: number
  /** Lists that failed since the last that did not. */
  failures: number
  /** What kind of line was logged last, so that an upstream that stays away is told of once. */
  told?: string
  /** What the operator should know of its list. */
  notice?: string
  /** The lock whose names were taken over. */
  locked?: LockedSource | undefined
  timer?: NodeJS.Timeout
  unfollow: () => void
}

/** How long the first list is waited for, and whom to tell. */
export type EntryOptions = Readonly<{ waitMs: number; onWaited: () => void; onChange: () => void }>

/** Begins to follow a source, and to wait for its first list. */
export function newEntry(offered: OfferedSource, { waitMs, onWaited, onChange }: EntryOptions): Entry {
  const { promise: first, resolve } = Promise.withResolvers<void>()
  const endWait = (): void => {
    clearTimeout(patience)
    onWaited()
    resolve()
  }
  const patience = setTimeout(endWait, waitMs).unref()
  return {
    offered,
    first,
    endWait,
    running: false,
    again: false,
    listing: false,
    itemsAgain: false,
    listedAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    unfollow: offered.source.onChange(onChange),
  }
}

/** True for a source that cannot be used, and could not for longer than `keepMs`. `now` is in milliseconds since 1970. */
export function isLongAway({ state, lastFailure }: SourceHealth, keepMs: number, now: number): boolean {
  // One that refuses a call is there, and only its next call can tell that it does not any more.
  const refuses = state === 'needs_auth' && lastFailure?.stage !== 'call'
  const isAway = state === 'failed' || refuses || (state === 'connecting' && lastFailure !== undefined)
  return isAway && lastFailure !== undefined && now - Date.parse(lastFailure.since) > keepMs
}

/** True for a list that was read long enough ago to be another by now. `now` is as `listedAt`. */
export function isStale({ offered, tools, running, failures, listedAt }: Entry, now: number): boolean {
  // What fails is read again without being asked for.
  if (tools === undefined || running || failures > 0) return false
  return now - listedAt > (offered.source.features?.staleAfterMs() ?? Number.POSITIVE_INFINITY)
}

/** The names known of a source. Those of a lock are laid over them once for each lock, also while the gateway runs. */
export function ledgerOf(entry: Entry, known: SourceLedger | undefined): SourceLedger | undefined {
  const { ledger, lock } = entry.offered
  const locked = lock?.mode === 'off' ? undefined : lock?.locked
  const isNew = locked !== entry.locked
  entry.locked = locked
  return locked !== undefined && isNew ? withLockedNames(known ?? ledger, locked) : (known ?? ledger)
}
