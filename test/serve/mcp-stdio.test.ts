import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { localCaller } from '../../src/core/caller.ts'
import { splitLines } from '../../src/core/split-lines.ts'
import { textResult } from '../../src/core/tool.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { createMcpMethods } from '../../src/serve/mcp-methods.ts'
import { serveStdio } from '../../src/serve/mcp-stdio.ts'
import type { FakeSource } from '../fakes/sources.ts'
import { fakeSource } from '../fakes/sources.ts'
import { hanging, legacy, modern, testLimits } from './door.ts'

/** A client at the other end of stdin and stdout. */
function connect(sources: readonly FakeSource[], limits = {}) {
  const all = { ...testLimits, ...limits }
  const gateway = createGateway(all, () => {})
  onTestFinished(() => gateway.close())
  gateway.replace(
    sources.map(source => ({ source })),
    {},
  )
  const [input, output] = [new PassThrough(), new PassThrough()]
  const received: { id?: unknown; method?: string; [key: string]: unknown }[] = []
  output.on('data', splitLines(1e9, { onLine: line => received.push(JSON.parse(line)), onTooLong: () => {} }))
  const methods = createMcpMethods(gateway, { info: { name: 'patchbay' }, instructions: '' }, all)
  const scope = { caller: localCaller, endpoint: { kind: 'all' } } as const
  const ended = serveStdio({ gateway, methods, limits: all, scope, input, output })
  return {
    ended,
    input,
    output,
    received,
    write: (...messages: (object | string)[]) =>
      void input.write(messages.map(each => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join('')),
    /** The next message that fits, waited for. */
    got: (fits: (message: (typeof received)[number]) => boolean) =>
      vi.waitFor(() => received.find(fits) ?? Promise.reject(new Error(JSON.stringify(received)))),
  }
}

const answer = (id: unknown) => (message: { id?: unknown }) => message.id === id

describe('the stdio door', () => {
  it('serves both eras on one pipe', async () => {
    const { write, got } = connect([fakeSource('pets')])
    write(legacy('initialize', { protocolVersion: '2025-06-18' }, 1), modern('server/discover', {}, 2).body)
    write(legacy('tools/list', {}, 3), modern('tools/list', {}, 4).body, legacy('prompts/list', {}, 5))
    expect(await got(answer(1))).toMatchObject({ result: { protocolVersion: '2025-06-18' } })
    expect(await got(answer(2))).toMatchObject({ result: { supportedVersions: ['2026-07-28'] } })
    expect(await got(answer(3))).toMatchObject({ result: { tools: [{ name: 'pets__echo' }] } })
    expect(await got(answer(4))).toMatchObject({ result: { resultType: 'complete', cacheScope: 'private' } })
    expect(await got(answer(5))).toMatchObject({ error: { code: -32601 } })
  })

  it('answers messages however the bytes are cut', async () => {
    const { input, got } = connect([fakeSource('pets')])
    const bytes = Buffer.from(
      `${JSON.stringify(legacy('tools/call', { name: 'pets__echo', arguments: { a: 'grün' } }))}\n`,
    )
    for (const byte of bytes) input.write(Buffer.from([byte]))
    expect(await got(answer(1))).toMatchObject({ result: { content: [{ text: 'pets echo {"a":"grün"}' }] } })
  })

  it.each([
    ['is no JSON', '{"jsonrpc":', -32700],
    ['is a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
    ['is no JSON-RPC', '{"id":1}', -32600],
    ['is too large', JSON.stringify(legacy('ping', { fill: 'x'.repeat(2_000) })), -32600],
    [
      'nests too deeply',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(70)}${']'.repeat(70)}}}`,
      -32600,
    ],
  ])('refuses a line that %s, and reads on', async (_, line, code) => {
    const { write, got, received } = connect([], { maxBodyBytes: 1_000 })
    write('', line, legacy('ping', {}, 'next'))
    expect(await got(answer('next'))).toMatchObject({ result: {} })
    expect(received[0]).toMatchObject({ error: { code } })
  })

  it('reports progress before the result', async () => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { onProgress }) => {
      onProgress?.({ progress: 1 })
      return { content: [] }
    }
    const { write, got, received } = connect([source])
    write(legacy('tools/call', { name: 'pets__echo', _meta: { progressToken: 0 } }))
    await got(answer(1))
    expect(received[0]).toMatchObject({ method: 'notifications/progress', params: { progressToken: 0, progress: 1 } })
  })

  it.each([legacy('tools/call', { name: 'pets__echo' }, 0), modern('tools/call', { name: 'pets__echo' }, 0).body])(
    'cancels a call, and answers it no more',
    async call => {
      const source = hanging()
      const { write, received, got } = connect([source])
      write(call)
      await vi.waitFor(() => expect(source.calls).toHaveLength(1))
      write(call)
      expect(await got(answer(0))).toMatchObject({ error: { code: -32600, message: 'This id is still in use.' } })
      write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 0 } }, legacy('ping', {}, 9))
      await got(answer(9))
      expect(source.calls[0]?.context.signal.aborted).toBe(true)
      expect(received.filter(answer(0))).toHaveLength(1)
    },
  )

  it('tells an old client of a change after it is initialized, and a modern one that listens', async () => {
    const source = fakeSource('pets')
    const { write, got, received } = connect([source])
    write({ jsonrpc: '2.0', method: 'notifications/initialized' })
    write(modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub').body)
    await got(({ method }) => method === 'notifications/subscriptions/acknowledged')
    source.tools = ['other']
    source.change()
    await vi.waitFor(() =>
      expect(
        received.filter(({ method }) => method === 'notifications/tools/list_changed').map(({ params }) => params),
      ).toEqual([{}, { _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } }]),
    )
  })

  it('answers what was asked before its input ended', async () => {
    const source = fakeSource('pets')
    source.onCall = async () => {
      await once(input, 'close')
      return textResult('late')
    }
    const { write, input, ended, received } = connect([source])
    write(legacy('tools/call', { name: 'pets__echo' }, 1), legacy('tools/list', {}, 2))
    input.end()
    await ended
    expect(received.find(answer(1))).toMatchObject({ result: { content: [{ text: 'late' }] } })
    expect(received.find(answer(2))).toMatchObject({ result: { tools: [{ name: 'pets__echo' }] } })
  })

  it('ends its subscriptions when its input ends, and does not wait for them', async () => {
    const { write, input, ended, received } = connect([fakeSource('pets')], { shutdownMs: 60_000 })
    write(modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub').body)
    input.end()
    await ended
    expect(received.find(answer('sub'))).toMatchObject({ result: { resultType: 'complete' } })
  })

  it.each([
    ['its input has ended and the time to stop is over', 100, ({ input }: ReturnType<typeof connect>) => input.end()],
    ['nobody reads any more', 60_000, ({ output }: ReturnType<typeof connect>) => output.destroy(new Error('EPIPE'))],
  ])('cancels what runs when %s', async (_, shutdownMs, leave) => {
    const source = hanging()
    const client = connect([source], { shutdownMs })
    client.write(legacy('tools/call', { name: 'pets__echo' }))
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    expect(source.calls[0]?.context.signal.aborted).toBe(false)
    leave(client)
    await client.ended
    expect(source.calls[0]?.context.signal.aborted).toBe(true)
  })
})
