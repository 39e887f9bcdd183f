import { describe, expect, it, onTestFinished } from 'vitest'
import { fakeClient } from '../../fakes/client-link.ts'
import { answerOldEra, httpStub } from '../../fakes/http-stub.ts'
import { callText, never, open, remoteConfig, stdioConfig, textOf } from './helpers.ts'

const megabyte = 1_048_576

/** A server over HTTP that answers each call with an event stream; the test writes what is in it. */
async function openStreaming(write: (id: unknown, token: unknown) => Iterable<string>, limits = {}) {
  const stub = await httpStub(async (request, response) => {
    const { id, method, params = {} } = request.rpc
    if (method !== 'tools/call' || params.name === 'plain') return answerOldEra(request, response)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const token = (params._meta as { progressToken?: unknown } | undefined)?.progressToken
    for (const text of write(id, token))
      if (!response.write(text)) await new Promise(resolve => response.once('drain', resolve))
    response.end()
  })
  onTestFinished(() => stub.close())
  return open(remoteConfig(stub.url), limits)
}

const event = (message: object): string => `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`

describe('messages that come in one chunk', () => {
  it('over HTTP are handed on in their order, and nothing after the result', async () => {
    const source = await openStreaming((id, progressToken) => {
      const step = (progress: number) =>
        event({ method: 'notifications/progress', params: { progressToken, progress } })
      const log = event({ method: 'notifications/message', params: { level: 'info', data: 'between' } })
      return [step(1) + log + step(2) + event({ id, result: { content: [{ type: 'text', text: 'done' }] } }) + step(3)]
    })
    const order: unknown[] = []
    const client = fakeClient('one', { logLevel: 'debug', log: ({ data }) => void order.push(data) })
    const result = await source.call('x', {}, { signal: never, client, onProgress: step => order.push(step.progress) })
    order.push(textOf(result))
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(order).toEqual([1, 'between', 2, 'done'])
  })

  it('over stdio are handed on in their order, and nothing after the result', async () => {
    const source = open(stdioConfig('same-chunk'))
    const order: unknown[] = []
    for (let turn = 0; turn < 20; turn += 1) {
      const result = await source.call('echo', {}, { signal: never, onProgress: step => order.push(step.progress) })
      order.push(textOf(result))
    }
    expect(order).toEqual(Array.from({ length: 20 }, () => [1, 'done']).flat())
  })
})

describe('a message of 9 MB', () => {
  const big = 'x'.repeat(9 * megabyte)
  const quick = 3_000

  it('over stdio comes whole, without a stall, and calls beside it are answered', async () => {
    const source = open(stdioConfig('big'))
    await callText(source, 'pid')
    const started = performance.now()
    const [result, beside] = await Promise.all([
      source.call('big', { megabytes: 9 }, { signal: never }),
      callText(source, 'pid'),
    ])
    expect([String(textOf(result)).length, typeof beside]).toEqual([9 * megabyte, 'string'])
    expect(performance.now() - started).toBeLessThan(quick)
  })

  it.each([
    ['one event in small chunks', (text: string) => text.match(/[\s\S]{1,16384}/g) ?? []],
    ['one event in one chunk', (text: string) => [text]],
  ])('over HTTP comes whole, without a stall: %s', async (_, cut) => {
    const source = await openStreaming(id => cut(event({ id, result: { content: [{ type: 'text', text: big }] } })))
    await source.call('plain', {}, { signal: never })
    const started = performance.now()
    expect(String(textOf(await source.call('big', {}, { signal: never }))).length).toBe(9 * megabyte)
    expect(performance.now() - started).toBeLessThan(quick)
  })
})

describe('a message of 11 MB', () => {
  const message = /more than 10485760 bytes (was sent )?\(limits\.maxMessageBytes\)/

  it('over stdio fails its call, and the same child answers the next', async () => {
    const source = open(stdioConfig('big'))
    const pid = await callText(source, 'pid')
    const beside = callText(source, 'slow', { ms: 300 })
    await expect(source.call('big', { megabytes: 11 }, { signal: never })).rejects.toMatchObject({
      code: 'SOURCE_PROTOCOL',
      message: expect.stringMatching(message),
    })
    expect([await beside, await callText(source, 'pid')]).toEqual(['slept', pid])
  })

  it('over HTTP fails its call, and the next one works', async () => {
    const text = 'x'.repeat(11 * megabyte)
    const source = await openStreaming(id => [event({ id, result: { content: [{ type: 'text', text }] } })])
    await expect(source.call('big', {}, { signal: never })).rejects.toMatchObject({
      code: 'SOURCE_PROTOCOL',
      message: expect.stringMatching(message),
    })
    expect(textOf(await source.call('plain', {}, { signal: never }))).toBe('ok')
  })
})
