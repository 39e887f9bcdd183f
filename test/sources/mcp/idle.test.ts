import { describe, expect, it, vi } from 'vitest'
import { idleTimer } from '../../../src/sources/mcp/idle-timer.ts'
import { callText, featureConfig, featuresOf, isAlive, listNames, never, open, stdioConfig, until } from './helpers.ts'

describe('an idle timer', () => {
  it('counts from the end of the last use, and no more once it is stopped', () => {
    vi.useFakeTimers()
    try {
      const onIdle = vi.fn()
      const timer = idleTimer(100, onIdle)
      timer.begin()
      timer.begin()
      timer.end()
      vi.advanceTimersByTime(500)
      expect(onIdle).not.toHaveBeenCalled()
      timer.end()
      vi.advanceTimersByTime(99)
      timer.begin()
      timer.end()
      vi.advanceTimersByTime(99)
      expect(onIdle).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(onIdle).toHaveBeenCalledOnce()
      timer.begin()
      timer.stop()
      timer.end()
      vi.advanceTimersByTime(500)
      expect(onIdle).toHaveBeenCalledOnce()
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a program that nobody uses', () => {
  it('is stopped after a while, quietly, and started again by the next call', async () => {
    const source = open(stdioConfig('ok', { idleTimeoutMs: 200 }))
    const pid = Number(await callText(source, 'pid'))
    await until(() => !isAlive(pid))
    expect(source.health()).toEqual({ state: 'ready', details: { resting: true } })
    const next = Number(await callText(source, 'pid'))
    expect([next === pid, isAlive(next)]).toEqual([false, true])
    expect(source.health().details).toMatchObject({ serverInfo: { name: 'fake' } })
    await until(() => !isAlive(next))
    expect(await listNames(source)).toContain('echo')
    expect(source.logged).toEqual([])
  })

  it('is not stopped during a call, and says what it can do while it rests', async () => {
    const source = open(featureConfig('old', 'none', { idleTimeoutMs: 100 }))
    const pid = Number(await callText(source, 'pid'))
    await source.call('slow', { ms: 400 }, { signal: never })
    expect(Number(await callText(source, 'pid'))).toBe(pid)
    await until(() => !isAlive(pid))
    expect(featuresOf(source).capabilities()).toMatchObject({ prompts: {} })
  })

  it('is not stopped while a resource of it is followed', async () => {
    const source = open(featureConfig('old', 'none', { idleTimeoutMs: 100 }))
    featuresOf(source).subscribe('test://a', () => {})
    const pid = Number(await callText(source, 'pid'))
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(isAlive(pid)).toBe(true)
  })

  it('is started by the first who follows a resource of it, and stopped a while after the last has left', async () => {
    const source = open(featureConfig('old', 'none', { idleTimeoutMs: 100 }))
    const { subscribe } = featuresOf(source)
    await callText(source, 'pid')
    await until(() => source.health().details?.resting === true)
    const stops = ['test://a', 'test://b'].map(uri => subscribe(uri, () => {}))
    await until(() => source.health().details?.serverInfo !== undefined)
    stops[0]?.()
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(source.health().details).toMatchObject({ serverInfo: { name: 'fake' } })
    stops[1]?.()
    await until(() => source.health().details?.resting === true)
    expect(source.logged).toEqual([])
  })

  it('stays closed when its source is', async () => {
    const source = open(stdioConfig('ok', { idleTimeoutMs: 50 }))
    const pid = Number(await callText(source, 'pid'))
    await until(() => !isAlive(pid))
    await source.close()
    await expect(source.call('pid', {}, { signal: never })).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    expect(source.health().state).toBe('closed')
  })
})
