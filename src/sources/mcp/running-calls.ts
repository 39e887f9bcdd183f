import type { ClientLink } from '../../core/client-link.ts'
import type { Clock } from './clock.ts'

/** A request that an upstream works on for a caller. */
export type RunningCall = {
  /** Absent where nobody can be asked. */
  readonly client: ClientLink | undefined
  /** Fires when the request has ended, however it did. */
  readonly ended: AbortSignal
  /** Stops its idle time while it waits for its client, and lets it go on. */
  readonly hold: () => void
  readonly release: () => void
  /** How often its client was asked. */
  asked: number
}

/**
 * Whose a message is that an upstream sent by itself: the call, or why none can be named. `idle`: no call runs;
 * `clientless`: the one that does has no client; `several`: it may be of any of several.
 */
export type Whose = RunningCall | 'ended' | 'idle' | 'clientless' | 'several'

/**
 * Finds the call that a message belongs to which names none: over stdio, and on the stream that a session shares.
 *
 * It is that of the only client that has calls running; of several calls of one client the last one stands for them.
 * Nothing is guessed: with two clients, or with a call that has none beside another, it belongs to nobody (decision 0006).
 *
 * @returns a call that has a client, or why there is none
 */
export function whoseIs(running: Iterable<RunningCall>): Whose {
  let found: RunningCall | undefined
  for (const call of running) {
    if (found !== undefined && (call.client === undefined || call.client.id !== found.client?.id)) return 'several'
    found = call
  }
  if (found === undefined) return 'idle'
  return found.client === undefined ? 'clientless' : found
}

/** Begins a call. `finish` is called when its request has ended. */
export function startCall(client: ClientLink | undefined, clock: Clock): RunningCall & Readonly<{ finish(): void }> {
  let ending: AbortController | undefined
  let over = false
  return {
    client,
    asked: 0,
    hold: clock.hold,
    release: clock.release,
    /** Made when it is first looked at: few calls ask anything. */
    get ended() {
      ending ??= new AbortController()
      if (over) ending.abort()
      return ending.signal
    },
    finish() {
      over = true
      ending?.abort()
    },
  }
}
