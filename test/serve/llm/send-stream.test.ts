import { Writable } from 'node:stream'
import { setImmediate as tick } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { Exchange } from '../../../src/serve/exchange.ts'
import { sendStream } from '../../../src/serve/llm/send-stream.ts'

/** A response whose client takes one write when a test says so. */
function slowResponse() {
  const written: string[] = []
  let take: (() => void) | undefined
  const stream = new Writable({
    highWaterMark: 1_000,
    write(bytes: Buffer, _, done) {
      written.push(bytes.toString())
      take = done
    },
  })
  const head = { headersSent: false, writeHead: () => Object.assign(stream, { headersSent: true }), flushHeaders() {} }
  return { response: Object.assign(stream, head), written, takeOne: () => take?.() }
}

/** An event a tick, so that each is written by itself. */
async function* saying(...texts: string[]): AsyncGenerator<string> {
  for (const text of texts) {
    await tick()
    yield text
  }
}

const form = { write: (text: string) => text, keepAlive: ': keep-alive\n\n' }

function exchangeOf(response: Writable, maxStreamBufferBytes: number): Exchange {
  const limits = { ...defaultLimits, maxStreamBufferBytes }
  return { response, limits, gone: new AbortController().signal } as unknown as Exchange
}

describe('sendStream', () => {
  it('goes on where less waits than the response itself would wait for, however low the limit', async () => {
    const { response, written, takeOne } = slowResponse()
    const sent = sendStream(saying('a'.repeat(20), 'b'.repeat(20), 'c'), form, exchangeOf(response, 10))
    await sent
    while (!response.writableFinished) {
      takeOne()
      await tick()
    }
    expect(written.join('')).toBe(`${'a'.repeat(20)}${'b'.repeat(20)}c`)
  })

  it('waits for a reader that is slow, and then goes on', async () => {
    const { response, written, takeOne } = slowResponse()
    let isRead = false
    const events = (async function* () {
      yield 'a'.repeat(2_000)
      isRead = true
      yield 'b'
    })()
    const sent = sendStream(events, form, exchangeOf(response, 1_500))
    for (let each = 0; each < 5; each += 1) await tick()
    expect(isRead).toBe(false)
    takeOne()
    await sent
    takeOne()
    expect(written.join('')).toBe(`${'a'.repeat(2_000)}b`)
  })
})
