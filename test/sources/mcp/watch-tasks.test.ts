import { describe, expect, it } from 'vitest'
import { watchTasks } from '../../../src/sources/mcp/watch-tasks.ts'

const status = 'notifications/tasks/status'

/** A watch with a clock of its own, and what a follower of a task hears. */
function open(maxAgeMs = 60_000) {
  const clock = { now: 0 }
  const watch = watchTasks(maxAgeMs, () => clock.now)
  const follow = (taskId: string) => {
    const heard: unknown[] = []
    return { heard, stop: watch.follow(taskId, (method, params) => void heard.push([method, params])) }
  }
  const begin = (taskId: string, ttl: number | null = null) =>
    watch.answered('tools/call', {}, { task: { taskId, status: 'working', ttl } })
  return { clock, watch, follow, begin }
}

describe('what is told of a task', () => {
  it('is heard by whoever follows it, and by nobody else', () => {
    const { watch, follow } = open()
    const [one, again, other] = [follow('t'), follow('t'), follow('u')]
    watch.told('t', status, { status: 'working' })
    again.stop()
    watch.told('t', status, { status: 'completed' })
    watch.told(undefined, status, {})
    const both = [
      [status, { status: 'working' }],
      [status, { status: 'completed' }],
    ]
    expect([one.heard, again.heard, other.heard]).toEqual([both, both.slice(0, 1), []])
  })

  it('is heard once by who begins to follow a moment later', () => {
    const { watch, follow, clock } = open()
    watch.told('t', status, { status: 'working' })
    watch.told('u', status, { status: 'working' })
    clock.now = 5_000
    expect([follow('t').heard.length, follow('t').heard.length, follow('u').heard.length]).toEqual([1, 0, 1])
  })

  it('is forgotten when it is old, large, or one of too many', () => {
    const { watch, follow, clock } = open()
    watch.told('old', status, {})
    clock.now = 5_001
    watch.told('large', status, { statusMessage: 'x'.repeat(20_000) })
    for (let at = 0; at < 65; at += 1) watch.told(`many-${at}`, status, {})
    const heard = ['old', 'large', 'many-0', 'many-1'].map(id => follow(id).heard.length)
    expect(heard).toEqual([0, 0, 0, 1])
  })
})

describe('a task that was begun counts', () => {
  it.each([
    ['until its result was got', 'tasks/result', { content: [] }, 0],
    ['until it was cancelled', 'tasks/cancel', { status: 'cancelled' }, 0],
    ['until a modern server gives its result', 'tasks/get', { status: 'completed', result: {} }, 0],
    ['until a modern server gives its error', 'tasks/get', { status: 'failed', error: {} }, 0],
    ['while its result is still to be got', 'tasks/get', { status: 'completed' }, 1],
    ['while it works', 'tasks/get', { status: 'working' }, 1],
  ])('%s', (_, method, result, expected) => {
    const { watch, begin } = open()
    begin('t')
    watch.answered(method, { taskId: 'other' }, result)
    expect(watch.open()).toBe(1)
    watch.answered(method, { taskId: 't' }, result)
    expect(watch.open()).toBe(expected)
  })

  it('until its server tells that it was cancelled', () => {
    const { watch, begin } = open()
    begin('t')
    watch.told('t', status, { status: 'completed' })
    expect(watch.open()).toBe(1)
    watch.told('t', status, { status: 'cancelled' })
    expect(watch.open()).toBe(0)
  })

  it('for as long as its server keeps it, but not for ever', () => {
    const { watch, begin, clock } = open(1_000)
    begin('short', 100)
    begin('long', 5_000)
    begin('endless')
    watch.answered('tools/call', {}, { resultType: 'task', taskId: 'modern', ttlMs: 100 })
    watch.answered('tools/call', {}, { content: [] })
    expect(watch.open()).toBe(4)
    clock.now = 101
    expect(watch.open()).toBe(2)
    clock.now = 1_001
    expect(watch.open()).toBe(0)
  })
})
