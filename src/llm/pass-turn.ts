import type { TurnEvent, Usage } from '../core/model.ts'
import type { Opened } from './deadline.ts'
import type { LoopEvent } from './loop-event.ts'
import { toEnd } from './loop-event.ts'
import { brokenOff, withoutUsage } from './read-turn.ts'

/**
 * One turn without tools of ours: every choice and every call goes to the caller as it is.
 *
 * Most events of most answers take this way, so they are passed where the clock of the answer looks at them anyway.
 *
 * @throws GatewayError `PROVIDER_ERROR` (`pass`) for a turn that ended without a finish
 */
export function passTurn(turn: AsyncIterable<TurnEvent>): Opened<TurnEvent, LoopEvent> {
  let usage: Usage | undefined
  let cost: number | undefined
  let isFinished = false
  let isOver = false
  return {
    events: turn[Symbol.asyncIterator](),
    pass(next) {
      if (next.done === true) {
        if (isOver) return next
        if (!isFinished) throw brokenOff()
        isOver = true
        return { done: false, value: toEnd(usage, cost) }
      }
      const { value: event } = next
      if (event.type === 'finish') isFinished = true
      if (event.type !== 'meta') return { done: false, value: event }
      if (event.usage !== undefined) ({ usage, cost } = event)
      return { done: false, value: withoutUsage(event) }
    },
  }
}
