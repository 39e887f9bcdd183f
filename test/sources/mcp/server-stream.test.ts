import type { ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Limits } from '../../../src/core/limits.ts'
import type { StubRequest } from '../../fakes/http-stub.ts'
import { answerOldEra, httpStub } from '../../fakes/http-stub.ts'
import { listNames, open, remoteConfig, until } from './helpers.ts'

const events = (response: ServerResponse, text: string): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text) ? response : response
const changed = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })}\n\n`

/** A source at a server whose stream of its own messages the test writes; `turn` counts from 1. */
async function following(
  answer: (response: ServerResponse, turn: number, request: StubRequest) => void,
  limits: Partial<Limits> = {},
) {
  let turn = 0
  const stub = await httpStub((request, response) => {
    if (request.method !== 'GET') return answerOldEra(request, response)
    turn += 1
    answer(response, turn, request)
  })
  onTestFinished(() => stub.close())
  const source = open(remoteConfig(stub.url), limits)
  const lastIds = () =>
    stub.requests.filter(({ method }) => method === 'GET').map(seen => seen.headers['last-event-id'])
  return { source, stub, lastIds }
}

describe("the stream of a server's own messages, cut", () => {
  it('is opened again behind the last event that had an id, as soon as the server wants', async () => {
    const startedAt = performance.now()
    const { source, lastIds } = await following((response, turn) => {
      if (turn === 1) return void events(response, `id: e1\nretry: 100\ndata: \n\nid: e2\n${changed}${changed}`).end()
      events(response, turn === 2 ? `id: e3\n${changed}` : ': open\n\n')
      if (turn === 2) setTimeout(() => response.destroy(), 20)
    })
    let changes = 0
    source.onChange(() => {
      changes += 1
    })
    await until(() => lastIds().length === 3)
    expect(lastIds()).toEqual([undefined, 'e2', 'e3'])
    // That it is there is one; of the others each was sent once.
    expect(changes).toBe(4)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('is opened without an id where the server gave none', async () => {
    const { lastIds } = await following((response, turn) => {
      if (turn > 1) return void events(response, ': open\n\n')
      events(response, `retry: 100\n${changed}`).end()
    })
    await until(() => lastIds().length === 2)
    expect(lastIds()).toEqual([undefined, undefined])
  })

  it('is opened without the id that the server does not know any more, and the session stays', async () => {
    const { source, stub, lastIds } = await following((response, turn) => {
      if (turn === 1) return void events(response, `id: e1\nretry: 100\n${changed}`).end()
      if (turn === 2) return void response.writeHead(400).end('Unknown event')
      events(response, changed)
    })
    await until(() => lastIds().length === 3)
    await listNames(source)
    expect(lastIds()).toEqual([undefined, 'e1', undefined])
    expect(stub.requests.filter(({ rpc }) => rpc.method === 'initialize')).toHaveLength(1)
    expect(source.logged).toEqual([])
  })

  it('is tried again later while the server is out of order', async () => {
    const { source, stub, lastIds } = await following((response, turn) => {
      if (turn === 1) return void events(response, `id: e1\nretry: 100\n${changed}`).end()
      if (turn === 2) return void response.writeHead(503).end()
      events(response, changed)
    })
    await until(() => lastIds().length === 3)
    expect(lastIds()).toEqual([undefined, 'e1', 'e1'])
    expect(stub.requests.filter(({ rpc }) => rpc.method === 'initialize')).toHaveLength(1)
    expect(source.logged).toEqual([])
  })

  it('has its lists read anew where it cannot be told what was missed', async () => {
    const { source, lastIds } = await following((response, turn) => {
      if (turn === 1) return void events(response, 'retry: 100\n: open\n\n').end()
      events(response, ': open\n\n')
    })
    let changes = 0
    source.onChange(() => {
      changes += 1
    })
    await until(() => lastIds().length === 2 && changes === 2)
    await new Promise(resolve => setTimeout(resolve, 50))
    // One is that it is there.
    expect(changes).toBe(2)
  })

  it.each([409, 429, 503])('is opened again where it was refused for now, with %i', async status => {
    const { source, stub, lastIds } = await following((response, turn) => {
      if (turn === 1) return void events(response, 'retry: 100\n: open\n\n').end()
      if (turn === 2) return void response.writeHead(status).end()
      events(response, ': open\n\n')
    })
    await until(() => lastIds().length === 3)
    await listNames(source)
    expect(stub.requests.filter(({ rpc }) => rpc.method === 'initialize')).toHaveLength(1)
  })

  it('is opened anew when it is silent for long', async () => {
    const { lastIds } = await following(response => void events(response, 'retry: 100\n: open\n\n'), {
      maxSilenceMs: 500,
    })
    await until(() => lastIds().length === 2)
  })
})

describe("the stream of a server's own messages", () => {
  it('is tried again where it could not be opened at first', async () => {
    const { lastIds } = await following((response, turn) => {
      if (turn === 1) return void response.writeHead(503).end()
      events(response, ': open\n\n')
    })
    await until(() => lastIds().length === 2)
  })

  it.each([404, 405, 501])('is not asked for again where a server has none, and says so with %i', async status => {
    const { source, lastIds } = await following(response => void response.writeHead(status).end())
    await listNames(source)
    await until(() => lastIds().length === 1)
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(lastIds()).toHaveLength(1)
  })

  it('is asked for as often as the server wants that ends it each time and keeps what it has to say', async () => {
    const { lastIds } = await following(response => void events(response, 'id: e1\nretry: 100\ndata: \n\n').end())
    // With pauses that double it would take half a minute.
    await until(() => lastIds().length === 8)
    expect(new Set(lastIds().slice(1))).toEqual(new Set(['e1']))
  })

  it('is asked for less and less often where it ends as soon as it is opened', async () => {
    const at: number[] = []
    await following(response => {
      at.push(performance.now())
      events(response, 'retry: 100\n: open\n\n').end()
    })
    await until(() => at.length === 5)
    const pauses = at.slice(1).map((time, turn) => time - (at[turn] ?? 0))
    // Each is twice as long as the one before; a pause may be longer than it should be, never shorter.
    expect(pauses.map((pause, turn) => pause >= 0.9 * 100 * 2 ** (turn + 1))).toEqual([true, true, true, true])
  })
})
