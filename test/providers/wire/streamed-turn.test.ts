import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { setImmediate as tick } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../../../src/core/model.ts'
import { feedEvents } from '../../../src/providers/wire/sse.ts'
import { StreamedTurn } from '../../../src/providers/wire/streamed-turn.ts'

const says = (content: string): TurnEvent => ({ type: 'delta', choice: 0, delta: { content } })

/** A turn over a body that a test writes: every frame is text, `[DONE]` is the end, `bad` cannot be read. */
function open({ body = new PassThrough(), ...options }: { body?: PassThrough; maxBytes?: number } = {}): {
  body: PassThrough
  turn: StreamedTurn
} {
  let isOver = false
  const turn = new StreamedTurn({
    body,
    feed: feedEvents(1e6),
    reader: {
      read({ data }) {
        if (data === 'bad') throw new Error('this cannot be read')
        isOver = data === '[DONE]'
        return isOver ? [] : [says(data)]
      },
      isOver: () => isOver,
      end: () => [{ type: 'finish', choice: 0, reason: 'stop' }],
    },
    maxBytes: options.maxBytes ?? 1e6,
    leave: event => event,
    explain: thrown => new Error(`explained: ${(thrown as Error).message}`),
  })
  return { body, turn }
}

const frame = (text: string): string => `data: ${text}\n\n`

async function collect(turn: StreamedTurn): Promise<readonly TurnEvent[]> {
  const events: TurnEvent[] = []
  for await (const event of { [Symbol.asyncIterator]: () => turn }) events.push(event)
  return events
}

describe('a streamed turn', () => {
  it('gives what comes together and what comes late, in its order, and the end once', async () => {
    const { body, turn } = open()
    const events = collect(turn)
    body.write(frame('a') + frame('b'))
    await tick()
    body.write(frame('c'))
    await tick()
    body.end(frame('[DONE]'))
    expect(await events).toEqual([says('a'), says('b'), says('c'), { type: 'finish', choice: 0, reason: 'stop' }])
    expect(await turn.next()).toEqual({ done: true, value: undefined })
  })

  it('gives what came before a frame that cannot be read, then its error, and lets the connection go', async () => {
    const { body, turn } = open()
    body.write(frame('a') + frame('bad') + frame('b'))
    expect(await turn.next()).toEqual({ done: false, value: says('a') })
    await expect(turn.next()).rejects.toThrow('explained: this cannot be read')
    await expect(turn.next()).rejects.toThrow('explained: this cannot be read')
    expect(body.destroyed).toBe(true)
  })

  it('tells that its connection was cut, also to who waits already', async () => {
    const { body, turn } = open()
    const first = turn.next()
    body.destroy()
    await expect(first).rejects.toThrow('explained: the connection was closed')
  })

  it('is refused past its limit', async () => {
    const { body, turn } = open({ maxBytes: 20 })
    body.write(frame('x'.repeat(100)))
    await expect(turn.next()).rejects.toThrow('larger than 20 bytes')
  })

  it('takes no more bytes while a reader is slow, and goes on when it reads', async () => {
    const { body, turn } = open()
    const texts = Array.from({ length: 2_000 }, (_, index) => String(index))
    for (const text of texts) body.write(frame(text))
    body.end(frame('[DONE]'))
    await tick()
    await tick()
    expect(body.isPaused()).toBe(true)
    const events = await collect(turn)
    expect(events.slice(0, -1)).toEqual(texts.map(says))
  })

  it('that is left early gives up its connection', async () => {
    const { body, turn } = open()
    body.write(frame('a'))
    await turn.next()
    expect(await turn.return()).toEqual({ done: true, value: undefined })
    expect(body.destroyed).toBe(true)
    expect(await turn.next()).toEqual({ done: true, value: undefined })
  })

  it('keeps a connection that only says a little more, and gives up one that goes on', async () => {
    const kept = open()
    kept.body.write(frame('[DONE]') + frame('late'))
    expect(await collect(kept.turn)).toHaveLength(1)
    kept.body.end(frame('later'))
    await once(kept.body, 'close')
    expect(kept.body.errored).toBeNull()
    expect(kept.body.readableAborted).toBe(false)

    const talking = open()
    talking.body.write(frame('[DONE]'))
    await collect(talking.turn)
    for (let sent = 0; sent < 40; sent += 1) {
      if (talking.body.destroyed) break
      talking.body.write('x'.repeat(4_096))
      await tick()
    }
    expect(talking.body.readableAborted).toBe(true)
  })

  it('tells its end to who waits for the next event while it is left', async () => {
    const { body, turn } = open()
    const next = turn.next()
    await turn.return()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(body.destroyed).toBe(true)
  })

  it('tells that its connection was cut before anyone listened', async () => {
    const body = new PassThrough()
    body.on('error', () => {}).destroy(new Error('reset'))
    await tick()
    await expect(open({ body }).turn.next()).rejects.toThrow('explained: reset')
  })
})
