import { describe, expect, it } from 'vitest'
import { calmLog } from '../../../src/sources/mcp/calm-log.ts'
import { callText, open, stdioConfig } from './helpers.ts'

function calm() {
  const written: string[] = []
  let at = 0
  const log = calmLog(
    'up',
    (level, message) => written.push(`${level} ${message}`),
    () => at,
  )
  return { written, log, pass: (ms: number) => (at += ms) }
}

describe('warnings of one upstream', () => {
  it('are written once an hour, then at debug level', () => {
    const { written, log, pass } = calm()
    log('warn', 'a')
    log('warn', 'a')
    pass(3_600_000)
    log('warn', 'a')
    expect(written).toEqual(['warn a', 'debug a', 'warn a'])
  })

  it('are ten a minute at most, and the log says that there were more', () => {
    const { written, log, pass } = calm()
    for (let each = 0; each < 1_000; each += 1) log('warn', `line ${each}`)
    const warned = written.filter(line => line.startsWith('warn '))
    expect(warned).toHaveLength(11)
    expect(warned.at(-1)).toMatch(/^warn "up" gives cause for more warnings/)
    pass(60_000)
    log('warn', 'another')
    expect(written.at(-1)).toBe('warn another')
  })

  it('leave other lines as they are', () => {
    const { written, log } = calm()
    for (const level of ['info', 'debug', 'info'] as const) log(level, 'a')
    expect(written).toEqual(['info a', 'debug a', 'info a'])
  })

  it('stay few where a program prints garbage without end', async () => {
    const source = open(stdioConfig('chatty'))
    expect(await callText(source, 'echo', { a: 1 })).toBe('{"a":1}')
    expect(source.logged.filter(line => line.includes('cannot be read')).length).toBeLessThanOrEqual(10)
    expect(source.stderr.filter(line => line.includes('cannot be read')).length).toBeGreaterThan(100)
  })

  it('are not repeated with each list', async () => {
    const source = open(stdioConfig('bad-tools'))
    const list = () => source.list({ signal: new AbortController().signal })
    await list()
    const first = source.logged.length
    await list()
    expect([first, source.logged.length]).toEqual([4, 4])
  })
})
