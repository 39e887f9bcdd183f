import type { Server as OldServer } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  ListResourcesRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpServer } from '@modelcontextprotocol/server'
import { fromJsonSchema, inputRequired } from '@modelcontextprotocol/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { fakeClient, silent } from '../../fakes/client-link.ts'
import type { Upstream } from '../../fakes/sdk-servers.ts'
import { httpUpstream, modernUpstream } from '../../fakes/sdk-servers.ts'
import { featuresOf, never, open, remoteConfig, textOf, until } from './helpers.ts'

const call = { signal: never }
const elicitation = {
  message: 'Well?',
  requestedSchema: { type: 'object' as const, properties: { sure: { type: 'boolean' as const } } },
}
const accepted = { action: 'accept', content: { sure: true } }
const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })

async function started<Kind extends Upstream>(upstream: Promise<Kind>): Promise<Kind> {
  const server = await upstream
  onTestFinished(() => server.close())
  return server
}

/** Tools that ask on the stream of their call, or on the one that the session shares; that log; that wait. */
function extendOld(server: OldServer): void {
  server.registerCapabilities({ resources: { subscribe: true }, logging: {} })
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    if (params.name === 'ask')
      return text(
        await extra.sendRequest({ method: 'elicitation/create', params: elicitation }, ElicitResultSchema, {
          signal: extra.signal,
        }),
      )
    if (params.name === 'ask_aside') return text(await server.elicitInput(elicitation))
    if (params.name === 'update') await server.sendResourceUpdated({ uri: 'test://a' })
    if (params.name === 'log')
      await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'mine' } })
    if (params.name === 'wait') await new Promise(resolve => setTimeout(resolve, Number(params.arguments?.ms)))
    return text('done')
  })
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [{ uri: 'test://a', name: 'a' }] }))
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => ({
    contents: [{ uri: params.uri, text: 'hi' }],
  }))
  server.setRequestHandler(SubscribeRequestSchema, () => ({}))
}

describe('an old SDK server over HTTP', () => {
  const openOld = async (limits = {}) => {
    const upstream = await started(httpUpstream(extendOld))
    const source = open(remoteConfig(upstream.url), limits)
    await source.list(call)
    await until(() => upstream.requests.some(({ method }) => method === 'GET'))
    return { source, upstream }
  }

  it('asks on the stream of a call, so each of two clients is asked what belongs to it', async () => {
    const { source } = await openOld()
    const clients = ['one', 'two'].map(id => fakeClient(id, { ask: async () => ({ ...accepted, content: { id } }) }))
    const results = await Promise.all(clients.map(client => source.call('ask', {}, { ...call, client })))
    expect(results.map(result => JSON.parse(String(textOf(result))).content)).toEqual([{ id: 'one' }, { id: 'two' }])
    expect(clients.map(({ asked }) => asked.length)).toEqual([1, 1])
  })

  it('asks on the stream that the session shares: the only client, or nobody', async () => {
    const { source } = await openOld({ askWaitMs: 100 })
    const client = fakeClient('one', { ask: async () => accepted })
    expect(textOf(await source.call('ask_aside', {}, { ...call, client }))).toBe(JSON.stringify(accepted))
    const other = source.call('wait', { ms: 1_000 }, { ...call, client: fakeClient('two') })
    const refused = await source.call('ask_aside', {}, { ...call, client }).catch((error: Error) => error)
    expect(JSON.stringify(refused instanceof Error ? refused.message : refused)).toContain('perSession')
    expect(client.asked).toHaveLength(1)
    await other
  })

  it('has its question cancelled with the call', async () => {
    const { source } = await openOld()
    const client = fakeClient('one', { ask: silent })
    const caller = new AbortController()
    const asking = source.call('ask', {}, { signal: caller.signal, client })
    await until(() => client.asked.length > 0)
    caller.abort()
    await expect(asking).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(client.asked[0]?.signal.aborted).toBe(true)
  })

  it('logs on the stream of a call, which only its client is sent', async () => {
    const { source } = await openOld()
    const followed: JsonObject[] = []
    featuresOf(source).onLog(params => void followed.push(params))
    const [one, two] = [fakeClient('one', { logLevel: 'info' }), fakeClient('two', { logLevel: 'info' })]
    const other = source.call('wait', { ms: 300 }, { ...call, client: two })
    await source.call('log', {}, { ...call, client: one })
    await source.call('log', {}, call)
    await other
    expect([one.logs, two.logs, followed]).toEqual([[{ level: 'info', data: 'mine' }], [], []])
  })

  it('tells of a resource that is followed, also after it has forgotten its sessions', async () => {
    const { source, upstream } = await openOld()
    const seen: JsonObject[] = []
    featuresOf(source).subscribe('test://a', params => void seen.push(params))
    const subscribed = (times: number) => () =>
      upstream.requests.filter(({ rpc }) => rpc === 'resources/subscribe').length >= times
    await until(subscribed(1))
    await source.call('update', {}, call)
    await until(() => seen.length > 0)
    await upstream.forget()
    expect(await featuresOf(source).list('resources', call)).toEqual([{ uri: 'test://a', name: 'a' }])
    expect(await featuresOf(source).request('resources/read', { uri: 'test://a' }, call)).toMatchObject({
      contents: [{ text: 'hi' }],
    })
    await until(subscribed(2))
  })
})

/** A tool that asks by its result, one that logs, and a resource. */
function extendModern(server: McpServer): void {
  server.server.registerCapabilities({ logging: {}, resources: { subscribe: true, listChanged: true } })
  const inputSchema = fromJsonSchema<Record<string, unknown>>({ type: 'object' })
  server.registerTool('ask', { inputSchema }, (_args, { mcpReq }) =>
    mcpReq.inputResponses === undefined
      ? inputRequired({
          inputRequests: { sure: inputRequired.elicit(elicitation) },
          requestState: 'état {"a":1}',
        })
      : text([mcpReq.inputResponses, mcpReq.requestState()]),
  )
  server.registerTool('log', { inputSchema }, async (_args, { mcpReq }) => {
    await mcpReq.log('info', 'mine')
    return text('done')
  })
  server.registerResource('a', 'test://a', {}, () => ({ contents: [{ uri: 'test://a', text: 'hi' }] }))
}

describe('a modern SDK server over HTTP', () => {
  const openModern = async () => {
    const upstream = await started(modernUpstream(extendModern))
    const source = open(remoteConfig(upstream.url))
    await source.list(call)
    return { source, upstream }
  }

  it('asks by its result, and is answered with its exact state', async () => {
    const { source } = await openModern()
    const client = fakeClient('one', { ask: async () => accepted })
    const answered = await source.call('ask', {}, { ...call, client })
    expect(JSON.parse(String(textOf(answered)))).toEqual([{ sure: accepted }, 'état {"a":1}'])
    expect(client.asked).toMatchObject([{ method: 'elicitation/create', params: { message: 'Well?' } }])
  })

  it('refuses to ask a client that cannot be asked, with an error of its own or a failure', async () => {
    const { source } = await openModern()
    const outcome = await source.call('ask', {}, call).catch((error: unknown) => error)
    expect(JSON.stringify(outcome)).toMatch(/-32021|isError/)
  })

  it('leaves the asking to a caller who takes that', async () => {
    const { source } = await openModern()
    const client = fakeClient()
    const asking = await source.call('ask', {}, { ...call, client, input: {} })
    expect(asking).toMatchObject({ resultType: 'input_required', requestState: 'état {"a":1}' })
    const input = { responses: { sure: accepted }, state: 'état {"a":1}' }
    const answered = await source.call('ask', {}, { ...call, client, input })
    expect(JSON.parse(String(textOf(answered)))).toEqual([{ sure: accepted }, 'état {"a":1}'])
  })

  it('logs only where the client wants it, on the stream of the call', async () => {
    const { source } = await openModern()
    const [wants, does_not] = [fakeClient('one', { logLevel: 'info' }), fakeClient('two')]
    for (const client of [wants, does_not]) await source.call('log', {}, { ...call, client })
    expect([wants.logs, does_not.logs]).toMatchObject([[{ level: 'info', data: 'mine' }], []])
  })

  it('gives its resources, by name in the headers too, and tells when one has changed', async () => {
    const { source, upstream } = await openModern()
    expect(await featuresOf(source).list('resources', call)).toMatchObject([{ uri: 'test://a', name: 'a' }])
    const seen: JsonObject[] = []
    featuresOf(source).subscribe('test://a', params => void seen.push(params))
    await until(() => {
      upstream.update('test://a')
      return seen.length > 0
    })
    expect(seen[0]).toEqual({ uri: 'test://a' })
    await featuresOf(source).request('resources/read', { uri: 'test://a' }, call)
    expect(upstream.requests.at(-1)?.headers).toMatchObject({ 'mcp-method': 'resources/read', 'mcp-name': 'test://a' })
    await expect(featuresOf(source).request('resources/read', { uri: 'test://no' }, call)).rejects.toMatchObject({
      code: 'SOURCE_ERROR',
      data: { code: -32602 },
    })
  })
})
