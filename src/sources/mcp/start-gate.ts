import type { TakeSlot } from '../../core/make-slots.ts'

/** Waits until one more program may be started. @returns to be called once it stands, or has failed */
export type Admit = (signal: AbortSignal) => Promise<() => void>

/**
 * Takes one of the slots that all sources share while a program starts: thirty runtimes that start at once on two cores
 * are all late. Sources have turns, so that one that starts a program for each of its clients holds up no other.
 *
 * @param holdMs - after this the slot is given back all the same, so that programs that hang do not hold up the others
 */
export function startGate(takeSlot: TakeSlot, sourceId: string, holdMs: number): Admit {
  return async signal => {
    const giveBack = await takeSlot(signal, `the start of "${sourceId}"`, sourceId)
    let held = true
    const leave = (): void => {
      if (held) giveBack()
      held = false
      clearTimeout(timer)
    }
    const timer = setTimeout(leave, holdMs).unref()
    return leave
  }
}
