import type { ClientLink } from '../../core/client-link.ts'
import type { Lack } from './ask-rules.ts'

/** Who waits for a call: the client behind it, and who is told of what that could not be asked. */
export type CallOwner = Readonly<{
  client?: ClientLink | undefined
  clientId?: string | undefined
  onLack?: (lack: Lack) => void
}>

/** A request that an upstream works on for a caller. */
export interface RunningCall {
  /** Its number on this connection; later calls have larger ones. */
  readonly id: number
  /** Absent where nobody can be asked. */
  readonly client: ClientLink | undefined
  /** The id of `client`. */
  readonly clientId: string | undefined
  /** The task that it is about, where it is about one. */
  readonly taskId: string | undefined
  /** Fires when the request has ended, however it did. */
  readonly ended: AbortSignal
  /** Stops its idle time while it waits for its client, and lets it go on. */
  hold(): void
  release(): void
  /** Tells its owner that its client could not be asked. */
  lacks(lack: Lack): void
  /** How often its client was asked. */
  asked: number
  /** Questions that its client has not answered yet. */
  asking: number
}

/**
 * Whose a message is that an upstream sent by itself: the call, or why none can be named. `ended`: that call is over;
 * `idle`: no call runs; `clientless`: those that do have no client; `several`: it may be of any of several.
 */
export type Whose = RunningCall | 'ended' | 'idle' | 'clientless' | 'several'

/** The one that began last; undefined of none. */
export function lastOf(calls: readonly RunningCall[]): RunningCall | undefined {
  return calls.reduce<RunningCall | undefined>((last, call) => (last && last.id > call.id ? last : call), undefined)
}

/** What tells whose a call is, also when it is over. */
export type OfClient = Readonly<{ clientId: string | undefined }>

/** Both have a client, and it is the same. */
export function isSameClient(one: OfClient, other: OfClient | undefined): boolean {
  return one.clientId !== undefined && one.clientId === other?.clientId
}
