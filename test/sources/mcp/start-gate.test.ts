import { describe, expect, it } from 'vitest'
import { makeSlots } from '../../../src/core/make-slots.ts'
import { startGate } from '../../../src/sources/mcp/start-gate.ts'
import { callText, listNames, never, open, stdioConfig } from './helpers.ts'

describe('programs that start', () => {
  it('wait for one another when there are many', async () => {
    const admit = startGate(makeSlots(1).take, 'up', 10_000)
    const leave = await admit(never)
    let second = false
    const waiting = admit(never).then(left => {
      second = true
      return left
    })
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(second).toBe(false)
    leave()
    leave()
    const left = await waiting
    await expect(admit(AbortSignal.timeout(20))).rejects.toMatchObject({ code: 'CANCELLED' })
    left()
  })

  it('do not wait for one that hangs longer than it takes to see that, nor is that time theirs', async () => {
    const { take: starts } = makeSlots(1)
    const quick = { probeTimeoutMs: 700, startTimeoutMs: 5_000 }
    const hangs = open(stdioConfig('hang-init', { id: 'hangs' }), quick, { starts })
    const well = open(stdioConfig('ok'), quick, { starts })
    const started = performance.now()
    expect(await listNames(well)).toContain('echo')
    expect(performance.now() - started).toBeGreaterThan(500)
    expect(hangs.health().state).toBe('connecting')
  })

  it('give their place back when they fail', async () => {
    const { take: starts } = makeSlots(1)
    const sources = ['crash-start', 'crash-start', 'ok'].map(mode =>
      open(stdioConfig(mode), { retryMinMs: 60_000, retryMaxMs: 60_000 }, { starts }),
    )
    expect(await callText(sources[2] as (typeof sources)[number], 'echo')).toContain('{}')
  })
})
