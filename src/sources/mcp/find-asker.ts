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

/** Of a call that was given up only this is kept: all of it holds its request and response. */
type GivenUp = OfClient & Readonly<{ taskId: string | undefined; at: number }>

/** A question that waits: who may have asked it, and those of them that were given up meanwhile or just before. */
type Waiting = Readonly<{ running: Set<RunningCall>; away: Set<GivenUp>; settle: (whose: Whose) => void }>

/** How long after it was given up a call may still ask: until its server has read of that. */
const lingerMs = 2_000

/** Calls that were given up lately and are remembered. */
const maxLingering = 1_000

/**
 * Finds out which call has asked something, over stdio and on the stream that a session shares, where no question says so.
 *
 * It is one of those that ran when the question came. One that has been answered since is not it, since a server that
 * waits for its client has no answer yet; one that was given up may still be it. So where there are several the question
 * waits until a single one is left, while the idle time of all of them stands still, for at most `askWaitMs`. Then it is
 * put to the client if all of them are of one, at the last call whose client is not busy with another question; with
 * several clients nothing is guessed.
 *
 * A question that names a task belongs to a call that is about that task, and to no other (MCP 2025-11-25, basic/utilities/
 * tasks, "Related Task"). A `progressToken` in a question says nothing: it is the server's own.
 *
 * @param options - `maxWaiting`: questions that wait at once; one more is decided as if its time were over
 */
export function findAskers(
  runningNow: () => readonly RunningCall[],
  { askWaitMs, maxWaiting }: Readonly<{ askWaitMs: number; maxWaiting: number }>,
): Askers {
  const waiting = new Set<Waiting>()
  /** The oldest first. */
  const lingering = new Set<GivenUp>()

  const lingeringNow = (): readonly GivenUp[] => {
    const since = performance.now() - lingerMs
    for (const call of lingering) if (call.at < since) lingering.delete(call)
    return [...lingering]
  }
  const review = ({ running, away, settle }: Waiting): void => {
    const whose = sureOf([...running], [...away])
    if (whose !== undefined) settle(whose)
  }
  const wait = (running: readonly RunningCall[], away: readonly GivenUp[], signal: AbortSignal): Promise<Whose> =>
    new Promise(resolve => {
      const settle = (whose: Whose): void => {
        if (!waiting.delete(mine)) return
        clearTimeout(timer)
        clearTimeout(lingers)
        signal.removeEventListener('abort', onAbort)
        for (const call of running) call.release()
        resolve(whose)
      }
      const mine: Waiting = { running: new Set(running), away: new Set(away), settle }
      const onAbort = (): void => settle('ended')
      const timer = setTimeout(() => settle(bestOf([...mine.running], [...mine.away])), askWaitMs)
      const leave = (): void => {
        for (const call of away) mine.away.delete(call)
        review(mine)
      }
      const lingers = away.length === 0 ? undefined : setTimeout(leave, lingerMs)
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.add(mine)
      for (const call of running) call.hold()
    })

  return {
    find(taskId, signal) {
      const isOfTask = (call: Readonly<{ taskId: string | undefined }>): boolean =>
        taskId === undefined || call.taskId === taskId
      const all = runningNow()
      const running = all.filter(isOfTask)
      const away = lingeringNow().filter(isOfTask)
      if (running.length === 0 && all.length > 0) return 'ended'
      const whose = sureOf(running, away)
      if (whose !== undefined) return whose
      return waiting.size >= maxWaiting ? bestOf(running, away) : wait(running, away, signal)
    },
    ended(call, answered) {
      const { client, taskId } = call
      const away = answered ? undefined : { client: client && { id: client.id }, taskId, at: performance.now() }
      if (away !== undefined) {
        lingering.add(away)
        const [oldest] = lingering
        if (lingering.size > maxLingering && oldest !== undefined) lingering.delete(oldest)
      }
      for (const each of waiting) {
        if (!each.running.delete(call)) continue
        if (away !== undefined) each.away.add(away)
        review(each)
      }
    },
  }
}

/** Undefined where it is not sure yet. */
function sureOf(running: readonly RunningCall[], away: readonly GivenUp[]): Whose | undefined {
  const [first] = running
  if (first === undefined) return away.length === 0 ? 'idle' : 'ended'
  if ([...running, ...away].every(({ client }) => client === undefined)) return 'clientless'
  return running.length === 1 && away.every(call => isSameClient(call, first)) ? first : undefined
}

function bestOf(running: readonly RunningCall[], away: readonly GivenUp[]): Whose {
  const [first] = running
  if (first === undefined) return 'ended'
  if ([...running, ...away].some(call => !isSameClient(call, first))) return 'several'
  return lastOf(running.filter(({ asking }) => asking === 0)) ?? lastOf(running) ?? 'ended'
}
