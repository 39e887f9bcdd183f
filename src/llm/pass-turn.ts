import type { TurnEvent, Usage } from '../core/model.ts'
import type { LoopEvent } from './loop-event.ts'
import { toEnd } from './loop-event.ts'
import { brokenOff, withoutUsage } from './read-turn.ts'

/**
 * One turn without tools of ours: every choice and every call goes to the caller as it is.
 *
 * Written as an iterator, since most events of most answers take this way: a generator costs three promises an event.
 */
export function passTurn(turn: AsyncIterable<TurnEvent>): AsyncIterator<LoopEvent> {
  const events = turn[Symbol.asyncIterator]()
  let usage: Usage | undefined
  let cost: number | undefined
  let isFinished = false
  let isOver = false
  const pass = (next: IteratorResult<TurnEvent>): IteratorResult<LoopEvent> => {
    if (next.done === true) {
      if (!isFinished) throw brokenOff()
      isOver = true
      return { done: false, value: toEnd(usage, cost) }
    }
    const { value: event } = next
    if (event.type === 'finish') isFinished = true
    if (event.type !== 'meta') return { done: false, value: event }
    if (event.usage !== undefined) ({ usage, cost } = event)
    return { done: false, value: withoutUsage(event) }
  }
  return {
    next: () => (isOver ? Promise.resolve({ done: true, value: undefined }) : events.next().then(pass)),
    async return() {
      isOver = true
      await events.return?.()
      return { done: true, value: undefined }
    },
  }
}
