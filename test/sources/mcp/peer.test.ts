import { describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import type { Limits } from '../../../src/core/limits.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { RpcMessage } from '../../../src/core/protocol.ts'
import { answerAsks } from '../../../src/sources/mcp/asks.ts'
import type { Peer, RequestOptions } from '../../../src/sources/mcp/peer.ts'
import { openPeer } from '../../../src/sources/mcp/peer.ts'
import type { TransportHandlers } from '../../../src/sources/mcp/transport.ts'
import { never } from './helpers.ts'

const patient: RequestOptions = { signal: never, timeoutMs: Number.POSITIVE_INFINITY }

/** A peer over a transport that the test plays: what was sent, and a way to answer. */
async function openFake(
  send: (message: RpcMessage) => Promise<void> = async () => {},
  limits: Partial<Limits> = {},
  close: () => Promise<void> = async () => {},
) {
  const sent: RpcMessage[] = []
  const logged: string[] = []
  const onNotification = vi.fn()
  let handlers: TransportHandlers | undefined
  const peer: Peer = await openPeer(
    {
      start: async given => {
        handlers = given
      },
      send: message => {
        sent.push(message)
        return send(message)
      },
      close,
    },
    {
      sourceId: 'up',
      onNotification,
      asks: answer => answerAsks({ sourceId: 'up', limits: { ...defaultLimits, ...limits }, send: answer }),
      limits: { ...defaultLimits, ...limits },
      log: message => logged.push(message),
    },
  )
  if (handlers === undefined) throw new Error('never started')
  return { peer, sent, logged, onNotification, tell: handlers }
}

describe('a peer', () => {
  it('matches answers to requests in whatever order they come, also when the id comes back as text', async () => {
    const { peer, tell } = await openFake()
    const [first, second] = [peer.request('a', {}, patient), peer.request('b', {}, patient)]
    tell.onMessage({ jsonrpc: '2.0', id: 2, result: { from: 'b' } })
    tell.onMessage({ jsonrpc: '2.0', id: '1', result: { from: 'a' } })
    expect([await first, await second]).toEqual([{ from: 'a' }, { from: 'b' }])
  })

  it.each([
    ['once it is closed', undefined, /"up" is being closed/, true],
    ['at once where a reason is given', new Error('It is silent.'), /It is silent/, false],
  ])('fails what still runs %s', async (_, why, message, waits) => {
    const closing = Promise.withResolvers<void>()
    const { peer } = await openFake(undefined, {}, () => closing.promise)
    let failed = false
    const running = peer.request('a', {}, patient).catch((error: Error) => {
      failed = true
      return error.message
    })
    const closed = peer.close(why)
    await new Promise(setImmediate)
    expect(failed).toBe(!waits)
    closing.resolve()
    await closed
    expect(await running).toMatch(message)
  })

  it('takes the first of two answers, and notes the second', async () => {
    const { peer, tell, logged } = await openFake()
    const answer = peer.request('a', {}, patient)
    tell.onMessage({ jsonrpc: '2.0', id: 1, result: { first: true } })
    tell.onMessage({ jsonrpc: '2.0', id: 1, result: { first: false } })
    expect(await answer).toEqual({ first: true })
    expect(logged).toEqual(['"up" answered a request that is not open (id 1).'])
  })

  it.each([
    ['an error', { error: { code: -32001, message: 'no', data: { a: 1 } } }, 'SOURCE_ERROR', /error -32001: no/],
    ['both', { result: {}, error: { code: 1, message: 'x' } }, 'SOURCE_PROTOCOL', /result and an error at once/],
    ['a result that is no object', { result: 'yes' }, 'SOURCE_PROTOCOL', /no object/],
  ])('fails the request on %s', async (_, answer, code, message) => {
    const { peer, tell } = await openFake()
    const request = peer.request('a', {}, patient)
    tell.onMessage({ jsonrpc: '2.0', id: 1, ...answer })
    await expect(request).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('keeps the error of the upstream whole, so that it can be passed on', async () => {
    const { peer, tell } = await openFake()
    const request = peer.request('a', {}, patient)
    tell.onMessage({ jsonrpc: '2.0', id: 1, error: { code: -32099, message: 'm', data: { deep: [1] } } })
    await expect(request).rejects.toMatchObject({ data: { code: -32099, message: 'm', data: { deep: [1] } } })
  })

  it('says that it gave up, once, when the caller cancels, and drops what comes after', async () => {
    const { peer, sent, tell, logged } = await openFake()
    const caller = new AbortController()
    const request = peer.request('tools/call', { name: 'x' }, { ...patient, signal: caller.signal })
    caller.abort()
    await expect(request).rejects.toMatchObject({ code: 'CANCELLED' })
    tell.onMessage({ jsonrpc: '2.0', id: 1, result: {} })
    expect(sent.slice(1)).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: 1, reason: 'tools/call to "up" was cancelled.' },
      },
    ])
    expect(logged).toEqual([])
    tell.onMessage({ jsonrpc: '2.0', id: 1, result: {} })
    expect(logged).toEqual(['"up" answered a request that is not open (id 1).'])
  })

  it('sends nothing for a caller who is gone already', async () => {
    const { peer, sent } = await openFake()
    const gone = { ...patient, signal: AbortSignal.abort() }
    await expect(peer.request('a', {}, gone)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(sent).toEqual([])
  })

  it('never cancels initialize', async () => {
    const { peer, sent } = await openFake()
    await expect(peer.request('initialize', {}, { signal: never, timeoutMs: 1 })).rejects.toThrow('within 1 ms')
    expect(sent.map(({ method }) => method)).toEqual(['initialize'])
  })

  it('counts the time from the last progress, but never past the hard limit', async () => {
    vi.useFakeTimers()
    try {
      const { peer, tell } = await openFake()
      const progress: unknown[] = []
      const request = peer.request(
        'tools/call',
        { _meta: { keep: 1 } },
        { signal: never, timeoutMs: 100, hardTimeoutMs: 250, onProgress: given => progress.push(given) },
      )
      const failed = expect(request).rejects.toThrow('gave no answer to tools/call within 250 ms')
      for (const step of [1, 2, 3, 4]) {
        await vi.advanceTimersByTimeAsync(60)
        tell.onMessage({
          jsonrpc: '2.0',
          method: 'notifications/progress',
          params: { progressToken: 1, progress: step, more: 'kept' },
        })
      }
      await vi.advanceTimersByTimeAsync(10)
      await failed
      expect(progress).toHaveLength(4)
      expect(progress[0]).toEqual({ progress: 1, more: 'kept' })
    } finally {
      vi.useRealTimers()
    }
  })

  it('gives each request that wants progress a token of its own, and keeps the rest of its _meta', async () => {
    const { peer, sent, tell } = await openFake()
    const seen: unknown[] = []
    const params = { name: 'x', _meta: { traceparent: '00', progressToken: 'callers' } }
    const done = peer.request('tools/call', params, { ...patient, onProgress: given => seen.push(given) })
    expect(sent[0]?.params?._meta).toEqual({ traceparent: '00', progressToken: 1 })
    const progress = { jsonrpc: '2.0', method: 'notifications/progress' } as const
    tell.onMessage({ ...progress, params: { progressToken: 99, progress: 1 } })
    tell.onMessage({ ...progress, params: { progressToken: 1, progress: 2 } })
    tell.onMessage({ jsonrpc: '2.0', id: 1, result: {} })
    tell.onMessage({ ...progress, params: { progressToken: 1, progress: 3 } })
    await done
    expect(seen).toEqual([{ progress: 2 }])
  })

  it('tells the progress of a task after it was begun, and of which task it is', async () => {
    const { peer, tell, onNotification } = await openFake()
    const seen: unknown[] = []
    const options = { ...patient, onProgress: (given: unknown) => void seen.push(given) }
    const [asTask, plain] = [peer.request('tools/call', { task: {} }, options), peer.request('tools/call', {}, options)]
    const progress = { jsonrpc: '2.0', method: 'notifications/progress' } as const
    tell.onMessage({ ...progress, params: { progressToken: 1, progress: 1 } })
    for (const id of [1, 2]) tell.onMessage({ jsonrpc: '2.0', id, result: { task: { taskId: `t${id}` } } })
    await Promise.all([asTask, plain])
    for (const progressToken of [1, 2]) tell.onMessage({ ...progress, params: { progressToken, progress: 2 } })
    expect(seen).toEqual([{ progress: 1 }])
    const _meta = { 'io.modelcontextprotocol/related-task': { taskId: 't1' } }
    expect(onNotification.mock.calls.map(([method, params]) => [method, params])).toEqual([
      ['notifications/progress', { progress: 2, _meta }],
    ])
  })

  it.each([
    ['the call about it', 't', 1],
    ['nobody, where no call is about it', 'u', 'ended'],
  ])('says of a notification that names a task that it belongs to %s', async (_, taskId, expected) => {
    const { peer, tell, onNotification } = await openFake()
    const caller = {}
    void peer.request('tasks/result', { taskId: 't' }, { ...patient, caller })
    void peer.request('tools/call', {}, { ...patient, caller })
    const _meta = { 'io.modelcontextprotocol/related-task': { taskId } }
    tell.onMessage({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 1, _meta } })
    const whose = onNotification.mock.calls[0]?.[2]()
    expect(typeof whose === 'string' ? whose : whose.id).toBe(expected)
  })

  it('fails everything that is open when the upstream goes away, with the reason', async () => {
    const { peer, tell } = await openFake()
    const requests = [peer.request('a', {}, patient), peer.request('b', {}, patient)]
    const reason = new GatewayError('SOURCE_UNAVAILABLE', '"up" exited with code 1.')
    tell.onClose(reason)
    for (const request of requests) await expect(request).rejects.toBe(reason)
    expect(await peer.closed).toBe(reason)
  })

  it('fails a request whose answer cannot be read, and only that one', async () => {
    const { peer, tell, logged } = await openFake()
    const [first, second] = [peer.request('a', {}, patient), peer.request('b', {}, patient)]
    tell.onUnreadable('a message of more than 5 bytes', 1)
    tell.onUnreadable('noise')
    await expect(first).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
    tell.onMessage({ jsonrpc: '2.0', id: 2, result: {} })
    expect(await second).toEqual({})
    expect(logged).toHaveLength(2)
  })

  it('fails a request that could not be sent', async () => {
    const { peer } = await openFake(() => Promise.reject(new GatewayError('SOURCE_UNAVAILABLE', 'not running')))
    await expect(peer.request('a', {}, patient)).rejects.toThrow('not running')
  })

  it('answers ping, and says of what it does not know that it has no such method', async () => {
    const { sent, tell } = await openFake()
    tell.onMessage({ jsonrpc: '2.0', id: 'p', method: 'ping' })
    tell.onMessage({ jsonrpc: '2.0', id: 's', method: 'sampling/guess', params: {} })
    await vi.waitFor(() => expect(sent).toHaveLength(2))
    expect(sent).toEqual([
      { jsonrpc: '2.0', id: 'p', result: {} },
      { jsonrpc: '2.0', id: 's', error: { code: -32601, message: 'Patchbay does not answer sampling/guess.' } },
    ])
  })

  it('answers no more than eight at once, in order, however much is asked', async () => {
    const open: (() => void)[] = []
    const { sent, tell } = await openFake(() => new Promise(resolve => open.push(resolve)))
    for (let id = 0; id < 20; id += 1) tell.onMessage({ jsonrpc: '2.0', id, method: 'ping' })
    await vi.waitFor(() => expect(open).toHaveLength(8))
    while (sent.length < 20) {
      open.shift()?.()
      await new Promise(setImmediate)
      expect(open.length).toBeLessThanOrEqual(8)
    }
    expect(sent.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, id) => id))
  })

  it('hands notifications on', async () => {
    const { tell, onNotification } = await openFake()
    tell.onMessage({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    expect(onNotification).toHaveBeenCalledExactlyOnceWith('notifications/tools/list_changed', {}, expect.any(Function))
  })
})
