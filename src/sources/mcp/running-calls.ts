import type { ClientLink } from '../../core/client-link.ts'
import type { Clock } from './clock.ts'

/** A request that an upstream works on for a caller. */
export interface RunningCall {
  /** Absent where nobody can be asked. */
  readonly client: ClientLink | undefined
  /** Fires when the request has ended, however it did. */
  readonly ended: AbortSignal
  /** Stops its idle time while it waits for its client, and lets it go on. */
  hold(): void
  release(): void
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

/**
 * A call that has begun. Its client, and the signal of its end, are made when they are first looked at: few calls ask
 * anything.
 */
export class StartedCall implements RunningCall {
  asked = 0
  readonly #caller: Caller
  readonly #clock: Clock
  #ending: AbortController | undefined
  #over = false

  constructor(caller: Caller, clock: Clock) {
    this.#caller = caller
    this.#clock = clock
  }

  get client(): ClientLink | undefined {
    return this.#caller.client
  }

  get ended(): AbortSignal {
    this.#ending ??= new AbortController()
    if (this.#over) this.#ending.abort()
    return this.#ending.signal
  }

  hold(): void {
    this.#clock.hold()
  }

  release(): void {
    this.#clock.release()
  }

  /** Its request has ended. */
  finish(): void {
    this.#over = true
    this.#ending?.abort()
  }
}

/** Whose client may be asked. */
type Caller = Readonly<{ client?: ClientLink }>
