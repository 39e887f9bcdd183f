import { untilAborted } from './until-aborted.ts'

/** Waits for a slot. @returns gives it back, once @throws GatewayError `CANCELLED` */
export type TakeSlot = (signal: AbortSignal, what: string) => Promise<() => void>

/** Slots of which there are only so many. */
export type Slots = Readonly<{
  /** `what` is what is waited for, for the error. */
  take: TakeSlot
  /** The way to give back a slot that was free; undefined when there is none. For who cannot afford a promise. */
  takeNow: () => (() => void) | undefined
}>

/** Lets so many go on at once. The others wait in the order they came; one that goes away leaves the queue. */
export function makeSlots(count: number): Slots {
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
  const takeNow = (): (() => void) | undefined => {
    if (free === 0) return undefined
    free -= 1
    return giveBack
  }
  const take: TakeSlot = async (signal, what) => {
    const slot = takeNow()
    if (slot !== undefined) return slot
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
  return { take, takeNow }
}
