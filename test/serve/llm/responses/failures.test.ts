import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { PassingStore } from '../../../../src/core/passing-store.ts'
import { textResult } from '../../../../src/core/tool.ts'
import { passingMemory } from '../../../../src/store/passing-memory.ts'
import { calls, chunk, fails, hangs, says, streams } from '../../../fakes/openai-provider.ts'
import { ask, eventsOf, mcp, startResponses, typesOf } from './responses-setup.ts'

const add = calls([{ id: 'c1', name: 'add', args: {} }])
const error = { message: 'Slow down.', type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded' }

describe('a provider that fails', () => {
  it.each([false, true])('before the first byte is a status (streamed: %s)', async stream => {
    const { client } = await startResponses([fails(429, { error }, { 'retry-after': '7' })])
    const asked = client.responses.create({ ...ask([mcp()]), stream } as never)
    await expect(asked).rejects.toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      error: { message: 'Slow down.' },
    })
  })

  it('after it is told in the stream, which then ends, with what was done until then', async () => {
    const server = await startResponses([add, fails(429, { error })])
    const events = await eventsOf(server, ask([mcp()]))
    const last = events.at(-1)
    expect(typesOf(events.slice(-3))).toBe('response.mcp_call.completed response.output_item.done response.failed')
    expect(last).toMatchObject({
      sequence_number: events.length - 1,
      response: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Slow down.' }, completed_at: null },
    })
    expect(last?.type === 'response.failed' && typesOf(last.response.output)).toBe('mcp_list_tools mcp_call')
    expect(server.logged.at(-1)).toBe('A response failed: Model "fast": Slow down.')
  })

  it('in the middle of a message leaves it incomplete, with what was said', async () => {
    const server = await startResponses([streams([chunk({ content: 'It' })], { cut: true })])
    const events = await eventsOf(server, ask([]))
    const last = events.at(-1)
    expect(typesOf(events.slice(-3))).toBe('response.content_part.done response.output_item.done response.failed')
    expect(last).toMatchObject({
      type: 'response.failed',
      response: {
        status: 'failed',
        error: { code: 'server_error' },
        output: [{ type: 'message', status: 'incomplete', content: [{ type: 'output_text', text: 'It' }] }],
      },
    })
  })

  it('in the middle of a thought keeps it too', async () => {
    const server = await startResponses([streams([chunk({ reasoning_content: 'Hm' })], { cut: true })])
    const events = await eventsOf(server, ask([]))
    expect(typesOf(events.slice(-2))).toBe('response.output_item.done response.failed')
    expect(events.at(-1)).toMatchObject({
      response: { output: [{ type: 'reasoning', summary: [{ text: 'Hm' }] }] },
    })
  })

  it('after tools were called must not be asked again by itself', async () => {
    const { url } = await startResponses([add, fails(500, { error })])
    const response = await fetch(`${url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ask([mcp()])),
    })
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([500, 'false'])
  })

  it('once the stream was opened to keep the connection is told as an error event', async () => {
    const late = async (_: unknown, response: Parameters<ReturnType<typeof fails>>[1]): Promise<void> => {
      await new Promise(resolve => setTimeout(resolve, 60))
      await fails(500, { error })({} as never, response)
    }
    const { url } = await startResponses([late], { limits: { keepAliveMs: 10 } })
    const response = await fetch(`${url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ask([]), stream: true }),
    })
    expect(response.status).toBe(200)
    const [, data = ''] = /event: error\ndata: (.*)\n\n$/.exec(await response.text()) ?? []
    expect(JSON.parse(data)).toMatchObject({ type: 'error', sequence_number: 0, message: 'Slow down.' })
  })
})

describe('limits', () => {
  it('on time end an answer as failed', async () => {
    const server = await startResponses([add, hangs], { limits: { completionTimeoutMs: 2_000 } })
    const last = (await eventsOf(server, ask([mcp()]))).at(-1)
    expect(last).toMatchObject({
      type: 'response.failed',
      response: { error: { message: expect.stringContaining('limits.completionTimeoutMs') } },
    })
  })

  it('on rounds are told, and the model answers without tools', async () => {
    const server = await startResponses([add, add, says('enough')], { limits: { maxRounds: 2 } })
    const response = await server.client.responses.create(ask([mcp()]))
    expect(response).toMatchObject({ status: 'completed', patchbay_stopped_by: 'maxRounds' })
    expect(response.output_text).toBe('enough')
  })
})

it('a client that goes away ends the turn and the calls, and nothing is kept', async () => {
  const started = Promise.withResolvers<AbortSignal>()
  const answer = async (_: string, __: unknown, signal: AbortSignal) => {
    started.resolve(signal)
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    return textResult('late')
  }
  const kept: string[] = []
  const store: PassingStore = { ...passingMemory(), set: async key => kept.push(key) > 0 }
  const server = await startResponses([add, says('never')], { answer, store })
  const stream = await server.client.responses.create({ ...ask([mcp()]), stream: true })
  const reading = (async () => {
    for await (const _ of stream) await started.promise.then(() => stream.controller.abort())
  })()
  const signal = await started.promise
  await expect.poll(() => signal.aborted).toBe(true)
  await reading.catch(thrown => expect(thrown).toBeInstanceOf(OpenAI.APIUserAbortError))
  expect(server.provider.received).toHaveLength(1)
  expect([server.logged, kept]).toEqual([[], []])
})
