import type { ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { httpTransport } from '../../../src/sources/mcp/http-transport.ts'
import { answerOldEra, httpStub } from '../../fakes/http-stub.ts'
import { never, open, remoteConfig, textOf, until } from './helpers.ts'

const result = (id: unknown, text: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } })
const progress = (progressToken: unknown, step: number): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: step } })

/** A server whose answers the test writes: the stream of the call, and those by which it is resumed. */
async function openResuming(
  first: (response: ServerResponse, id: unknown) => void,
  next: (response: ServerResponse, id: unknown, lastId: string, turn: number) => void,
) {
  let calling: unknown
  let turn = 0
  const stub = await httpStub((request, response) => {
    const lastId = request.headers['last-event-id']
    if (request.method === 'GET' && lastId !== undefined) {
      turn += 1
      return next(response, calling, String(lastId), turn)
    }
    if (request.rpc.method !== 'tools/call') return answerOldEra(request, response)
    calling = request.rpc.id
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    first(response, calling)
  })
  onTestFinished(() => stub.close())
  return { source: open(remoteConfig(stub.url)), stub }
}

describe('an answer whose stream ends before it', () => {
  it('is gone on with from the last event, as often as the server ends it, and nothing is lost', async () => {
    const { source, stub } = await openResuming(
      response => response.end('id: e1\nretry: 20\ndata: \n\n'),
      (response, id, _lastId, turn) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(turn < 5 ? `id: e${turn + 1}\ndata: ${progress(id, turn)}\n\n` : `data: ${result(id, 'late')}\n\n`)
      },
    )
    const seen: unknown[] = []
    const answer = await source.call('x', {}, { signal: never, onProgress: step => seen.push(step.progress) })
    expect([textOf(answer), seen]).toEqual(['late', [1, 2, 3, 4]])
    const asked = stub.requests.flatMap(({ headers }) => headers['last-event-id'] ?? [])
    expect(asked).toEqual(['e1', 'e2', 'e3', 'e4', 'e5'])
  })

  it('is gone on with also when the connection was cut', async () => {
    const { source } = await openResuming(
      response => void response.write('id: e1\nretry: 20\ndata: \n\ndata: {"js', () => response.destroy()),
      (response, id) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(`data: ${result(id, 'late')}\n\n`)
      },
    )
    expect(textOf(await source.call('x', {}, { signal: never }))).toBe('late')
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['refuses that', response => void response.writeHead(405).end()],
    ['sends nothing new', response => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end()],
  ])('fails the call when the server %s', async (_, next) => {
    const { source } = await openResuming(response => response.end('id: e1\nretry: 20\ndata: \n\n'), next)
    await expect(source.call('x', {}, { signal: never })).rejects.toThrow('ended its answer without the result')
  })

  it('is given up with its call', async () => {
    const { source } = await openResuming(
      response => response.end('id: e1\nretry: 20000\ndata: \n\n'),
      response => response.destroy(),
    )
    const calling = source.call('x', {}, { signal: AbortSignal.timeout(200) })
    await expect(calling).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('is given up when its transport is closed', async () => {
    const { stub } = await openResuming(
      response => response.end('id: e1\nretry: 30000\ndata: \n\n'),
      response => response.destroy(),
    )
    const transport = httpTransport(remoteConfig(stub.url), {
      maxMessageBytes: 1_000,
      connectTimeoutMs: 1_000,
      maxSilenceMs: 300_000,
    })
    await transport.start({ onMessage: () => {}, onClose: () => {}, onUnreadable: () => {} })
    const sending = transport.send({ jsonrpc: '2.0', id: 1, method: 'tools/call' })
    sending.catch(() => {})
    await until(() => stub.requests.length > 0)
    await new Promise(resolve => setTimeout(resolve, 50))
    await transport.close()
    await expect(sending).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })
})

describe('a stream that stays open behind its answer', () => {
  it.each([
    ['for a moment keeps its connection', 50, true],
    ['is cut after a while', 60_000, false],
  ])('%s', async (_, openMs, keeps) => {
    let cut: boolean | undefined
    const { source } = await openResuming(
      (response, id) => {
        response.write(`data: ${result(id, 'early')}\n\n`)
        const timer = setTimeout(() => response.end(), openMs)
        response.once('close', () => {
          clearTimeout(timer)
          setTimeout(() => (cut = response.req.socket.destroyed), 50)
        })
      },
      response => response.destroy(),
    )
    expect(textOf(await source.call('x', {}, { signal: never }))).toBe('early')
    await until(() => cut !== undefined)
    expect(cut).toBe(!keeps)
  })
})
