import type { ClientLink } from '../../core/client-link.ts'
import { shortLived } from '../../core/short-lived.ts'
import type { Lack } from './ask-rules.ts'
import type { Clock } from './clock.ts'
import type { WhoAsks } from './find-asker.ts'
import { findAskers } from './find-asker.ts'
import type { CallOwner, RunningCall, Whose } from './running-call.ts'
import { isSameClient, lastOf } from './running-call.ts'

/** What begins a call: its number, and who waits for it; `caller` gives the client behind them. */
export type CallStart = Readonly<{
  id: number
  caller: CallOwner
  clock: Clock
  taskId?: string
}>

/** The calls that run over one connection, and those that ended lately. */
export type RunningCalls = Readonly<{
  /** @returns to be called when it has ended: `answered` where the upstream has answered it, not where it was given up */
  begin(start: CallStart): Readonly<{ call: RunningCall; finish: (answered: boolean) => void }>
  /** Whose a notification is that names no call, as far as it can be said now. */
  whose(): Whose
  /** The call that is about this task. */
  about(taskId: string): Whose
  /** Whose a question is that names no call; may have to wait. */
  asker: WhoAsks
}>

/**
 * How long after a call a notification may still be of it: what a server writes behind its answer, or before it has read that
 * the call was given up.
 */
const lateMs = 5_000

/**
 * Keeps the calls of one connection.
 *
 * A notification that names no call, over stdio and on the stream that a session shares, is that of the only client that
 * has calls running; of several calls the last one stands for them. Where none runs, it is that of the only client whose
 * calls have ended lately. Nothing is guessed: with two clients, or with a call that has none beside another, it belongs
 * to nobody (decision 0006).
 *
 * @param options - see {@link findAskers}
 */
export function keepRunningCalls(
  options: Readonly<{ askWaitMs: number; lateAskMs: number; maxWaiting: number }>,
): RunningCalls {
  const running = shortLived<RunningCall>()
  /** The call that ended last, when, and when the last one of anyone else did. */
  let last: RunningCall | undefined
  let lastAt = 0
  let otherAt = Number.NEGATIVE_INFINITY

  const endedLately = (withinMs: number): RunningCall | 'several' | undefined => {
    const since = performance.now() - withinMs
    if (last === undefined || lastAt < since) return undefined
    return otherAt > Number.NEGATIVE_INFINITY && otherAt >= since ? 'several' : last
  }
  const askers = findAskers(() => running.values(), endedLately, options)

  const end = (call: RunningCall, answered: boolean): void => {
    running.delete(call.id)
    if (last !== undefined && !isSameClient(last, call)) otherAt = lastAt
    last = call
    lastAt = performance.now()
    askers.ended(call, answered)
  }
  const whoseLately = (): Whose => {
    const lately = endedLately(lateMs)
    if (lately === undefined) return 'idle'
    return lately !== 'several' && lately.clientId === undefined ? 'clientless' : lately
  }

  return {
    begin(start) {
      const call = new StartedCall(start)
      running.set(start.id, call)
      const finish = (answered: boolean): void => {
        call.end()
        end(call, answered)
      }
      return { call, finish }
    },
    whose: () => (running.size() === 0 ? whoseLately() : whoseIs(running.values())),
    about: taskId => lastOf(running.values().filter(call => call.taskId === taskId)) ?? 'ended',
    asker: askers.find,
  }
}

/** A call that has begun. Its client, and the signal of its end, are made when they are first looked at. */
class StartedCall implements RunningCall {
  readonly id: number
  readonly taskId: string | undefined
  asked = 0
  asking = 0
  readonly #start: CallStart
  #client: ClientLink | undefined
  #ending: AbortController | undefined
  #over = false

  constructor(start: CallStart) {
    this.id = start.id
    this.taskId = start.taskId
    this.#start = start
  }

  get client(): ClientLink | undefined {
    this.#client ??= this.#start.caller.client
    return this.#client
  }

  get clientId(): string | undefined {
    return this.#start.caller.clientId ?? this.client?.id
  }

  get ended(): AbortSignal {
    this.#ending ??= new AbortController()
    if (this.#over) this.#ending.abort()
    return this.#ending.signal
  }

  lacks(lack: Lack): void {
    this.#start.caller.onLack?.(lack)
  }

  hold(): void {
    this.#start.clock.hold()
  }

  release(): void {
    this.#start.clock.release()
  }

  end(): void {
    this.#over = true
    this.#ending?.abort()
  }
}

function whoseIs(calls: readonly RunningCall[]): Whose {
  const [first] = calls
  if (calls.some(call => call !== first && !isSameClient(call, first))) return 'several'
  if (first?.clientId === undefined) return 'clientless'
  return lastOf(calls) ?? 'idle'
}
