import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../fakes/full/surface.ts'
import type { ProofClient } from './clients.ts'
import { isRefused, readList, refusal, tellOnly, until } from './observe.ts'

/** Observes one thing that MCP can carry. What it returns must be the same directly and through Patchbay. */
export type Observe = (client: ProofClient) => Promise<unknown>

const call = (client: ProofClient, name: string, args: Json = {}, more: Json = {}): Promise<Json> =>
  client.request('tools/call', { name, arguments: args, ...more })

/** Every capability by name. They run in this order with one client, so what one changes it also takes back. */
export const capabilities: Readonly<Record<string, Observe>> = {
  'tools are listed whole': client => readList(client, 'tools/list', 'tools'),
  'arguments and _meta go up, a result comes back': client =>
    call(
      client,
      'echo',
      { text: 'grün', deep: { list: [1, null] } },
      { _meta: { 'example.com/up': { a: [1] }, traceparent: '00-1' } },
    ),
  'content of every type, with unknown fields and _meta': client => call(client, 'content'),
  'content of a type that nobody knows': client => refusal(call(client, 'hologram')),
  'a tool with an app': client => call(client, 'panel'),
  'structured content: an object': client => call(client, 'structured', { value: { a: { b: [1] } } }),
  'structured content: a list': client => structured(client, [1, { two: 2 }]),
  'structured content: a text': client => structured(client, 'text'),
  'structured content: null': client => structured(client, null),
  "a tool's own failure": client => call(client, 'failing'),
  "a server's JSON-RPC error": client => refusal(call(client, 'refusing'), 'as the server said it'),
  'a tool that is not there': client => refusal(call(client, 'nothing')),
  progress: async client => {
    const steps: Json[] = []
    const result = await client.request(
      'tools/call',
      { name: 'progress', arguments: {} },
      { onprogress: step => void steps.push(step) },
    )
    return { steps, result }
  },
  cancellation: async client => {
    const count = async (): Promise<Json> => (await call(client, 'count')).structuredContent
    const before = await count()
    const caller = new AbortController()
    const waiting = client.request('tools/call', { name: 'wait', arguments: {} }, { signal: caller.signal }).then(
      () => 'answered',
      () => 'cancelled',
    )
    await until(async () => (await count()).waiting > before.waiting)
    caller.abort()
    const seen = await until(async () => (await count()).cancelled > before.cancelled)
    return { ended: await waiting, seen }
  },

  'prompts are listed whole': client => readList(client, 'prompts/list', 'prompts'),
  'a prompt with arguments': client => client.request('prompts/get', { name: 'whole', arguments: { topic: 'é' } }),
  'a prompt that is not there': client => refusal(client.request('prompts/get', { name: 'nothing' })),
  'resources are listed whole': client => readList(client, 'resources/list', 'resources'),
  'templates are listed whole': client => readList(client, 'resources/templates/list', 'resourceTemplates'),
  'a text': client => client.request('resources/read', { uri: 'test://text' }),
  'a blob': client => client.request('resources/read', { uri: 'test://blob' }),
  "an app's page": client => client.request('resources/read', { uri: 'ui://panel/main.html' }),
  'a resource made of a template': client => client.request('resources/read', { uri: 'test://item/42' }),
  'a resource that is not there': client => refusal(client.request('resources/read', { uri: 'test://nothing' })),
  'completion for a prompt': client =>
    client.request('completion/complete', {
      ref: { type: 'ref/prompt', name: 'whole' },
      argument: { name: 'topic', value: 'a' },
      context: { arguments: { other: 'b' } },
    }),
  'completion for a template': client =>
    client.request('completion/complete', {
      ref: { type: 'ref/resource', uri: 'test://item/{id}' },
      argument: { name: 'id', value: '4' },
    }),
  'a cursor that is none': client => refusal(client.request('tools/list', { cursor: 'no such page' })),

  'log messages of a call, at a level': async client => {
    const { era, told } = client
    const level = 'error'
    if (era === 'legacy') await client.request('logging/setLevel', { level })
    told.length = 0
    const more = era === 'modern' ? { _meta: { 'io.modelcontextprotocol/logLevel': level } } : {}
    const result = await call(client, 'log', {}, more)
    await sleep(30)
    return { result, told: tellOnly(told, 'notifications/message') }
  },
  'no log messages for who wants none (modern)': async client => {
    client.told.length = 0
    const result = client.era === 'modern' ? await call(client, 'log') : undefined
    return { result, told: tellOnly(client.told, 'notifications/message') }
  },

  'a form': client => asking(client, 'ask_form'),
  'a URL to open': client => asking(client, 'ask_url'),
  "the client's model": client => asking(client, 'ask_model'),
  "the client's roots": client => asking(client, 'ask_roots'),
  'several questions in two rounds': client => asking(client, 'ask_thrice'),
  'a prompt that asks': async client => {
    client.asked.length = 0
    const result = await client.request('prompts/get', { name: 'asking' })
    return { result, asked: [...client.asked] }
  },

  ...listChanges('tools', 'tools/list'),
  ...listChanges('prompts', 'prompts/list'),
  ...listChanges('resources', 'resources/list'),
  'a followed resource is updated, another is not, and none after that': async client => {
    const updates = (): unknown[] => tellOnly(client.told, 'notifications/resources/updated')
    client.told.length = 0
    const stop = await client.follow(['test://watched'])
    await call(client, 'touch', { uri: 'test://text' })
    await call(client, 'touch', { uri: 'test://watched' })
    await until(() => updates().length > 0)
    await stop()
    const before = updates()
    await call(client, 'touch', { uri: 'test://watched' })
    await sleep(100)
    return { before, after: updates().length }
  },
  'a method that is not there': client => isRefused(client.request('no/such/method', {})),
}

/** To an old client an output is always an object (2025-11-25, server/tools), so what it is shown of another is the text. */
async function structured(client: ProofClient, value: unknown): Promise<unknown> {
  const { structuredContent, ...rest } = await call(client, 'structured', { value })
  return client.era === 'legacy' ? rest : { structuredContent, ...rest }
}

/** What a client meets that can be asked nothing. */
export const refusals: Readonly<Record<string, Observe>> = Object.fromEntries(
  ['ask_form', 'ask_url', 'ask_model', 'ask_roots'].map(name => [
    `${name} is refused to a client that can be asked nothing`,
    client => isRefused(call(client, name)),
  ]),
)

/** What a call gave, and what the client was asked meanwhile. */
async function asking(client: ProofClient, name: string): Promise<unknown> {
  client.asked.length = 0
  const result = await call(client, name)
  return { result, asked: [...client.asked] }
}

function listChanges(kind: 'tools' | 'prompts' | 'resources', method: string): Record<string, Observe> {
  const observe: Observe = async client => {
    const changes = (): number => tellOnly(client.told, `notifications/${kind}/list_changed`).length
    const names = async (): Promise<unknown> =>
      ((await readList(client, method, kind)) as Json[]).map(({ name }) => name)
    const stop = await client.follow()
    const seen: unknown[] = []
    for (const remove of [false, true]) {
      const before = changes()
      await call(client, 'change', { kind, remove })
      await until(() => changes() > before)
      seen.push({ told: changes() > before, names: await names() })
    }
    await stop()
    return seen
  }
  return { [`a change of ${kind}, and its end`]: observe }
}
