import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { localCaller } from '../../../src/core/caller.ts'
import { splitLines } from '../../../src/core/split-lines.ts'
import { textResult } from '../../../src/core/tool.ts'
import { createGateway } from '../../../src/gateway/gateway.ts'
import { createMcpMethods } from '../../../src/serve/mcp/mcp-methods.ts'
import { serveStdio } from '../../../src/serve/mcp/mcp-stdio.ts'
import { fakeFeatures } from '../../fakes/gateway-features.ts'
import type { FakeSource } from '../../fakes/sources.ts'
import { fakeSource } from '../../fakes/sources.ts'
import { hanging, legacy, modern, testLimits } from '../door.ts'

/** A client at the other end of stdin and stdout. */
function connect(sources: readonly FakeSource[], limits = {}, features = fakeFeatures()) {
  const all = { ...testLimits, ...limits }
  const gateway = features.on(createGateway(all, () => {}))
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
    write(legacy('tools/list', {}, 3), modern('tools/list', {}, 4).body, legacy('tasks/list', {}, 5))
    expect(await got(answer(1))).toMatchObject({ result: { protocolVersion: '2025-06-18' } })
    expect(await got(answer(2))).toMatchObject({ result: { supportedVersions: ['2026-07-28'] } })
    expect(await got(answer(3))).toMatchObject({ result: { tools: [{ name: 'pets__echo' }] } })
    expect(await got(answer(4))).toMatchObject({ result: { resultType: 'complete', cacheScope: 'public' } })
    expect(await got(answer(5))).toMatchObject({ result: { tasks: [] } })
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

  it('answers a batch of a client of 2025-03-26 by one list, and refuses it of others', async () => {
    const { write, got } = connect([fakeSource('pets')])
    const batch = [
      legacy('tools/call', { name: 'pets__echo', arguments: {} }, 2),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      legacy('no/such', {}, 3),
    ]
    write(legacy('initialize', { protocolVersion: '2025-03-26' }, 1), batch)
    const list = await got(Array.isArray)
    expect(list).toHaveLength(2)
    expect(list).toEqual(
      expect.arrayContaining([
        { jsonrpc: '2.0', id: 2, result: { content: [{ type: 'text', text: 'pets echo {}' }] } },
        { jsonrpc: '2.0', id: 3, error: expect.objectContaining({ code: -32601 }) },
      ]),
    )
    write(legacy('initialize', { protocolVersion: '2025-06-18' }, 4), batch)
    expect(await got(answer(null))).toMatchObject({ error: { code: -32600 } })
  })

  it('refuses a request whose params are a list by its id', async () => {
    const { write, got } = connect([])
    write('{"jsonrpc":"2.0","id":"mine","method":"ping","params":[]}')
    expect(await got(answer('mine'))).toMatchObject({ error: { code: -32600 } })
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

  it('takes a cancellation that comes right behind its request', async () => {
    const features = fakeFeatures({ resources: [{ uri: 'x://a' }] })
    const { write, got, received } = connect([], {}, features)
    const listen = { notifications: { resourceSubscriptions: ['x://a'] } }
    write(modern('subscriptions/listen', listen, 1).body, {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1 },
    })
    await got(({ method }) => method === 'notifications/subscriptions/acknowledged')
    await vi.waitFor(() => expect(features.followed()).toEqual([]))
    write(legacy('ping', {}, 1))
    expect(await got(answer(1))).toMatchObject({ result: {} })
    expect(received).toHaveLength(2)
  })

  it('follows a resource once that is subscribed, unsubscribed and subscribed at once', async () => {
    const features = fakeFeatures({ resources: [{ uri: 'x://a' }] })
    const { write, got } = connect([], {}, features)
    const ask = (method: string, id: number): object => legacy(method, { uri: 'x://a' }, id)
    write(ask('resources/subscribe', 1), ask('resources/unsubscribe', 2), ask('resources/subscribe', 3))
    for (const id of [1, 2, 3]) expect(await got(answer(id))).toMatchObject({ result: {} })
    expect(features.followed()).toEqual(['x://a'])
    write(ask('resources/unsubscribe', 4))
    await got(answer(4))
    expect(features.followed()).toEqual([])
  })

  it('drops a result that comes after its cancellation', async () => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { signal }) => {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      return textResult('too late')
    }
    const { write, received, got } = connect([source])
    write(legacy('tools/call', { name: 'pets__echo' }, 1))
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
    await new Promise(resolve => setTimeout(resolve, 60))
    write(legacy('ping', {}, 2))
    await got(answer(2))
    expect(received.filter(answer(1))).toEqual([])
  })

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

describe('over stdio a server', () => {
  const able = { 'io.modelcontextprotocol/clientCapabilities': { roots: {} } }
  const asking = (): FakeSource => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { client, signal }) => {
      client?.log({ level: 'error', data: 'asking' })
      const said = await client?.ask('roots/list', {}, { signal }).catch((error: Error) => error.message)
      return { content: [], structuredContent: { said } }
    }
    return source
  }

  it('asks an old client on the pipe', async () => {
    const { write, got } = connect([asking()])
    write(legacy('initialize', { protocolVersion: '2025-11-25', capabilities: { roots: {} } }, 1))
    await got(answer(1))
    write(legacy('tools/call', { name: 'pets__echo' }, 'call'))
    const question = await got(({ method }) => method === 'roots/list')
    expect(await got(({ method }) => method === 'notifications/message')).toMatchObject({ params: { data: 'asking' } })
    write({ jsonrpc: '2.0', id: 99, result: {} }, { jsonrpc: '2.0', id: question.id, result: { roots: [] } })
    expect(await got(answer('call'))).toMatchObject({ result: { structuredContent: { said: { roots: [] } } } })
  })

  it('is told what its client tells of the progress of a question', async () => {
    const [source, told] = [fakeSource('pets'), [] as object[]]
    source.onCall = async (_key, _args, { client, signal }) => {
      await client?.ask('roots/list', {}, { signal, onProgress: step => void told.push(step) })
      return { content: [] }
    }
    const { write, got } = connect([source])
    write(legacy('initialize', { protocolVersion: '2025-11-25', capabilities: { roots: {} } }, 1))
    await got(answer(1))
    write(legacy('tools/call', { name: 'pets__echo' }, 'call'))
    const { id } = await got(({ method }) => method === 'roots/list')
    write(
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: id, progress: 1 } },
      { jsonrpc: '2.0', id, result: { roots: [] } },
    )
    await got(answer('call'))
    expect(told).toEqual([{ progress: 1 }])
  })

  it('is refused by an old client that did not declare it, or has left', async () => {
    const { write, got, input, ended, received } = connect([asking()])
    write(legacy('tools/call', { name: 'pets__echo' }, 1))
    expect(await got(answer(1))).toMatchObject({
      result: { structuredContent: { said: expect.stringMatching(/declare/) } },
    })
    write(legacy('initialize', { protocolVersion: '2025-11-25', capabilities: { roots: {} } }, 2))
    await got(answer(2))
    write(legacy('tools/call', { name: 'pets__echo' }, 3))
    await got(({ method }) => method === 'roots/list')
    input.end()
    await ended
    expect(received.find(answer(3))).toMatchObject({ result: { structuredContent: { said: 'The client has left.' } } })
  })

  it('asks a modern client by a result, and the retry goes on with the call', async () => {
    const source = asking()
    const { write, got } = connect([source])
    const call = (id: number, more = {}) => modern('tools/call', { name: 'pets__echo', ...more, _meta: able }, id).body
    write(call(1))
    const first = await got(answer(1))
    expect(first).toMatchObject({ result: { resultType: 'input_required', inputRequests: { 'input-1': {} } } })
    const { requestState } = first.result as { requestState: string }
    // Its id is free again, and cancels nothing any more.
    write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
    write(call(2, { requestState, inputResponses: { 'input-1': { roots: [] } } }))
    expect(await got(answer(2))).toMatchObject({
      result: { resultType: 'complete', structuredContent: { said: { roots: [] } } },
    })
    expect(source.calls).toHaveLength(1)
  })

  it('loses a parked call when the retry is cancelled, or the client leaves', async () => {
    const source = fakeSource('pets')
    source.onCall = async (_key, _args, { client, signal }) => {
      await client?.ask('roots/list', {}, { signal })
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      return { content: [] }
    }
    const { write, got, input, ended } = connect([source], { shutdownMs: 60_000 })
    const call = (id: number, more = {}) => modern('tools/call', { name: 'pets__echo', ...more, _meta: able }, id).body
    write(call(1))
    const { requestState } = (await got(answer(1))).result as { requestState: string }
    write(call(2, { requestState, inputResponses: { 'input-1': { roots: [] } } }))
    await new Promise(resolve => setTimeout(resolve, 50))
    write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } })
    await vi.waitFor(() => expect(source.calls[0]?.context.signal.aborted).toBe(true))
    write(call(3))
    await got(answer(3))
    input.end()
    const started = performance.now()
    await ended
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(source.calls[1]?.context.signal.aborted).toBe(true)
  })

  it('tells of resources, logs and lists on the pipe', async () => {
    const features = fakeFeatures({ resources: [{ uri: 'x://a' }] })
    const { write, got, input, ended } = connect([], {}, features)
    write(legacy('initialize', { protocolVersion: '2025-11-25' }, 1), {
      jsonrpc: '2.0',
      method: 'notifications/initialized',
    })
    write(legacy('resources/subscribe', { uri: 'x://a' }, 2), legacy('logging/setLevel', { level: 'info' }, 3))
    write(
      legacy('prompts/get', { name: 'p' }, 4),
      legacy('resources/read', {}, 5),
      legacy('resources/subscribe', { uri: 'no' }, 6),
    )
    for (const id of [2, 3]) expect(await got(answer(id))).toMatchObject({ result: {} })
    expect(await got(answer(4))).toMatchObject({ result: { asked: 'prompts/get', params: { name: 'p' } } })
    expect(await got(answer(5))).toMatchObject({ error: { code: -32602 } })
    expect(await got(answer(6))).toMatchObject({ error: { code: -32002 } })
    features.update('x://a')
    features.say('error', 'loud')
    features.items.prompts = [{ name: 'p' }]
    features.change()
    await got(({ method }) => method === 'notifications/resources/updated')
    await got(({ method }) => method === 'notifications/message')
    await got(({ method }) => method === 'notifications/prompts/list_changed')
    input.end()
    await ended
    expect([features.followed(), features.levels()]).toEqual([[], []])
  })
})
