import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { Progress } from '../../../src/core/tool.ts'
import { relayOver } from '../../../src/sources/mcp/relay.ts'
import type { Session } from '../../../src/sources/mcp/session.ts'
import { watchTasks } from '../../../src/sources/mcp/watch-tasks.ts'
import { fakeClient } from '../../fakes/client-link.ts'
import { never } from './helpers.ts'

/** A relay to a session that tells these steps and answers so. */
function open(modern: boolean, answer: JsonObject, steps: readonly Progress[] = []) {
  const asked: { params: JsonObject; takesTask: unknown }[] = []
  const session = {
    modern,
    capabilities: {},
    request: async (_method: string, params: JsonObject, options: Parameters<Session['request']>[2]) => {
      asked.push({ params, takesTask: options.takesTask })
      for (const step of steps) options.onProgress?.(step)
      return answer
    },
  } as unknown as Session
  const tasks = watchTasks(60_000)
  const relay = relayOver({
    sourceId: 'up',
    limits: defaultLimits,
    timeoutMs: 1_000,
    logs: { prepare: () => undefined },
    withSession: (_signal, use) => use(session),
    report: () => {},
    elicitations: { refused: () => {} },
    tasks,
  })
  return { relay, asked, tasks }
}

const begun = { resultType: 'task', taskId: 't', status: 'working' }

describe('relaying', () => {
  it('passes progress that rises, without the `_meta` that belongs to the hop', async () => {
    const related = { 'io.modelcontextprotocol/related-task': { taskId: 'raw' } }
    const { relay } = open(false, {}, [
      { progress: 1, _meta: related },
      { progress: 0.5 },
      { progress: 2, _meta: { ...related, 'a/b': 1 }, more: 'kept' },
    ])
    const steps: Progress[] = []
    await relay('tools/call', {}, { signal: never, onProgress: step => void steps.push(step) })
    expect(steps).toEqual([{ progress: 1 }, { progress: 2, _meta: { 'a/b': 1 }, more: 'kept' }])
  })

  it('gives a task only to who takes one: the source itself, or a client that says so', async () => {
    const { relay, asked, tasks } = open(true, begun)
    await expect(relay('tools/call', {}, { signal: never })).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
    expect(tasks.open()).toBe(0)
    expect(await relay('tools/call', {}, { signal: never }, { takesTask: true })).toEqual(begun)
    const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } }
    const client = fakeClient('one', { capabilities })
    expect(await relay('tools/call', {}, { signal: never, client, input: {} })).toEqual(begun)
    await expect(relay('tools/call', {}, { signal: never, client })).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
    expect(asked.map(({ takesTask }) => takesTask)).toEqual([undefined, true, undefined, undefined])
    expect(tasks.open()).toBe(1)
  })
})
