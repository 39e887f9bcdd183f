import type { TurnEvent, Usage } from '../core/model.ts'
import type { PriceUsage } from '../core/price.ts'
import type { Begun } from '../core/started-by.ts'

/** Hears what a turn took, once it is over; `cost` is undefined where nobody knows it. */
export type NoteUsage = (usage: Usage, cost: number | undefined) => void

/**
 * Adds its cost to the usage of a turn as it passes, and notes the last usage that it told, however it ends.
 *
 * Written as an iterator: a generator costs three promises an event.
 */
export function billTurn({ events, first }: Begun<TurnEvent>, price: PriceUsage, note: NoteUsage): Begun<TurnEvent> {
  let answeredBy: string | undefined
  let last: Readonly<{ usage: Usage; cost: number | undefined }> | undefined
  const settle = (): void => {
    if (last !== undefined) note(last.usage, last.cost)
    last = undefined
  }
  const pass = (next: IteratorResult<TurnEvent>): IteratorResult<TurnEvent> => {
    if (next.done === true) settle()
    if (next.done === true || next.value.type !== 'meta') return next
    const { value: event } = next
    answeredBy = event.model ?? answeredBy
    if (event.usage === undefined) return next
    const cost = price(event.usage, answeredBy)
    last = { usage: event.usage, cost }
    return cost === undefined ? next : { done: false, value: { ...event, cost } }
  }
  const fail = (thrown: unknown): never => {
    settle()
    throw thrown
  }
  return {
    first: pass(first),
    events: {
      next: () => events.next().then(pass, fail),
      async return() {
        settle()
        await events.return?.()
        return { done: true, value: undefined }
      },
    },
  }
}
