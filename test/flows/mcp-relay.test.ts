import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as OldStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as OldHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { relayHouse } from '../fakes/relay-house.ts'
import { initialize, legacy, openDoor, openStream, post } from '../serve/door.ts'
import { featureScript, isAlive, until } from '../sources/mcp/helpers.ts'
import { servePatchbay, stdioEntry } from './patchbay.ts'

/** What the tests need of a client, whichever SDK it comes from. `heard` are the notifications so far. */
type AnyClient = Readonly<{
  prompts(): Promise<string[]>
  resources(): Promise<string[]>
  templates(): Promise<string[]>
  getPrompt(name: string, args: Record<string, string>): Promise<unknown>
  read(uri: string): Promise<unknown>
  complete(): Promise<string[]>
  call(name: string): Promise<{ content: unknown; structuredContent?: unknown }>
  follow(uri: string): Promise<unknown>
  logsOf(name: string): Promise<unknown>
  heard: string[]
}>

type Where = { url: string } | { script: string }

const able = { elicitation: { form: {} }, sampling: {}, roots: {} }
const accepted = { action: 'accept' as const, content: { name: 'Rex' } }
const sampled = { role: 'assistant' as const, model: 'm', content: { type: 'text' as const, text: 'yes' } }
const rooted = { roots: [{ uri: 'file:///home' }] }

/** What is asked in the same words of the clients of both SDKs. */
function requestsOf(client: OldClient | Client): Omit<AnyClient, 'follow' | 'logsOf' | 'heard'> {
  const ref = { type: 'ref/prompt' as const, name: 'house__greet' }
  return {
    prompts: async () => (await client.listPrompts()).prompts.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    templates: async () =>
      (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    getPrompt: (name, args) => client.getPrompt({ name, arguments: args }),
    read: uri => client.readResource({ uri }),
    complete: async () => (await client.complete({ ref, argument: { name: 'to', value: 'R' } })).completion.values,
    call: name => client.callTool({ name }) as ReturnType<AnyClient['call']>,
  }
}

async function oldClient(where: Where, capabilities: object): Promise<AnyClient> {
  const client = new OldClient({ name: 'old', version: '1' }, { capabilities })
  const heard: string[] = []
  if ('elicitation' in capabilities) {
    client.setRequestHandler(ElicitRequestSchema, () => accepted)
    client.setRequestHandler(CreateMessageRequestSchema, () => sampled)
    client.setRequestHandler(ListRootsRequestSchema, () => rooted)
  }
  for (const schema of [
    LoggingMessageNotificationSchema,
    PromptListChangedNotificationSchema,
    ResourceListChangedNotificationSchema,
    ResourceUpdatedNotificationSchema,
  ])
    client.setNotificationHandler(schema, ({ method }) => void heard.push(method))
  const transport =
    'url' in where
      ? new OldHttpTransport(new URL(where.url))
      : new OldStdioTransport({ command: process.execPath, args: [where.script], stderr: 'ignore' })
  // The SDK declares its own class without `exactOptionalPropertyTypes`.
  await client.connect(transport as Parameters<OldClient['connect']>[0])
  onTestFinished(() => client.close())
  return {
    ...requestsOf(client),
    follow: uri => client.subscribeResource({ uri }),
    async logsOf(name) {
      await client.setLoggingLevel('warning')
      return client.callTool({ name })
    },
    heard,
  }
}

function newClient(mode: 'legacy' | 'auto' | { pin: string }) {
  return async (where: Where, capabilities: object): Promise<AnyClient> => {
    const heard: string[] = []
    const client = new Client(
      { name: 'new', version: '2' },
      { capabilities, versionNegotiation: { mode, probe: { timeoutMs: 5_000 } } },
    )
    if ('elicitation' in capabilities) {
      client.setRequestHandler('elicitation/create', () => accepted)
      client.setRequestHandler('sampling/createMessage', () => sampled)
      client.setRequestHandler('roots/list', () => rooted)
    }
    for (const method of [
      'notifications/message',
      'notifications/prompts/list_changed',
      'notifications/resources/list_changed',
      'notifications/resources/updated',
    ] as const)
      client.setNotificationHandler(method, () => void heard.push(method))
    await client.connect(
      'url' in where
        ? new StreamableHTTPClientTransport(new URL(where.url))
        : new StdioClientTransport({ command: process.execPath, args: [where.script], stderr: 'ignore' }),
    )
    onTestFinished(() => client.close())
    const modern = client.getNegotiatedProtocolVersion() === '2026-07-28'
    expect(modern).toBe(mode !== 'legacy')
    return {
      ...requestsOf(client),
      follow: uri =>
        modern
          ? client.listen({ promptsListChanged: true, resourcesListChanged: true, resourceSubscriptions: [uri] })
          : client.subscribeResource({ uri }),
      async logsOf(name) {
        if (!modern) await client.setLoggingLevel('warning')
        const _meta = modern ? { 'io.modelcontextprotocol/logLevel': 'warning' } : {}
        return client.callTool({ name, _meta })
      },
      heard,
    }
  }
}

const clients: [string, (where: Where, capabilities: object) => Promise<AnyClient>][] = [
  ['an SDK 1.x client', oldClient],
  ['an SDK 2.x client of the old era', newClient('legacy')],
  ['an SDK 2.x client that finds out', newClient('auto')],
  ['an SDK 2.x client of 2026-07-28', newClient({ pin: '2026-07-28' })],
]

const doors: [string, () => Promise<Where>][] = [
  [
    'HTTP',
    async () => {
      const { source, features } = relayHouse()
      return { url: `${(await openDoor([source], { features })).url}/mcp` }
    },
  ],
  ['stdio', async () => ({ script: fileURLToPath(new URL('../fakes/stdio-face.ts', import.meta.url)) })],
]

const saidIn = (result: { content: unknown }): unknown =>
  JSON.parse((result.content as { text: string }[])[0]?.text ?? 'null')

describe.each(doors)('over %s', (_, open) => {
  describe.each(clients)('%s', (_name, connect) => {
    it('lists, gets, reads and completes', async () => {
      const client = await connect(await open(), able)
      expect(await client.prompts()).toEqual(['house__greet'])
      expect(await client.resources()).toEqual(['house://door'])
      expect(await client.templates()).toEqual(['house://room/{id}'])
      expect(await client.complete()).toEqual(['Rex', 'Rover'])
      expect(await client.read('house://door')).toMatchObject({ contents: [{ text: 'open' }] })
      await expect(client.read('house://nothing')).rejects.toThrow(/no such door/)
      const { content, structuredContent } = await client.call('house__list')
      expect(content).toEqual([{ type: 'text', text: '[1,2]' }])
      expect([[1, 2], { result: [1, 2] }]).toContainEqual(structuredContent)
    })

    it('is asked during a call and a prompt, by old servers and new ones', async () => {
      const client = await connect(await open(), able)
      expect(saidIn(await client.call('house__elicit'))).toEqual(accepted)
      expect(saidIn(await client.call('house__sample'))).toMatchObject({ model: 'm', role: 'assistant' })
      expect(saidIn(await client.call('house__roots'))).toMatchObject(rooted)
      expect(saidIn(await client.call('house__both'))).toMatchObject([rooted, accepted])
      expect(saidIn(await client.call('house__relay'))).toEqual(accepted)
      const prompt = (await client.getPrompt('house__greet', { to: 'you' })) as {
        messages: { content: { text: string } }[]
      }
      expect(JSON.parse(prompt.messages[0]?.content.text ?? '')).toMatchObject([{ to: 'you' }, rooted])
    })

    it('that can do nothing is asked for nothing, and the tool says so', async () => {
      const client = await connect(await open(), {})
      for (const tool of ['house__elicit', 'house__relay'])
        await expect(client.call(tool).then(saidIn)).rejects.toThrow(/declare/)
      expect(saidIn(await client.call('house__log'))).toBeNull()
    })

    it('is told of changes of each kind, of its resource, and of logs', async () => {
      const client = await connect(await open(), able)
      await client.follow('house://door')
      // An old client's stream opens on its own; what changes before that is told to nobody.
      await until(async () => {
        await client.call('house__touch')
        return ['prompts/list_changed', 'resources/list_changed', 'resources/updated'].every(kind =>
          client.heard.includes(`notifications/${kind}`),
        )
      })
      expect((await client.prompts()).length).toBeGreaterThan(1)
      expect(client.heard).not.toContain('notifications/message')
      await client.logsOf('house__log')
      await until(() => client.heard.includes('notifications/message'))
    })
  })
})

describe('perSession', () => {
  it('ends the child of an old client with its session, and tells the client what the child says by itself', async () => {
    const entry = { ...stdioEntry(), args: [featureScript, 'old'], perSession: true }
    const { url } = await servePatchbay({ up: entry })
    const begin = async () => ({ 'mcp-session-id': await initialize(`${url}/mcp`) })
    const [leaving, staying] = [await begin(), await begin()]
    const call = async (session: Record<string, string>, name: string, args = {}) =>
      (await post(`${url}/mcp`, legacy('tools/call', { name, arguments: args }), session)).body.result
    const pidOf = async (session: Record<string, string>) => Number((await call(session, 'up__pid')).content[0].text)
    const [pid, other] = [await pidOf(leaving), await pidOf(staying)]
    const stream = await openStream(`${url}/mcp`, { headers: { accept: 'text/event-stream', ...leaving } })
    const method = 'notifications/resources/list_changed'
    await call(leaving, 'up__emit_later', { method, params: {}, ms: 0 })
    expect(await stream.next()).toMatchObject({ method })
    await fetch(`${url}/mcp`, { method: 'DELETE', headers: leaving })
    await until(() => !isAlive(pid))
    expect(isAlive(other)).toBe(true)
  })
})

describe('server.stateKeys', () => {
  it.each([
    ['shared', ['s'.repeat(32)], true],
    ['none', [], false],
  ])('(%s) let another process go on where a client stands, or not', async (_, stateKeys, opens) => {
    const serve = () => servePatchbay({ up: stdioEntry() }, { limits: { pageSize: 1 }, server: { stateKeys } })
    const [first, second] = [await serve(), await serve()]
    const page = await post(`${first.url}/mcp`, legacy('tools/list'))
    const { nextCursor: cursor } = page.body.result
    const next = await post(`${second.url}/mcp`, legacy('tools/list', { cursor }))
    expect(next.body.error?.data).toEqual(opens ? undefined : { code: 'CURSOR_INVALID' })
    expect(next.body.result?.tools.length).toBe(opens ? 1 : undefined)
  })
})
