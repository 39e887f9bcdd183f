import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { localCaller } from '../../../src/core/caller.ts'
import { GatewayError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { followTasksOf } from '../../../src/serve/mcp/follow-tasks.ts'

const scope = { caller: localCaller, endpoint: { kind: 'all' } } as const
const declared = { extensions: { 'io.modelcontextprotocol/tasks': {} } }
const working = { taskId: 't', status: 'working', pollIntervalMs: 1_000 }
const done = { taskId: 't', status: 'completed', result: { content: [] } }

function open(looks: readonly (JsonObject | Error)[], capabilities: object = declared) {
  const left = [...looks]
  const asked: unknown[] = []
  const follow = followTasksOf(
    {
      async task(_scope, source, method, params, { client }) {
        asked.push([source, method, params.taskId, client?.capabilities])
        const next = left.shift() ?? working
        if (next instanceof Error) throw next
        return next
      },
    },
    { find: (_caller, id) => (id === 'sealed' ? { source: 'up', id: 't' } : undefined) },
  )
  const _meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities }
  const request = { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params: { _meta } } as const
  const told: JsonObject[] = []
  return {
    follow: (ids: string[]) => follow({ request, scope }, ids),
    told,
    tell: (task: JsonObject) => told.push(task),
    asked,
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a modern client that follows a task', () => {
  it('is told how it stands at first, of each change, and of nothing after its end', async () => {
    const { follow, told, tell, asked } = open([working, working, { ...working, statusMessage: 'half' }, done])
    follow(['sealed']).begin(tell)
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual([{ ...working, taskId: 'sealed' }])
    expect(asked).toEqual([['up', 'tasks/get', 't', declared]])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told.map(({ status, statusMessage }) => statusMessage ?? status)).toEqual(['working', 'half', 'completed'])
    expect(told.at(-1)).toEqual({ ...done, taskId: 'sealed' })
    expect(asked).toHaveLength(4)
  })

  it('is told on while its server is away for a while, and not once it has forgotten the task', async () => {
    const away = new GatewayError('SOURCE_UNAVAILABLE', 'away')
    const { follow, told, tell, asked } = open([away, working, new GatewayError('SOURCE_ERROR', 'unknown')])
    follow(['sealed']).begin(tell)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([told.length, asked.length]).toEqual([1, 3])
  })

  it('is told no more once it has stopped', async () => {
    const { follow, tell, asked } = open([])
    const stop = follow(['sealed']).begin(tell)
    await vi.advanceTimersByTimeAsync(1_500)
    stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(2)
  })

  it('follows only what is its own', async () => {
    const { follow, tell, asked } = open([])
    const { ids, begin } = follow(['foreign', 'sealed'])
    expect(ids).toEqual(['sealed'])
    begin(tell)()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(1)
  })

  it('is refused where it has not declared that it takes tasks', () => {
    const { follow } = open([], {})
    expect(follow([]).ids).toEqual([])
    expect(() => follow(['sealed'])).toThrow(
      expect.objectContaining({ code: -32021, data: { requiredCapabilities: declared } }),
    )
  })
})
