import { untilAborted } from './until-aborted.ts'

/**
 * Waits for a slot. `of` is who wants it: each who waits has a turn, however many the others want.
 *
 * @returns gives it back, once
 * @throws GatewayError `CANCELLED`
 */
export type TakeSlot = (signal: AbortSignal, what: string, of?: string) => Promise<() => void>

/** Slots of which there are only so many. */
export type Slots = Readonly<{
  /** `what` is what is waited for, for the error. */
  take: TakeSlot
  /** The way to give back a slot that was free; undefined when there is none. For who cannot afford a promise. */
  takeNow: () => (() => void) | undefined
  /** How many wait for this one. */
  waiting: (of: string) => number
}>

/**
 * Lets so many go on at once. The others wait: those of one in the order they came, and one of each in turn. One that goes
 * away leaves the queue.
 */
export function makeSlots(count: number): Slots {
  /** By whom they are wanted, the one whose turn is next first. */
  const queues = new Map<string, Set<() => void>>()
  let free = count
  const giveBack = (): void => {
    const [first] = queues
    if (first === undefined) {
      free += 1
      return
    }
    const [of, queue] = first
    const [next] = queue
    queues.delete(of)
    if (next === undefined) return giveBack()
    // Handed over, never freed in between: who comes just now would take it as well.
    queue.delete(next)
    if (queue.size > 0) queues.set(of, queue)
    next()
  }
  const leave = (of: string, resolve: () => void): boolean => {
    const queue = queues.get(of)
    const waited = queue?.delete(resolve) === true
    if (queue?.size === 0) queues.delete(of)
    return waited
  }
  const takeNow = (): (() => void) | undefined => {
    if (free === 0) return undefined
    free -= 1
    return giveBack
  }
  const take: TakeSlot = async (signal, what, of = '') => {
    const slot = takeNow()
    if (slot !== undefined) return slot
    const { promise, resolve } = Promise.withResolvers<void>()
    const queue = queues.get(of)
    if (queue === undefined) queues.set(of, new Set([resolve]))
    else queue.add(resolve)
    try {
      await untilAborted(promise, signal, what)
    } catch (thrown) {
      // It may have been handed over in the moment of going away.
      if (!leave(of, resolve)) giveBack()
      throw thrown
    }
    return giveBack
  }
  return { take, takeNow, waiting: of => queues.get(of)?.size ?? 0 }
}
