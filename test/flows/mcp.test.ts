import { once } from 'node:events'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as OldStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as OldHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isAlive, until } from '../sources/mcp/helpers.ts'
import { cli, runCli, servePatchbay, stdioEntry, writeConfig } from './patchbay.ts'

/** What the tests need of a client, whichever SDK it comes from. */
type AnyClient = Readonly<{
  list(): Promise<string[]>
  call(
    name: string,
    args?: Record<string, unknown>,
    options?: { onprogress?: (step: { progress: number }) => void; signal?: AbortSignal },
  ): Promise<{ content: unknown; structuredContent?: unknown; isError?: unknown }>
  changed: () => number
  revision: () => string | undefined
}>

type Where = Readonly<{ url: string } | { config: string; server?: string }>

async function oldClient(where: Where): Promise<AnyClient> {
  const client = new OldClient({ name: 'old', version: '1' })
  let changes = 0
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changes += 1
  })
  const transport =
    'url' in where
      ? new OldHttpTransport(new URL(where.url))
      : new OldStdioTransport({ command: process.execPath, args: stdioArgs(where), stderr: 'ignore' })
  // The SDK declares its own class without `exactOptionalPropertyTypes`.
  await client.connect(transport as Parameters<OldClient['connect']>[0])
  onTestFinished(() => client.close())
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args = {}, options = {}) =>
      client.callTool({ name, arguments: args }, undefined, options) as ReturnType<AnyClient['call']>,
    changed: () => changes,
    revision: () => ('protocolVersion' in transport ? transport.protocolVersion : undefined),
  }
}

function newClient(mode: 'legacy' | 'auto' | { pin: string }) {
  return async (where: Where): Promise<AnyClient> => {
    let changes = 0
    const client = new Client(
      { name: 'new', version: '2' },
      {
        versionNegotiation: { mode, probe: { timeoutMs: 5_000 } },
        listChanged: {
          tools: {
            autoRefresh: false,
            onChanged: () => {
              changes += 1
            },
          },
        },
      },
    )
    await client.connect(
      'url' in where
        ? new StreamableHTTPClientTransport(new URL(where.url))
        : new StdioClientTransport({ command: process.execPath, args: stdioArgs(where), stderr: 'ignore' }),
    )
    onTestFinished(() => client.close())
    return {
      list: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: (name, args = {}, options = {}) =>
        client.callTool({ name, arguments: args }, options) as ReturnType<AnyClient['call']>,
      changed: () => changes,
      revision: () => client.getNegotiatedProtocolVersion(),
    }
  }
}

function stdioArgs(where: { config: string; server?: string }): string[] {
  const only = where.server === undefined ? [] : ['--server', where.server]
  return [cli, 'stdio', '--config', where.config, '--log-level', 'silent', ...only]
}

const clients: [string, (where: Where) => Promise<AnyClient>, string][] = [
  ['an SDK 1.x client', oldClient, '2025-11-25'],
  ['an SDK 2.x client of the old era', newClient('legacy'), '2025-11-25'],
  ['an SDK 2.x client that finds out', newClient('auto'), '2026-07-28'],
  ['an SDK 2.x client of 2026-07-28', newClient({ pin: '2026-07-28' }), '2026-07-28'],
]
const doors: [string, (entry: object) => Promise<Where>][] = [
  ['HTTP', async entry => ({ url: `${(await servePatchbay({ up: entry })).url}/mcp` })],
  ['stdio', async entry => ({ config: await writeConfig({ up: entry }) })],
]

describe.each(doors)('over %s', (door, open) => {
  describe.each(clients)('%s', (_, connect, revision) => {
    it('lists, calls, sees progress and changes, and cancels', async () => {
      const client = await connect(await open(stdioEntry()))
      if (client.revision() !== undefined) expect(client.revision()).toBe(revision)
      expect(await client.list()).toContain('up__echo')
      const echoed = await client.call('up__echo', { text: 'grün' })
      expect(echoed.structuredContent).toMatchObject({ sent: { name: 'echo', arguments: { text: 'grün' } } })

      const steps: number[] = []
      await client.call('up__progress', {}, { onprogress: ({ progress }) => void steps.push(progress) })
      expect(steps).toEqual([1, 2, 3])

      expect(await client.call('up__fail')).toMatchObject({ isError: true, content: [{ text: 'no such pet' }] })
      await expect(client.call('up__refuse')).rejects.toMatchObject({ code: -32099, data: { why: 'because' } })
      await expect(client.call('up__nothing')).rejects.toMatchObject({ code: -32602 })

      const caller = new AbortController()
      const waiting = client.call('up__wait', {}, { signal: caller.signal })
      const received = async () => JSON.stringify((await client.call('up__received')).structuredContent)
      await until(async () => (await received()).includes('"name":"wait"'))
      caller.abort()
      await expect(waiting).rejects.toThrow()
      await until(async () => (await received()).includes('notifications/cancelled'))

      await client.call('up__add_tool')
      await until(() => client.changed() > 0)
      expect(await client.list()).toContain('up__extra_1')
    })
  })

  it('what no SDK knows of the upstream passes all the same', async () => {
    const where = await open(stdioEntry('unknown-content'))
    const client = new OldClient({ name: 'old', version: '1' })
    const transport =
      'url' in where
        ? new OldHttpTransport(new URL(where.url))
        : new OldStdioTransport({ command: process.execPath, args: stdioArgs(where), stderr: 'ignore' })
    await client.connect(transport as Parameters<OldClient['connect']>[0])
    onTestFinished(() => client.close())
    const { ResultSchema } = await import('@modelcontextprotocol/sdk/types.js')
    const result = await client.request({ method: 'tools/call', params: { name: 'up__echo' } }, ResultSchema)
    expect(result).toEqual({
      content: [{ type: 'hologram', 'x-beam': 1 }],
      'x-field': { deep: [1] },
      _meta: { 'a/b': 1 },
    })
  })

  it('a list with tools that old clients would choke on does not choke them', async () => {
    const client = await oldClient(await open(stdioEntry('bad-tools')))
    expect(await client.list()).toEqual(['up__good', 'up__untyped'])
  })

  it(`an upstream that dies during a call fails that call only, and is back (${door})`, async () => {
    const client = await newClient('auto')(await open(stdioEntry()))
    const pid = Number(textOf(await client.call('up__pid')))
    const waiting = client.call('up__wait')
    await until(async () => JSON.stringify(await client.call('up__received')).includes('"name":"wait"'))
    process.kill(pid, 'SIGKILL')
    expect(await waiting).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^"up" .* was ended by SIGKILL/) }],
    })
    let back: string | undefined
    await until(async () => {
      const result = await client.call('up__pid')
      back = textOf(result)
      return result.isError !== true
    })
    expect(Number(back)).not.toBe(pid)
  })
})

describe('one endpoint of a server', () => {
  it('over HTTP shows its own names', async () => {
    const { url } = await servePatchbay({ up: stdioEntry(), other: stdioEntry() })
    for (const path of ['/mcp/up', '/up/mcp']) {
      const client = await oldClient({ url: url + path })
      expect(await client.list()).toContain('echo')
      expect(textOf(await client.call('echo', { a: 1 }))).toBe('{"a":1}')
    }
  })

  it('over stdio shows its own names', async () => {
    const client = await oldClient({
      config: await writeConfig({ up: stdioEntry(), other: stdioEntry() }),
      server: 'up',
    })
    expect(await client.list()).toContain('echo')
  })
})

describe('one bad server among good ones', () => {
  it.each([
    ['hangs', stdioEntry('hang-init')],
    ['hangs at its list', stdioEntry('slow-list')],
    ['crashes', stdioEntry('crash-start')],
    ['is not there', { command: '/nonexistent/server' }],
    ['is no MCP server', { url: 'http://127.0.0.1:9/mcp' }],
  ])('that %s costs the others nothing', async (_, bad) => {
    const { url, patchbay } = await servePatchbay({ bad, good: stdioEntry() }, { limits: { firstListWaitMs: 300 } })
    const client = await oldClient({ url: `${url}/mcp` })
    await until(async () => (await client.list()).includes('good__echo'))
    // While the bad one is still hanging, or being tried.
    await Promise.all(Array.from({ length: 20 }, () => client.call('good__echo')))
    expect(patchbay.gateway.health().map(({ id, tools }) => [id, tools > 0])).toEqual([
      ['bad', false],
      ['good', true],
    ])
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })
})

describe('the stdio command', () => {
  it('writes nothing but JSON to stdout, and leaves with its children when stdin ends', async () => {
    const child = runCli(
      'stdio',
      '--config',
      await writeConfig({ up: stdioEntry('grandchild'), noisy: stdioEntry('banner') }),
    )
    const send = (id: number, method: string, params: object): void =>
      void child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    send(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } })
    send(2, 'tools/call', { name: 'up__pid' })
    await until(() => child.stdoutText().includes('"id":2'))
    const messages = child
      .stdoutText()
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
    expect(messages.every(({ jsonrpc }) => jsonrpc === '2.0')).toBe(true)
    const pids =
      textOf(messages.find(({ id }) => id === 2).result)
        ?.split(' ')
        .map(Number) ?? []
    expect(pids.map(isAlive)).toEqual([true, true])
    const started = performance.now()
    child.stdin?.end()
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
    expect(performance.now() - started).toBeLessThan(2_000)
    await until(() => !pids.some(isAlive))
  })

  it('asked a second time to stop, leaves at once, and its children with it', async () => {
    const child = runCli(
      'stdio',
      '--log-level',
      'info',
      '--config',
      await writeConfig({ up: stdioEntry('ignore-term') }),
    )
    child.stdin?.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'up__pid' } })}\n`,
    )
    await until(() => child.stdoutText().includes('"id":2'))
    const pid = Number(textOf(JSON.parse(child.stdoutText()).result))
    child.kill('SIGTERM')
    await until(() => child.stderrText().includes('Send it again'))
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([143, null])
    await until(() => !isAlive(pid))
  })
})

describe('the serve command', () => {
  it('finishes a running call when it is told to stop, and ends with its children', async () => {
    const child = runCli('serve', '--port', '0', '--config', await writeConfig({ up: stdioEntry('grandchild') }))
    await until(() => child.stdoutText().includes('/readyz'))
    const url = /http:\/\/\S+\/mcp$/m.exec(child.stdoutText())?.[0] ?? ''
    const client = await oldClient({ url })
    const pids =
      textOf(await client.call('up__pid'))
        ?.split(' ')
        .map(Number) ?? []
    const slow = client.call('up__slow', { ms: 400 })
    await until(async () => JSON.stringify(await client.call('up__received')).includes('"name":"slow"'))
    child.kill('SIGTERM')
    expect(textOf(await slow)).toBe('slept')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
    await until(() => !pids.some(isAlive))
  })
})

function textOf(result: { content: unknown }): string | undefined {
  return (result.content as { text?: string }[])[0]?.text
}
