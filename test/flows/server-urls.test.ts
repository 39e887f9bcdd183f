import { describe, expect, it, onTestFinished } from 'vitest'
import { httpStub } from '../fakes/http-stub.ts'
import type { Reply } from '../fakes/openai-provider.ts'
import { calls, says, startFakeProvider } from '../fakes/openai-provider.ts'
import { servePatchbay } from './patchbay.ts'

const keys = {
  all: { key: 'pb_11111abcde22222fghij' },
  few: { key: 'pb_33333klmno44444pqrst', servers: ['open'] },
  read: { key: 'pb_55555uvwxy66666zabcd', tools: ['*__read'] },
}

/** An API of two operations that answers with the headers it got. */
const api = (title: string) => ({
  openapi: '3.1.0',
  info: { title, version: '1' },
  paths: { '/r': { get: { operationId: 'read' } }, '/w': { post: { operationId: 'write' } } },
})

/** Patchbay over an open source, a closed one and one of an odd name, with groups; the answer to a chat request. */
async function house(replies: readonly Reply[] = [says('ok')]) {
  const provider = await startFakeProvider(...replies)
  onTestFinished(provider.close)
  const echo = await httpStub((_, response) => response.end('ok'))
  onTestFinished(echo.close)
  const entry = (title: string) => ({
    openapi: api(title),
    baseUrl: new URL(echo.url).origin,
    forwardHeaders: ['authorization', 'x-tenant'],
  })
  const { url } = await servePatchbay(
    { open: entry('Open'), closed: entry('Closed'), __proto__x: entry('Odd') },
    {
      groups: { both: ['open', 'closed'], shut: ['closed'], constructor: ['open'] },
      models: { gpt: { provider: 'openai', baseUrl: provider.url, apiKey: 'k' } },
      keys,
    },
  )
  const ask = async (key: keyof typeof keys, tools: object[]) => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keys[key].key}` },
      body: JSON.stringify({ model: 'gpt', messages: [{ role: 'user', content: 'hi' }], tools }),
    })
    const { error } = (await response.json()) as { error?: { message: string } }
    const offered = response.ok ? (provider.received.at(-1)?.body.tools ?? []).map(tool => tool.function.name) : []
    return { status: response.status, message: error?.message ?? '', offered }
  }
  return { url, ask, echo, provider }
}

const mcp = (server_url: string, more: object = {}) => ({ type: 'mcp', server_url, require_approval: 'never', ...more })

describe('a key that is limited to some servers', () => {
  it.each([
    'patchbay/mcp/closed',
    'litellm_proxy/mcp/closed',
    'patchbay/mcp/%63losed',
    'patchbay/mcp/closed/',
    'OWN/mcp/closed',
    'OWN/closed/mcp',
    'OWN/mcp/closed?x=1#y',
    'OWN/mcp/x/../closed',
    'OWN/mcp/%63losed',
    'patchbay/mcp/shut',
    'patchbay/mcp/unheard-of',
    'patchbay/mcp/__proto__',
    'patchbay/mcp/toString',
  ])('learns nothing of %s, there or not', async serverUrl => {
    const { url, ask } = await house()
    const { status, message } = await ask('few', [mcp(serverUrl.replace('OWN', url))])
    expect(status).toBe(404)
    expect(message).toMatch(/^No server or group is named "[^"]+"\. Known: "open", "both", "constructor"\.$/)
  })

  it.each<[string, object]>([
    ['everything', mcp('patchbay')],
    ['a group', mcp('patchbay/mcp/both')],
    ['a group of an odd name', mcp('patchbay/mcp/constructor')],
    ['what it narrows to', mcp('patchbay', { headers: { 'X-MCP-Servers': 'closed, both, open' } })],
  ])('is offered of %s no more than its own', async (_, entry) => {
    const { ask } = await house()
    expect((await ask('few', [entry])).offered).toEqual(['open__read', 'open__write'])
  })

  it.each([
    ['nothing', ''],
    ['what it may not see', 'closed'],
    ['a group of that', 'shut'],
    ['what is not there', 'unheard-of,__proto__'],
  ])('is offered nothing where it narrows to %s', async (_, names) => {
    const { ask } = await house()
    expect((await ask('few', [mcp('patchbay', { headers: { 'x-mcp-servers': names } })])).offered).toEqual([])
  })

  it('is offered no tool that it may not call, whatever an entry allows', async () => {
    const { ask } = await house()
    const allowed_tools = ['open__write', 'write', 'post /w', '*', 'open__*', '__proto__', 'constructor']
    expect((await ask('read', [mcp('patchbay', { allowed_tools })])).offered).toEqual([])
    expect((await ask('read', [mcp('patchbay/mcp/open', { allowed_tools: { read_only: true } })])).offered).toEqual([
      'read',
    ])
  })
})

describe('the tools that an entry allows', () => {
  it.each<[string, unknown]>([
    ['a pattern', ['*']],
    ['a part of a name', ['open__rea']],
    ['another case', ['OPEN__READ']],
    ['names of a prototype', ['__proto__', 'constructor', 'toString']],
    ['none', []],
    ['none, as a filter', { tool_names: [] }],
  ])('are none with %s', async (_, allowed_tools) => {
    const { ask } = await house()
    expect((await ask('all', [mcp('patchbay', { allowed_tools })])).offered).toEqual([])
  })

  it('are those that can be called, by whatever name the model asks for others', async () => {
    const asked = ['open__write', 'write', 'open__read_2', '__proto__', 'constructor'].map(name => ({ name, args: {} }))
    const { ask, echo, provider } = await house([calls(asked), says('ok')])
    expect((await ask('all', [mcp('patchbay/mcp/both', { allowed_tools: ['open__read'] })])).offered).toEqual([
      'open__read',
    ])
    expect(echo.requests).toEqual([])
    const told = provider.received.at(-1)?.body.messages.filter(({ role }) => role === 'tool') ?? []
    expect(told.map(({ content }) => String(content))).toEqual(
      asked.map(({ name }) => expect.stringContaining(`No tool is named "${name}"`)),
    )
  })
})

describe('the headers of an entry', () => {
  it('reach its servers alone, authorization too, and the key of the gateway none', async () => {
    const list = [
      { name: 'open__write', args: {} },
      { name: 'closed__write', args: {} },
      { name: 'read', args: {} },
    ]
    const { ask, echo } = await house([calls(list), says('ok')])
    await ask('all', [
      mcp('patchbay/mcp/both', {
        headers: { 'x-mcp-servers': 'open', 'X-Tenant': 'one' },
        authorization: 'first-token',
      }),
      mcp('patchbay', { headers: { 'x-mcp-servers': 'closed', 'X-Tenant': 'two' }, authorization: 'Basic second' }),
      mcp('patchbay/mcp/__proto__x', {
        allowed_tools: ['read'],
        headers: { 'x-tenant': keys.all.key },
        authorization: keys.all.key,
      }),
    ])
    expect(echo.requests.map(({ headers }) => [headers.authorization, headers['x-tenant']]).toSorted()).toEqual(
      [
        ['Bearer first-token', 'one'],
        ['Basic second', 'two'],
        [undefined, undefined],
      ].toSorted(),
    )
  })

  it.each<[string, object, RegExp]>([
    [
      'are refused where they are too long',
      { headers: { 'x-a': 'x'.repeat(20_000) } },
      /"tools\[0\]\.headers": holds more/,
    ],
    ['as authorization too', { authorization: 'x'.repeat(20_000) }, /"tools\[0\]\.authorization": holds more/],
    ['are refused where they are no text', { headers: { 'x-a': 1 } }, /"tools\[0\]\.headers\.x-a"/],
  ])('%s', async (_, more, message) => {
    const { ask } = await house()
    const answer = await ask('all', [mcp('patchbay', more)])
    expect([answer.status, answer.message]).toEqual([400, expect.stringMatching(message)])
  })
})
