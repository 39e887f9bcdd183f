import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Stub, StubRequest } from '../fakes/http-stub.ts'
import { answerOldEra, httpStub, sendRpc } from '../fakes/http-stub.ts'
import type { FakeProvider, Reply } from '../fakes/openai-provider.ts'
import { calls, says, startFakeProvider } from '../fakes/openai-provider.ts'
import type { Upstream } from '../fakes/sdk-servers.ts'
import { httpUpstream, modernUpstream, sseUpstream } from '../fakes/sdk-servers.ts'
import { until } from '../sources/mcp/helpers.ts'
import { runCli, servePatchbay, stdioEntry, writeConfig } from './patchbay.ts'

const keys = {
  one: { key: 'pb_11111abcde22222fghij' },
  two: { key: 'pb_33333klmno44444pqrst' },
  few: { key: 'pb_55555uvwxy66666zabcd', servers: ['up'] },
  trusted: { key: 'pb_77777bcdef88888ghijk', servers: ['up'], callerServers: true },
}
const allowHosts = ['127.0.0.0/8']
const callerServers = { allow: ['https://*'], allowHosts }
const messages = [{ role: 'user' as const, content: 'hi' }]

/** An `mcp` tool as callers write it. */
const mcp = (server_url: string, more: object = {}): OpenAI.Chat.ChatCompletionTool =>
  ({ type: 'mcp', server_label: 'wiki', server_url, require_approval: 'never', ...more }) as never

type House = Readonly<{
  provider: FakeProvider
  url: string
  catalog: () => unknown
  client: (key?: keyof typeof keys) => OpenAI
  /** The names of the tools that the model was offered last. */
  offered: () => string[]
}>

/** Patchbay over a scripted model, and over `up` where it is started; callers may name the servers at these URLs. */
async function house(
  urls: readonly string[],
  replies: readonly Reply[],
  rest: object = {},
  up: object = { command: 'nothing', disabled: true },
): Promise<House> {
  const provider = await startFakeProvider(...replies)
  onTestFinished(provider.close)
  const allow = urls.map(url => `${new URL(url).origin}/*`)
  const { url, patchbay } = await servePatchbay(
    { up },
    {
      models: { gpt: { provider: 'openai', baseUrl: provider.url, apiKey: 'k' } },
      egress: { callerServers: { allow, allowHosts } },
      keys,
      ...rest,
    },
  )
  return {
    provider,
    url,
    catalog: () => [patchbay.gateway.catalog().sourceIds, patchbay.gateway.health()],
    client: (key = 'one') => new OpenAI({ baseURL: `${url}/v1`, apiKey: keys[key].key, maxRetries: 0 }),
    offered: () => (provider.received.at(-1)?.body.tools ?? []).map(tool => tool.function.name),
  }
}

async function upstream(make: () => Promise<Upstream> = httpUpstream): Promise<Upstream> {
  const made = await make()
  onTestFinished(() => made.close())
  return made
}

async function stub(answer: (request: StubRequest, response: ServerResponse) => void): Promise<Stub> {
  const made = await httpStub(answer)
  onTestFinished(() => made.close())
  return made
}

/** The error that a request ends with. */
const failure = (asking: Promise<unknown>) =>
  asking.then(
    () => Promise.reject(new Error('It did not fail.')),
    (error: InstanceType<typeof OpenAI.APIError>) => error,
  )

describe.each([
  ['streamable HTTP', httpUpstream],
  ['HTTP+SSE', sseUpstream],
  ['modern HTTP', modernUpstream],
] as const)('a completion with the tools of a server elsewhere, over %s', (_, make) => {
  it.each([false, true])('calls them with the headers of its entry (streamed: %s)', async stream => {
    const theirs = await upstream(make)
    const { client, provider, offered, catalog, url } = await house(
      [theirs.url],
      [calls([{ name: 'echo', args: { a: 1 } }]), says('done')],
    )
    const before = JSON.stringify(catalog())
    const tools = [mcp(theirs.url, { authorization: 'their-token', headers: { 'X-Tenant': 't', Cookie: 'no=1' } })]
    const answer = await client().chat.completions.create({ model: 'gpt', messages, tools, stream })
    let text = ''
    if ('choices' in answer) text = answer.choices[0]?.message.content ?? ''
    else for await (const { choices } of answer) text += choices[0]?.delta.content ?? ''
    expect(text).toContain('done')
    expect(offered()).toEqual(['echo', 'progress', 'region', 'wait'])
    expect(JSON.stringify(provider.received.at(-1)?.body.messages)).toContain('{\\"a\\":1}')
    expect(theirs.requests.map(({ headers }) => [headers.authorization, headers['x-tenant'], headers.cookie])).toEqual(
      theirs.requests.map(() => ['Bearer their-token', 't', undefined]),
    )
    expect(JSON.stringify([theirs.requests, provider.received])).not.toContain(keys.one.key)
    expect(JSON.stringify(provider.received)).not.toContain('their-token')
    expect(JSON.stringify(catalog())).toBe(before)
    const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${keys.one.key}` } })
    expect(await metrics.text()).toContain('patchbay_calls_total{source="/callers",outcome="ok"} 1')
  })
})

describe('a server elsewhere', () => {
  it('is connected to once for one caller, and for each caller of its own', async () => {
    const theirs = await upstream()
    const { client } = await house([theirs.url], [says('ok')])
    const ask = (key: keyof typeof keys) =>
      client(key).chat.completions.create({ model: 'gpt', messages, tools: [mcp(theirs.url)] })
    for (const key of ['one', 'one', 'two', 'trusted', 'one'] as const) await ask(key)
    expect(theirs.requests.filter(({ rpc }) => rpc === 'initialize')).toHaveLength(3)
    expect(theirs.requests.filter(({ rpc }) => rpc === 'tools/list')).toHaveLength(3)
    const sessions = theirs.requests.flatMap(({ rpc, headers }) =>
      rpc === 'tools/list' ? [headers['mcp-session-id']] : [],
    )
    expect(new Set(sessions).size).toBe(3)
  })

  it('is left when nobody has used it for a while', async () => {
    const theirs = await upstream()
    const { client } = await house([theirs.url], [says('ok')], { limits: { callerServerIdleMs: 20 } })
    await client().chat.completions.create({ model: 'gpt', messages, tools: [mcp(theirs.url)] })
    await until(() => theirs.requests.some(({ method }) => method === 'DELETE'))
  })

  it('gets the headers of its own entry and no others', async () => {
    const [first, second] = [await upstream(), await upstream()]
    const { client, offered } = await house(
      [first.url, second.url],
      [
        calls([
          { name: 'echo', args: {} },
          { name: 'b__echo', args: {} },
          { name: 'up__echo', args: {} },
        ]),
        says('ok'),
      ],
      {},
      stdioEntry(),
    )
    const tools = [
      mcp('patchbay/mcp', { headers: { 'X-Own': 'own-secret' }, authorization: 'own-token' }),
      mcp(first.url, { server_label: 'a', headers: { 'X-First': 'first-secret' }, allowed_tools: ['echo'] }),
      mcp(second.url, {
        server_label: 'b',
        authorization: 'Basic second-secret',
        allowed_tools: { tool_names: ['echo'] },
      }),
    ]
    await client().chat.completions.create({ model: 'gpt', messages, tools })
    expect(offered().filter(name => name.endsWith('echo'))).toEqual(['up__echo', 'echo', 'b__echo'])
    const seen = [first, second].map(({ requests }) => JSON.stringify(requests))
    expect(seen.map(text => [text.includes('first-secret'), text.includes('Basic second-secret')])).toEqual([
      [true, false],
      [false, true],
    ])
    expect(seen.join()).not.toMatch(/own-secret|own-token|pb_11111/)
    expect([first, second].map(({ requests }) => requests.some(({ rpc }) => rpc === 'tools/call'))).toEqual([
      true,
      true,
    ])
  })

  it("is one of Anthropic's mcp_servers too", async () => {
    const theirs = await upstream()
    const { url, provider } = await house([theirs.url], [calls([{ name: 'echo', args: { a: 1 } }]), says('done')])
    const answer = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': keys.one.key, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: 'gpt',
        max_tokens: 100,
        messages,
        mcp_servers: [{ type: 'url', name: 'wiki', url: theirs.url, authorization_token: 'their-token' }],
      }),
    })
    expect(await answer.text()).toContain('done')
    expect(new Set(theirs.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer their-token']),
    )
    expect(theirs.requests.some(({ rpc }) => rpc === 'tools/call')).toBe(true)
    expect(JSON.stringify([theirs.requests, provider.received])).not.toContain(keys.one.key)
  })

  it('waits for approval unless the entry says otherwise', async () => {
    const theirs = await upstream()
    const { client } = await house([theirs.url], [calls([{ name: 'echo', args: {} }])])
    const tools = [mcp(theirs.url, { require_approval: undefined })]
    const answer = await client().chat.completions.create({ model: 'gpt', messages, tools })
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls')
    expect(theirs.requests.some(({ rpc }) => rpc === 'tools/call')).toBe(false)
  })

  it('may be called whatever a caller likes', async () => {
    const theirs = await upstream()
    const { client, offered } = await house([theirs.url], [says('ok')])
    const labels = [
      '__proto__',
      'constructor',
      '',
      '  ',
      'a "b"\n\u202ec',
      'l'.repeat(500),
      'wiki/x',
      'gro\u00df',
      undefined,
    ]
    const entries = labels.map(server_label => mcp(theirs.url, { server_label, allowed_tools: ['echo'] }))
    const mine = { type: 'function' as const, function: { name: 'echo' } }
    await client().chat.completions.create({ model: 'gpt', messages, tools: [mine, ...entries] })
    const given = offered()
    expect(given.filter(name => !/^[A-Za-z0-9_-]{1,64}$/.test(name))).toEqual([])
    expect(new Set(given.map(name => name.toLowerCase())).size).toBe(given.length)
    // Three of them have no label and are called by their host, so they are one server.
    expect(given).toHaveLength(1 + labels.length - 2)
    expect(given).toEqual(
      expect.arrayContaining(['echo', 'proto__echo', 'constructor__echo', '127_0_0_1__echo', 'wiki_x__echo']),
    )
  })

  it('may list whatever it likes: names are made legal, and are only names', async () => {
    const names = ['__proto__', 'constructor', 'a b/c', 'up__echo', 'x'.repeat(300), '\u202eevil', 'A', 'a', 'mine']
    const theirs = await stub((request, response) => answerOldEra(request, response, [...names, 'a']))
    const { client, offered } = await house(
      [theirs.url],
      [calls([{ name: 'wiki__up__echo', args: {} }]), says('ok')],
      {},
      stdioEntry(),
    )
    const mine = { type: 'function' as const, function: { name: 'mine' } }
    const tools = [mcp(theirs.url), mcp('patchbay'), mine]
    await client().chat.completions.create({ model: 'gpt', messages, tools })
    const given = offered()
    expect(given).toEqual(
      expect.arrayContaining(['__proto__', 'constructor', 'a_b_c', 'wiki__up__echo', 'wiki__mine', 'up__echo', 'mine']),
    )
    expect(given.filter(name => !/^[A-Za-z0-9_-]{1,64}$/.test(name))).toEqual([])
    expect(new Set(given).size).toBe(given.length)
    const called = theirs.requests.flatMap(({ rpc }) => (rpc.method === 'tools/call' ? [rpc.params?.name] : []))
    expect(called).toEqual(['up__echo'])
  })
})

describe('a server elsewhere that cannot be listed ends the request', () => {
  const token = 'their-secret-token'
  const cases: [string, (request: StubRequest, response: ServerResponse) => void, RegExp, object?][] = [
    [
      'where it refuses, without telling what it was sent',
      ({ headers, path }, response) => response.writeHead(401).end(`no: ${headers.authorization} at ${path}`),
      /answered HTTP 401\..*It says: no: \[hidden\] at \/\[hidden\]\/mcp\?k=\[hidden\]/,
    ],
    ['where it is no MCP server', (_, response) => response.end('<!doctype html>'), /answered with an HTML page/],
    [
      'where it redirects',
      (_, response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
      /answered HTTP 307\./,
    ],
    ['where it hangs', () => {}, /did not start within 300 ms \(limits\.startTimeoutMs\)/, { startTimeoutMs: 300 }],
    [
      'where it hangs when it is to be listed',
      (request, response) => {
        if (request.rpc.method !== 'tools/list') answerOldEra(request, response)
      },
      /gave no answer to tools\/list within 300 ms/,
      { listTimeoutMs: 300 },
    ],
    [
      'where its list is too long',
      (request, response) =>
        answerOldEra(
          request,
          response,
          Array.from({ length: 30 }, (_, at) => `t${at}`),
        ),
      /lists more than 20 tools \(limits\.maxCallerServerTools\)/,
      { maxCallerServerTools: 20 },
    ],
    [
      'where its list never ends',
      (request, response) => {
        if (request.rpc.method !== 'tools/list') return answerOldEra(request, response)
        const nextCursor = `${Math.random()}`
        sendRpc(response, request.rpc.id, { result: { tools: [], padding: 'x'.repeat(20_000), nextCursor } })
      },
      /lists tools of more than 100000 bytes/,
      { maxCallerListBytes: 100_000 },
    ],
    [
      'where it sends too much at once',
      (request, response) => {
        if (request.rpc.method !== 'tools/list') return answerOldEra(request, response)
        sendRpc(response, request.rpc.id, { result: { tools: [], padding: 'x'.repeat(200_000) } })
      },
      /sent more than 100000 bytes \(limits\.maxMessageBytes\)/,
      { maxMessageBytes: 100_000 },
    ],
    [
      'where it fails, without telling what it was sent',
      (request, response) => {
        const { rpc, headers, path } = request
        if (rpc.method !== 'tools/list') return answerOldEra(request, response)
        sendRpc(response, rpc.id, { error: { code: -32000, message: `no: ${headers.authorization} at ${path}` } })
      },
      /answered with error -32000: no: \[hidden\] at \/\[hidden\]\/mcp\?k=\[hidden\]/,
    ],
  ]
  it.each(cases)('%s', async (_, answer, message, limits = {}) => {
    const theirs = await stub(answer)
    const url = `${new URL(theirs.url).origin}/a-key-inside-the-path/mcp?k=query-secret`
    const { client, provider } = await house([url], [says('never')], { limits })
    const tools = [mcp(url, { authorization: token })]
    const error = await failure(client().chat.completions.create({ model: 'gpt', messages, tools }))
    expect([error.status, error.code, error.type, error.param]).toEqual([
      424,
      'caller_server_failed',
      'external_connector_error',
      'tools',
    ])
    expect(error.message).toMatch(message)
    expect(error.message).toContain('The tools of the MCP server "wiki" cannot be listed')
    expect(error.message).not.toMatch(/their-secret-token|query-secret|a-key-inside/)
    expect(provider.received).toEqual([])
  })
})

describe('a server_url', () => {
  const allowed = 'https://mcp.example.com/mcp'

  it.each<[string, string, keyof typeof keys, object, number, RegExp]>([
    [
      'is refused where none may be named',
      allowed,
      'one',
      {},
      400,
      /"https:\/\/mcp\.example\.com" is not of this gateway/,
    ],
    [
      'is refused that is not on the list',
      'http://evil.example/mcp',
      'one',
      { callerServers },
      403,
      /egress\.callerServers\.allow/,
    ],
    ['is refused to a key for some servers', allowed, 'few', { callerServers }, 403, /This key may not name servers/],
    [
      'is refused with a password',
      'https://u:pw@mcp.example.com/',
      'one',
      { callerServers },
      400,
      /user name or password/,
    ],
    [
      'is refused that names a file',
      'file:///etc/passwd',
      'one',
      { callerServers },
      400,
      /no MCP endpoint of this gateway/,
    ],
    [
      'is refused at a loopback address',
      'https://127.0.0.1/mcp',
      'one',
      { callerServers: { allow: ['https://*'] } },
      403,
      /a loopback address/,
    ],
    [
      'is refused at localhost',
      'https://localhost/mcp',
      'one',
      { callerServers: { allow: ['https://*'] } },
      403,
      /a loopback address/,
    ],
    [
      'is refused at the metadata service',
      'https://169.254.169.254/latest',
      'one',
      { callerServers },
      403,
      /a link-local address/,
    ],
    [
      'is refused at the same in another form',
      'https://[::ffff:a9fe:a9fe]/',
      'one',
      { callerServers },
      403,
      /not a public one/,
    ],
    [
      'is refused at the same as a number',
      'https://2852039166/',
      'one',
      { callerServers },
      403,
      /a link-local address/,
    ],
    [
      'is refused where documents may reach, but callers not',
      'https://10.9.8.7/',
      'one',
      { callerServers: { allow: ['https://*'] }, allowHosts: ['10.0.0.0/8'] },
      403,
      /a private address/,
    ],
  ])('%s', async (_, server, key, egress, status, message) => {
    const { client, provider } = await house([], [says('never')], { egress })
    const error = await failure(client(key).chat.completions.create({ model: 'gpt', messages, tools: [mcp(server)] }))
    expect([error.status, error.param]).toEqual([status, 'tools'])
    expect(error.message).toMatch(message)
    expect(provider.received).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    [
      'a connector',
      { server_url: undefined, connector_id: 'connector_gmail' },
      /"tools\[0\]\.connector_id": names a connector/,
    ],
    ['a line break in a header', { headers: { 'X-A': 'a\r\nx-b: c' } }, /has a header "x-a" that cannot be sent/],
    ['a name that is none', { headers: { 'x b': 'c' } }, /has a header "x b" that cannot be sent/],
    ['a line break in the token', { authorization: 'a\nb' }, /has a header "authorization" that cannot be sent/],
    ['the key of the gateway as a header', { headers: { 'x-k': keys.one.key } }, /this gateway's own key/],
    ['the key of the gateway as authorization', { authorization: keys.one.key }, /this gateway's own key/],
  ])('is not taken with %s', async (_, more, message) => {
    const { client } = await house([], [says('never')], { egress: { callerServers } })
    const tools = [mcp(allowed, more)]
    const error = await failure(client().chat.completions.create({ model: 'gpt', messages, tools }))
    expect(error.status).toBe(400)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain(keys.one.key)
  })

  it('may stand in so many entries and no more', async () => {
    const { client } = await house([], [says('ok')], { limits: { maxMcpEntries: 2 } })
    const ask = (count: number) =>
      client().chat.completions.create({
        model: 'gpt',
        messages,
        tools: Array.from({ length: count }, () => mcp('patchbay')),
      })
    expect((await ask(2)).choices[0]?.message.content).toBe('ok')
    const error = await failure(ask(3))
    expect([error.status, error.message]).toEqual([400, expect.stringContaining('limits.maxMcpEntries')])
  })
})

describe('the log', () => {
  it('holds no credential of a server elsewhere, at whatever level', async () => {
    const secrets = ['bearer-secret-1', 'header-secret-2', 'query-secret-3', 'path-segment-secret-4']
    const theirs = await stub((request, response) => {
      const { authorization, 'x-key': key } = request.headers
      if (request.rpc.method !== 'tools/call') return answerOldEra(request, response, ['echo', 'echo'])
      response.writeHead(500).end(`${authorization} ${key} ${request.path}`)
    })
    const provider = await startFakeProvider(calls([{ name: 'echo', args: {} }]), says('done'))
    onTestFinished(provider.close)
    const { origin } = new URL(theirs.url)
    const config = await writeConfig(
      {},
      {
        models: { gpt: { provider: 'openai', baseUrl: provider.url, apiKey: 'k' } },
        egress: { callerServers: { allow: [`${origin}/*`], allowHosts } },
      },
    )
    const child = runCli('serve', '--port', '0', '--config', config, '--log-level', 'debug')
    await until(() => /http:\/\/127\.0\.0\.1:\d+/.test(child.stdoutText()))
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(child.stdoutText()) ?? []
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
    const tools = [
      mcp(`${origin}/path-segment-secret-4/mcp?k=query-secret-3`, {
        authorization: secrets[0],
        headers: { 'X-Key': secrets[1] },
      }),
    ]
    const answer = await client.chat.completions.create({ model: 'gpt', messages, tools })
    expect(theirs.requests.filter(({ rpc }) => rpc.method === 'tools/call')).toHaveLength(1)
    await until(() => child.stderrText().includes('/v1/chat/completions'))
    const told = `${child.stderrText()}${JSON.stringify([answer, provider.received])}`
    expect(told).toContain('repeats an earlier name')
    expect(told).toContain('answered HTTP 500')
    expect(secrets.filter(secret => told.includes(secret))).toEqual([])
  })

  it('holds none at a change of the rules either, which counts at once', async () => {
    const theirs = await upstream()
    const provider = await startFakeProvider(says('ok'))
    onTestFinished(provider.close)
    const models = { gpt: { provider: 'openai', baseUrl: provider.url, apiKey: 'k' } }
    const allow = [`${new URL(theirs.url).origin}/*`]
    const config = await writeConfig({}, { models, egress: { callerServers: { allow, allowHosts } } })
    const child = runCli('serve', '--port', '0', '--config', config)
    await until(() => /http:\/\/127\.0\.0\.1:\d+/.test(child.stdoutText()))
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(child.stdoutText()) ?? []
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
    const ask = () =>
      client.chat.completions.create({ model: 'gpt', messages, tools: [mcp(`${theirs.url}?k=query-secret-3`)] })
    await ask()
    await writeFile(config, JSON.stringify({ mcpServers: {}, models }))
    await until(() => child.stderrText().includes('was read again'))
    expect((await failure(ask())).status).toBe(400)
    expect(child.stderrText()).not.toContain('query-secret-3')
  })
})
