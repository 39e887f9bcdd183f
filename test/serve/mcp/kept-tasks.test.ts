import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Caller } from '../../../src/core/caller.ts'
import { localCaller } from '../../../src/core/caller.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TaskListener } from '../../../src/core/tool-source.ts'
import { keepTasks } from '../../../src/serve/mcp/kept-tasks.ts'
import type { McpReply } from '../../../src/serve/mcp/mcp-reply.ts'
import type { McpRequest } from '../../../src/serve/mcp/mcp-request.ts'
import type { OldClient } from '../../../src/serve/mcp/old-client.ts'

type Told = { method: string; params: JsonObject }

const status = 'notifications/tasks/status'
const related = { 'io.modelcontextprotocol/related-task': { taskId: 'sealed-t' } }

function open(maxTasks = 10) {
  const clock = { now: 0 }
  const followed = new Map<string, TaskListener>()
  const gateway = {
    followTask(source: string, id: string, listener: TaskListener, client?: string) {
      const key = `${source} ${id} ${client}`
      followed.set(key, listener)
      return () => void followed.delete(key)
    },
  }
  const kept = keepTasks(gateway, { maxTasks }, () => clock.now)
  const begin = async (id: string, { caller = localCaller, client, meta, ttl }: Begun = {}) => {
    kept.begin(requestOf(caller, client, meta), { source: 'up', id, sealed: `sealed-${id}` }, ttl)
    await nextTurn()
  }
  const ids = (caller = localCaller, behind = 0) => kept.listed(caller.id, behind).map(({ id }) => id)
  return { kept, followed, clock, begin, ids }
}

type Begun = { caller?: Caller; client?: OldClient; meta?: JsonObject; ttl?: number }

function requestOf(caller: Caller, client?: OldClient, _meta: JsonObject = {}, reply?: McpReply): McpRequest {
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { _meta } } as const
  const scope = { caller, endpoint: { kind: 'all' } } as const
  const { signal } = new AbortController()
  return {
    request,
    scope,
    modern: false,
    signal,
    reply: reply ?? replyOf([]),
    owner: { abort: () => {} },
    ...(client && { client }),
  }
}

function replyOf(told: Told[], isOpen = true): McpReply {
  return {
    notify: (method, params) => void told.push({ method, params }),
    ask: () => {},
    result: () => {},
    error: () => {},
    isOpen: () => isOpen,
    onClose: () => {},
  }
}

function clientOf(told: Told[], more: Partial<OldClient> = {}): OldClient {
  return { clientId: 'c', capabilities: {}, notify: (method, params) => void told.push({ method, params }), ...more }
}

describe('a task that an old client has begun', () => {
  it('is listed to its caller alone, the oldest first, behind a number', async () => {
    const { begin, ids, kept } = open()
    const other = { id: 'other', access: {} }
    await begin('a')
    await begin('b', { caller: other })
    await begin('c')
    expect([ids(), ids(other), ids(localCaller, kept.listed(localCaller.id, 0)[0]?.number)]).toEqual([
      ['a', 'c'],
      ['b'],
      ['c'],
    ])
  })

  it('is told of to that client under its own id, with its token, and no more once it is over', async () => {
    const { begin, followed } = open()
    const told: Told[] = []
    await begin('t', { client: clientOf(told), meta: { progressToken: 7 } })
    const listener = followed.get('up t c')
    listener?.('notifications/progress', { progress: 1 })
    listener?.('notifications/message', { level: 'error', data: 1, _meta: { 'a/b': 2 } })
    listener?.('notifications/message', { level: 'debug', data: 2 })
    listener?.(status, { taskId: 't', status: 'completed' })
    expect(told).toEqual([
      { method: 'notifications/progress', params: { progress: 1, progressToken: 7, _meta: related } },
      { method: 'notifications/message', params: { level: 'error', data: 1, _meta: { 'a/b': 2, ...related } } },
      { method: status, params: { taskId: 'sealed-t', status: 'completed' } },
    ])
    expect(followed.size).toBe(0)
  })

  it('is followed no more where it was over before', async () => {
    const stopped: string[] = []
    const kept = keepTasks(
      {
        followTask(_source, id, listener) {
          listener(status, { taskId: id, status: 'completed' })
          return () => void stopped.push(id)
        },
      },
      { maxTasks: 1 },
    )
    const told: Told[] = []
    kept.begin(requestOf(localCaller, clientOf(told)), { source: 'up', id: 't', sealed: 'sealed-t' }, undefined)
    expect(told).toEqual([])
    await nextTurn()
    expect([told.length, stopped]).toEqual([1, ['t']])
  })

  it('is told of without progress to a client that wants none', async () => {
    const { begin, followed } = open()
    const told: Told[] = []
    await begin('t', { client: clientOf(told, { logLevel: 'debug' }) })
    followed.get('up t c')?.('notifications/progress', { progress: 1 })
    followed.get('up t c')?.('notifications/message', { level: 'debug', data: 2 })
    expect(told.map(({ method }) => method)).toEqual(['notifications/message'])
  })

  it('is told of on the stream that waits for its result, where that is its client’s', async () => {
    const { begin, followed, kept } = open()
    const [own, stream, foreign, closed]: Told[][] = [[], [], [], []]
    const client = clientOf(own as Told[])
    await begin('t', { client })
    kept.answering(requestOf(localCaller, clientOf([]), {}, replyOf(foreign as Told[])), 'sealed-t')
    kept.answering(requestOf(localCaller, client, {}, replyOf(closed as Told[], false)), 'sealed-t')
    const done = kept.answering(requestOf(localCaller, client, {}, replyOf(stream as Told[])), 'sealed-t')
    followed.get('up t c')?.(status, { taskId: 't', status: 'working' })
    done()
    followed.get('up t c')?.(status, { taskId: 't', status: 'working' })
    expect([own?.length, stream?.length, foreign, closed]).toEqual([1, 1, [], []])
  })

  it('of a client without a session is listed, and followed by nobody', async () => {
    const { begin, followed, ids } = open()
    await begin('t')
    expect([ids(), followed.size]).toEqual([['t'], 0])
  })
})

describe('there is room', () => {
  it('for so many, the oldest of which gives way and is followed no more', async () => {
    const { begin, ids, followed } = open(2)
    for (const id of ['a', 'b', 'c']) await begin(id, { client: clientOf([]) })
    expect([ids(), [...followed.keys()]]).toEqual([
      ['b', 'c'],
      ['up b c', 'up c c'],
    ])
  })

  it('for half as many of one key, whose own oldest gives way', async () => {
    const { begin, ids } = open(4)
    const [one, two] = [
      { id: 'one', access: {} },
      { id: 'two', access: {} },
    ]
    await begin('x', { caller: two })
    for (const id of ['a', 'b', 'c']) await begin(id, { caller: one })
    expect([ids(one), ids(two)]).toEqual([['b', 'c'], ['x']])
  })

  it('for none whose time is over', async () => {
    const { begin, ids, clock } = open()
    await begin('short', { ttl: 1_000 })
    await begin('endless')
    clock.now = 61_000
    await begin('new')
    expect(ids()).toEqual(['short', 'endless', 'new'])
    clock.now = 61_001
    await begin('newer')
    expect(ids()).toEqual(['endless', 'new', 'newer'])
  })

  it('for none of a caller whose key is gone, and for none at the end', async () => {
    const { begin, ids, kept, followed } = open()
    const gone = { id: 'gone', access: {} }
    await begin('a', { caller: gone, client: clientOf([]) })
    await begin('b', { client: clientOf([]) })
    kept.recheck(({ id }) => id !== 'gone')
    expect([ids(gone), ids(), followed.size]).toEqual([[], ['b'], 1])
    kept.close()
    expect([ids(), followed.size]).toEqual([[], 0])
  })
})
