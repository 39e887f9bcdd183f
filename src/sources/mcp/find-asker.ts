import type { OfClient, RunningCall, Whose } from './running-call.ts'
import { isSameClient, lastOf } from './running-call.ts'

/**
 * Says whose a question is that names no call: at once where that is sure, else once it is. `taskId` is the task that the
 * question names; `signal` fires when no answer is wanted any more.
 */
export type WhoAsks = (taskId: string | undefined, signal: AbortSignal) => Whose | Promise<Whose>

/** The questions of one connection that wait for it to be known whose they are. */
export type Askers = Readonly<{
  find: WhoAsks
  /** A call has ended: answered by the upstream, or given up. */
  ended(call: RunningCall, answered: boolean): void
}>

/** The clients whose calls ended lately: the only one, or several; undefined where none did. */
export type EndedLately = OfClient | 'several' | undefined

/** Of a call that was given up only this is kept: all of it holds its request and response. */
type GivenUp = OfClient

/**
 * A question that waits: who may have asked it, those of them that were given up meanwhile, and whose calls had ended just
 * before it came.
 */
type Waiting = Readonly<{
  running: Set<RunningCall>
  away: Set<GivenUp>
  before: EndedLately
  settle: (whose: Whose) => void
}>

/**
 * Finds out which call has asked something, over stdio and on the stream that a session shares, where no question says so.
 *
 * It is one of those that ran when the question came. One that has been answered since is not it, since a server that
 * waits for its client has no answer yet; one that was given up may still be it. So where there are several the question
 * waits until a single one is left, while the idle time of all of them stands still, for at most `askWaitMs`. Then it is
 * put to the client if all of them are of one, at the last call whose client is not busy with another question; with
 * several clients nothing is guessed.
 *
 * Some servers ask after they have answered, so a call of another client that ended within `lateAskMs` before the question
 * came may be it too, and the question is then nobody's. A server that has once asked while none of its calls ran is known
 * to do so: from then on only one whose calls have all been of one client is heard.
 *
 * A question that names a task belongs to a call that is about that task, and to no other (MCP 2025-11-25, basic/utilities/
 * tasks, "Related Task"). A `progressToken` in a question says nothing: it is the server's own.
 *
 * @param endedLately - whose calls have ended within so many milliseconds
 * @param options - `maxWaiting`: questions that wait at once; one more is decided as if its time were over
 */
export function findAskers(
  runningNow: () => readonly RunningCall[],
  endedLately: (withinMs: number) => EndedLately,
  { askWaitMs, lateAskMs, maxWaiting }: Readonly<{ askWaitMs: number; lateAskMs: number; maxWaiting: number }>,
): Askers {
  const waiting = new Set<Waiting>()
  /** It has asked while none of its calls ran, behind one that did. */
  let asksAlone = false

  const review = ({ running, away, before, settle }: Waiting): void => {
    const whose = sureOf([...running], [...away], before)
    if (whose !== undefined) settle(whose)
  }
  const wait = (running: readonly RunningCall[], before: EndedLately, signal: AbortSignal): Promise<Whose> =>
    new Promise(resolve => {
      const settle = (whose: Whose): void => {
        if (!waiting.delete(mine)) return
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        for (const call of running) call.release()
        resolve(whose)
      }
      const mine: Waiting = { running: new Set(running), away: new Set(), before, settle }
      const onAbort = (): void => settle('ended')
      const timer = setTimeout(() => settle(bestOf([...mine.running], [...mine.away], before)), askWaitMs)
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.add(mine)
      for (const call of running) call.hold()
    })

  return {
    find(taskId, signal) {
      const all = runningNow()
      const running = taskId === undefined ? all : all.filter(call => call.taskId === taskId)
      if (running.length === 0 && all.length > 0) return 'ended'
      // Who names a task has said whose it is.
      const before = taskId === undefined ? endedLately(asksAlone ? Number.POSITIVE_INFINITY : lateAskMs) : undefined
      // What many ask right after the handshake says nothing.
      if (running.length === 0 && endedLately(Number.POSITIVE_INFINITY) !== undefined) asksAlone = true
      const whose = sureOf(running, [], before)
      if (whose !== undefined) return whose
      return waiting.size >= maxWaiting ? bestOf(running, [], before) : wait(running, before, signal)
    },
    ended(call, answered) {
      if (waiting.size === 0) return
      const away = answered ? undefined : { clientId: call.clientId }
      for (const each of waiting) {
        if (!each.running.delete(call)) continue
        if (away !== undefined) each.away.add(away)
        review(each)
      }
    },
  }
}

/** Undefined where it is not sure yet. */
function sureOf(running: readonly RunningCall[], away: readonly GivenUp[], before: EndedLately): Whose | undefined {
  const [first] = running
  if (first === undefined) return away.length === 0 ? 'idle' : 'ended'
  if (before === 'several') return 'several'
  if ([...running, ...away, ...others(before)].every(({ clientId }) => clientId === undefined)) return 'clientless'
  if (!running.some(call => mayBe(call, before))) return 'several'
  return running.length === 1 && away.every(call => isSameClient(call, first)) ? first : undefined
}

function bestOf(running: readonly RunningCall[], away: readonly GivenUp[], before: EndedLately): Whose {
  const [first] = running
  if (first === undefined) return 'ended'
  if (!mayBe(first, before) || [...running, ...away].some(call => !isSameClient(call, first))) return 'several'
  return lastOf(running.filter(({ asking }) => asking === 0)) ?? lastOf(running) ?? 'ended'
}

/** Nobody but the client of this call has had one that ended just before. */
function mayBe(call: RunningCall, before: EndedLately): boolean {
  return before === undefined || (before !== 'several' && isSameClient(call, before))
}

function others(before: EndedLately): readonly OfClient[] {
  return before === undefined || before === 'several' ? [] : [before]
}
