import { localCaller } from '../core/caller.ts'
import { askedThrough, contextOver } from '../core/context-over.ts'
import { count } from '../core/count.ts'
import { GatewayError } from '../core/errors.ts'
import { makeSlots } from '../core/make-slots.ts'
import type { CallContext, ToolSource } from '../core/tool-source.ts'
import { aroundCalls } from './around-calls.ts'

/** A source of which it can be known when nobody uses it. `unused` resolves once no call of it runs or waits. */
export type LimitedSource = ToolSource & Readonly<{ unused(): Promise<void> }>

/** How many calls of a source may run, and wait, at once; and how long one may wait, in milliseconds. */
export type CallLimit = Readonly<{ maxConcurrentCalls: number; maxQueuedCalls: number; maxWaitMs: number }>

/**
 * Lets so many calls of a source run at once. The others wait, those of one caller in the order they came and callers in
 * turn; one whose caller goes away leaves the queue. No key may have more than half of the places to wait. A call that asks its client is not counted from then on: people take their time, and go away.
 *
 * @returns a source whose calls fail with `LIMIT_REACHED` at once when the queue is full, and after `maxWaitMs` in it
 */
export function withCallLimit(
  source: ToolSource,
  { maxConcurrentCalls, maxQueuedCalls, maxWaitMs }: CallLimit,
): LimitedSource {
  const slots = makeSlots(maxConcurrentCalls)
  let running = 0
  let waiting = 0
  /** All that were begun, those that ask their client too. */
  let begun = 0
  const untilUnused: (() => void)[] = []

  /** @returns the way to leave, once however often it is taken */
  const enter = (giveBack: () => void): (() => void) => {
    running += 1
    let left = false
    return () => {
      if (left) return
      left = true
      running -= 1
      giveBack()
    }
  }
  const waitForSlot = async (what: string, { signal, callerId = localCaller.id }: CallContext): Promise<() => void> => {
    const own = slots.waiting(callerId)
    // Where no key is configured nobody is told apart.
    const most = callerId === localCaller.id ? maxQueuedCalls : Math.ceil(maxQueuedCalls / 2)
    if (waiting >= maxQueuedCalls || own >= most) {
      const whose = waiting >= maxQueuedCalls ? '' : `, ${own} of them of this key, which may have half`
      const message = `"${source.id}" has ${count(running, 'call')} running (maxConcurrentCalls) and ${waiting} waiting (limits.maxQueuedCalls)${whose}. Try again later.`
      throw new GatewayError('LIMIT_REACHED', message)
    }
    const tooLong = AbortSignal.timeout(maxWaitMs)
    waiting += 1
    try {
      const either = AbortSignal.any([signal, tooLong])
      return await slots.take(either, `"${source.id}" to be free for ${what.slice(0, 128)}`, callerId)
    } catch (error) {
      if (!tooLong.aborted || signal.aborted) throw error
      const message = `"${source.id}" has ${count(running, 'call')} running (maxConcurrentCalls), and none ended within ${maxWaitMs} ms. Try again later.`
      throw new GatewayError('LIMIT_REACHED', message, { cause: error })
    } finally {
      waiting -= 1
    }
  }

  const limited = aroundCalls(source, async (what, context, run) => {
    begun += 1
    let leave: (() => void) | undefined
    try {
      leave = enter(slots.takeNow() ?? (await waitForSlot(what, context)))
      return await run(source.features === undefined ? context : leavingToAsk(context, leave))
    } finally {
      leave?.()
      begun -= 1
      if (begun === 0 && untilUnused.length > 0) for (const tell of untilUnused.splice(0)) tell()
    }
  })
  return {
    ...limited,
    unused: () =>
      new Promise(resolve => {
        if (begun === 0) resolve()
        else untilUnused.push(resolve)
      }),
  }
}

/** The client is looked at when the source does, since making its link costs something. */
function leavingToAsk(context: CallContext, leave: () => void): CallContext {
  return contextOver(context, { link: client => askedThrough(client, leave) })
}
