import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { requestLine } from '../../src/observe/log.ts'

describe('the line of a request', () => {
  it.each([
    '2026-11-25T12:00:00.123Z',
    '2026-11-25T12:00:00.007Z',
    '2026-11-25T12:00:00.000Z',
    '2026-11-25T12:00:01.045Z',
    '2026-11-24T23:59:59.999Z',
  ])('at %s is what pino writes', now => {
    let written = ''
    const stream = new Writable({
      write(chunk, _, done) {
        written += chunk
        done()
      },
    })
    const time = new Date(now)
    const timestamp = () => `,"time":"${time.toISOString()}"`
    const fields = { method: 'POST', path: '/mcp/"x"\n', status: 200, ms: 1.5, caller: 'ci' }
    pino({ base: null, timestamp }, stream).info(fields, 'request')
    expect(requestLine(fields, time.getTime())).toBe(written)
  })
})
