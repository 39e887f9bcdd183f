import { GatewayError } from '../core/errors.ts'
import { makeSlots } from '../core/make-slots.ts'
import type { ToolSource } from '../core/tool-source.ts'
import { aroundCalls } from './around-calls.ts'

/** How many calls of a source may run, and wait, at once. */
export type CallLimit = Readonly<{ maxConcurrentCalls: number; maxQueuedCalls: number }>

/**
 * Lets so many calls of a source run at once. The others wait in the order they came; one whose caller goes away leaves
 * the queue. A question to a human is part of its call, and of this count.
 *
 * @returns a source whose calls fail with `LIMIT_REACHED` at once when the queue is full
 */
export function withCallLimit(source: ToolSource, { maxConcurrentCalls, maxQueuedCalls }: CallLimit): ToolSource {
  const takeSlot = makeSlots(maxConcurrentCalls)
  let running = 0
  let waiting = 0

  return aroundCalls(source, async (what, { signal }, run) => {
    if (running >= maxConcurrentCalls && waiting >= maxQueuedCalls) {
      const message = `"${source.id}" has ${running} calls running (maxConcurrentCalls) and ${waiting} waiting (limits.maxQueuedCalls). Try again later.`
      throw new GatewayError('LIMIT_REACHED', message)
    }
    waiting += 1
    const giveBack = await takeSlot(signal, `"${source.id}" to be free for ${what.slice(0, 128)}`).finally(() => {
      waiting -= 1
    })
    running += 1
    try {
      return await run()
    } finally {
      running -= 1
      giveBack()
    }
  })
}
