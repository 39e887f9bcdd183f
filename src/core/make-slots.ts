import { untilAborted } from './until-aborted.ts'

/** Waits for a slot. @returns gives it back, once @throws GatewayError `CANCELLED` */
export type TakeSlot = (signal: AbortSignal, what: string) => Promise<() => void>

/**
 * Lets so many go on at once. The others wait in the order they came; one that goes away leaves the queue.
 *
 * @returns takes a slot; `what` is what is waited for, for the error
 */
export function makeSlots(count: number): TakeSlot {
  const waiting = new Set<() => void>()
  let free = count
  const giveBack = (): void => {
    const [next] = waiting
    if (next === undefined) free += 1
    else {
      // Handed over, never freed in between: who comes just now would take it as well.
      waiting.delete(next)
      next()
    }
  }
  return async (signal, what) => {
    if (free > 0) {
      free -= 1
      return giveBack
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.add(resolve)
    try {
      await untilAborted(promise, signal, what)
    } catch (thrown) {
      // It may have been handed over in the moment of going away.
      if (!waiting.delete(resolve)) giveBack()
      throw thrown
    }
    return giveBack
  }
}
