import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { CallContext } from '../../../src/core/tool-source.ts'
import type { Relay } from '../../../src/sources/mcp/relay.ts'
import { needsTask, runModernTask } from '../../../src/sources/mcp/run-modern-task.ts'
import { fakeClient } from '../../fakes/client-link.ts'
import { never } from './helpers.ts'

type Said = JsonObject | Error

const task = (status: string, more: JsonObject = {}): JsonObject => ({
  taskId: 't',
  status,
  pollIntervalMs: 1,
  ...more,
})
const begun = task('working', { resultType: 'task' })
const done = task('completed', { result: { resultType: 'complete', content: [], _meta: { 'a/b': 1 } } })
const asking = (key: string): JsonObject =>
  task('input_required', { inputRequests: { [key]: { method: 'elicitation/create', params: { message: key } } } })

/** Runs a task of a server that says these things, one for each look. */
async function run(looks: readonly Said[], context: Partial<CallContext> = {}, limits = {}, created: Said = begun) {
  const sent: { method: string; params: JsonObject; declared: unknown }[] = []
  const left = [...looks]
  const relay: Relay = async (method, params, _context, extras) => {
    sent.push({ method, params, declared: extras?.takesTask })
    const said = method === 'tools/call' ? created : method === 'tasks/get' ? left.shift() : {}
    if (said === undefined) return task('working')
    if (said instanceof Error) throw said
    return said as JsonObject
  }
  const options = { sourceId: 'up', limits: { ...defaultLimits, ...limits }, relay }
  const outcome = await runModernTask(options, { name: 'x' }, { signal: never, ...context }, undefined).catch(
    (error: unknown) => error,
  )
  return { outcome, sent, methods: sent.map(({ method }) => method) }
}

describe('a call that its modern server takes only as a task', () => {
  it('gives the result of the task, without what belongs to the hop', async () => {
    const { outcome, sent } = await run([task('working'), done])
    expect(outcome).toEqual({ content: [], _meta: { 'a/b': 1 } })
    expect(sent).toEqual([
      { method: 'tools/call', params: { name: 'x' }, declared: true },
      { method: 'tasks/get', params: { taskId: 't' }, declared: true },
      { method: 'tasks/get', params: { taskId: 't' }, declared: true },
    ])
  })

  it('gives the result of a server that answers at once all the same', async () => {
    const { outcome, methods } = await run([], {}, {}, { content: [] })
    expect([outcome, methods]).toEqual([{ content: [] }, ['tools/call']])
  })

  it('has the client asked once for each thing that the task wants to know', async () => {
    const client = fakeClient()
    const { sent, outcome } = await run([asking('a'), asking('a'), task('working'), asking('b'), done], { client })
    expect(outcome).toMatchObject({ content: [] })
    expect(client.asked.map(({ params }) => params.message)).toEqual(['a', 'b'])
    expect(sent.filter(({ method }) => method === 'tasks/update').map(({ params }) => params)).toEqual([
      { taskId: 't', inputResponses: { a: { action: 'accept', by: 'one' } } },
      { taskId: 't', inputResponses: { b: { action: 'accept', by: 'one' } } },
    ])
  })

  it.each([
    ['failed', task('failed', { error: { code: -32050, message: 'no more' } }), { code: -32050, message: 'no more' }],
    ['failed without an error', task('failed', { statusMessage: 'broken' }), undefined],
    ['was cancelled by its server', task('cancelled'), undefined],
  ])('fails where the task %s, which needs no cancel', async (_, look, data) => {
    const { outcome, methods } = await run([look])
    expect(outcome).toMatchObject({ code: 'SOURCE_ERROR', data })
    expect((outcome as Error).message).toMatch(/"up" (failed|has cancelled) the task of this call: \S/)
    expect(methods).not.toContain('tasks/cancel')
  })

  it.each([
    ['a result that is none', task('completed', { result: 7 }), 'SOURCE_PROTOCOL'],
    ['an error to a look', new GatewayError('SOURCE_ERROR', 'unknown task'), 'SOURCE_ERROR'],
  ])('fails at %s', async (_, look, code) => {
    expect((await run([look])).outcome).toMatchObject({ code })
  })

  it('bears a few looks without an answer, and then gives up', async () => {
    const away = new GatewayError('SOURCE_UNAVAILABLE', 'away')
    expect((await run([away, away, done])).outcome).toMatchObject({ content: [] })
    const { outcome, methods } = await run([away, away, away, done])
    expect(outcome).toBe(away)
    expect(methods.at(-1)).toBe('tasks/cancel')
  })

  it.each([
    ['its client cannot be asked', {}, {}, 'SOURCE_PROTOCOL'],
    ['it asks for too much', { client: fakeClient() }, { maxAsksPerCall: 1 }, 'LIMIT_REACHED'],
  ])('is cancelled where %s', async (_, context, limits, code) => {
    const { outcome, methods } = await run([asking('a'), asking('b')], context, limits)
    expect(outcome).toMatchObject({ code })
    expect(methods.at(-1)).toBe('tasks/cancel')
  })

  it('is cancelled when its caller goes away, and when it has taken too long', async () => {
    const caller = new AbortController()
    const going = run([], { signal: caller.signal })
    caller.abort()
    expect((await going).outcome).toMatchObject({ code: 'CANCELLED' })
    const slow = await run([], {}, { callHardTimeoutMs: 20 })
    expect(slow.outcome).toMatchObject({ code: 'SOURCE_TIMEOUT', message: expect.stringContaining('20 ms') })
    expect((await going).methods.at(-1)).toBe('tasks/cancel')
    expect(slow.methods.at(-1)).toBe('tasks/cancel')
  })
})

describe('that a call needs a task', () => {
  const refusal = (code: number, extensions: object) =>
    new GatewayError('SOURCE_ERROR', 'no', {
      data: { code, message: 'no', data: { requiredCapabilities: { extensions } } },
    })
  it.each([
    ['is said by -32021 that names the extension', refusal(-32021, { 'io.modelcontextprotocol/tasks': {} }), true],
    ['is not said by one that names another', refusal(-32021, { 'io.modelcontextprotocol/ui': {} }), false],
    ['is not said by another error', refusal(-32602, { 'io.modelcontextprotocol/tasks': {} }), false],
    ['is not said by -32021 without data', new GatewayError('SOURCE_ERROR', 'no', { data: { code: -32021 } }), false],
    ['is not said by a fault of ours', new TypeError('no'), false],
  ])('%s', (_, error, expected) => {
    expect(needsTask(error)).toBe(expected)
  })
})
