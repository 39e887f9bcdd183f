import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProtocolChoice } from '../../../src/core/source-config.ts'
import { answerOldEra, httpStub, sendRpc } from '../../fakes/http-stub.ts'
import type { Upstream } from '../../fakes/sdk-servers.ts'
import { httpUpstream, modernUpstream, sseUpstream } from '../../fakes/sdk-servers.ts'
import {
  callText,
  featureScript,
  listNames,
  never,
  nextChange,
  open,
  remoteConfig,
  stdioConfig,
  until,
} from './helpers.ts'

const upstreams = { http: httpUpstream, sse: sseUpstream, modern: modernUpstream }

async function start(kind: keyof typeof upstreams): Promise<Upstream> {
  const upstream = await upstreams[kind]()
  onTestFinished(() => upstream.close())
  return upstream
}

describe('over HTTP, the era and the transport are found out', () => {
  it.each([
    ['modern', 'auto', 'auto', '2026-07-28'],
    ['modern', 'modern', 'http', '2026-07-28'],
    ['http', 'auto', 'auto', '2025-11-25'],
    ['http', 'legacy', 'http', '2025-11-25'],
    ['sse', 'auto', 'auto', '2025-11-25'],
    ['sse', 'legacy', 'sse', '2025-11-25'],
    ['sse', 'auto', 'sse', '2025-11-25'],
  ] as const)('a %s server, protocol %s, transport %s: %s', async (kind, protocol, transport, revision) => {
    const source = open(remoteConfig((await start(kind)).url, { protocol, transport }))
    expect(await listNames(source)).toEqual(['echo', 'progress', 'wait', 'region'])
    expect(source.health()).toMatchObject({ state: 'ready', details: { protocolVersion: revision } })
    expect(source.logged).toEqual([])
  })

  it.each([
    ['http', 'modern', 'auto', /answered HTTP 400/],
    ['modern', 'legacy', 'http', /does not|nsupported|error -32022/],
    ['sse', 'auto', 'http', /answered HTTP 405/],
    ['http', 'auto', 'sse', /answered HTTP 400/],
  ] as const)('a %s server does not do for protocol %s, transport %s', async (kind, protocol, transport, message) => {
    const source = open(remoteConfig((await start(kind)).url, { protocol, transport }))
    await expect(source.list({ signal: never })).rejects.toThrow(message)
    expect(source.health().state).toBe('failed')
  })

  it.each([400, 404, 405])('an answer of %s to a POST leads to HTTP+SSE', async status => {
    const stub = await httpStub(
      ({ method }, response) => void response.writeHead(method === 'POST' ? status : 418).end(),
    )
    onTestFinished(() => stub.close())
    await expect(open(remoteConfig(stub.url)).list({ signal: never })).rejects.toThrow(`answered HTTP`)
    expect(stub.requests.map(({ method, rpc }) => rpc.method ?? method)).toEqual([
      'server/discover',
      'initialize',
      'GET',
    ])
  })

  it.each([500, 502, 503])('an answer of %s says nothing about the era', async status => {
    const stub = await httpStub((_, response) => void response.writeHead(status).end())
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url), { retryMinMs: 60_000, retryMaxMs: 60_000 })
    await expect(source.list({ signal: never })).rejects.toThrow(`answered HTTP ${status}`)
    expect(stub.requests).toHaveLength(1)
  })

  it.each([
    [401, 'auto'],
    [403, 'auto'],
    [401, 'legacy'],
  ] as const)('an answer of %s with protocol %s asks for credentials', async (status, protocol) => {
    const stub = await httpStub(({ headers }, response) => {
      response.writeHead(status, { 'www-authenticate': 'Bearer' }).end(`bad token: ${headers.authorization}`)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url, { protocol, headers: { Authorization: 'Bearer canary-secret' } }))
    await expect(source.list({ signal: never })).rejects.toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
      message: `"fake" answered HTTP ${status}. Give it credentials under "headers". It says: bad token: [hidden]`,
    })
    expect(source.health().state).toBe('needs_auth')
    await expect(source.call('echo', {}, { signal: never })).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    expect(stub.requests).toHaveLength(1)
  })

  it('a modern server that is slower than the probe is waited for, though it refuses initialize meanwhile', async () => {
    const versions = { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } }
    const stub = await httpStub(({ rpc }, response) => {
      const answer = (message: object): void => sendRpc(response, rpc.id, message)
      if (rpc.method === 'server/discover') setTimeout(() => answer({ result: versions }), 400)
      else if (rpc.method === 'tools/list') answer({ result: { tools: [] } })
      else answer({ error: { code: -32_601, message: 'Method not found' } })
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url), { probeTimeoutMs: 50 })
    await source.list({ signal: never })
    expect(source.health()).toMatchObject({ state: 'ready', details: { protocolVersion: '2026-07-28' } })
    expect(stub.requests.map(({ rpc }) => rpc.method)).toEqual(['server/discover', 'initialize', 'tools/list'])
    expect(source.logged).toEqual([])
  })

  it.each([
    ['of its own, at once', -32_000, 60_000],
    ['that a modern server might give too, once the time to start is over', -32_602, 2_500],
  ])('a refusal of initialize %s, is what is told of a server without a word before it', async (_, code, ms) => {
    const stub = await httpStub(({ rpc }, response) => {
      if (rpc.method === 'initialize') sendRpc(response, rpc.id, { error: { code, message: 'no such key' } })
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url), { probeTimeoutMs: 50, startTimeoutMs: ms })
    await expect(source.list({ signal: never })).rejects.toThrow(`"fake" answered with error ${code}: no such key`)
  })

  it('an older revision that the server prefers is taken, and named in every header from then on', async () => {
    const stub = await httpStub((request, response) => answerOldEra(request, response, ['a']))
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    expect(await listNames(source)).toEqual(['a'])
    expect(
      stub.requests.map(({ rpc, method, headers }) => [rpc.method ?? method, headers['mcp-protocol-version']]),
    ).toEqual([
      ['server/discover', '2026-07-28'],
      ['initialize', undefined],
      ['notifications/initialized', '2025-06-18'],
      expect.anything(),
      expect.anything(),
    ])
    expect(stub.requests.slice(3).every(({ headers }) => headers['mcp-protocol-version'] === '2025-06-18')).toBe(true)
  })
})

describe('over stdio, the era is found out', () => {
  it.each([
    ['ok', 'auto', '2025-11-25'],
    ['ok', 'legacy', '2025-11-25'],
    ['exit-early', 'auto', '2025-11-25'],
    ['silent-probe', 'auto', '2025-11-25'],
    ['modern', 'auto', '2026-07-28'],
    ['modern', 'modern', '2026-07-28'],
    ['slow-modern', 'auto', '2026-07-28'],
    ['slow-exit-early', 'auto', '2025-11-25'],
  ] as [string, ProtocolChoice, string][])('mode %s, protocol %s: %s', async (mode, protocol, revision) => {
    const source = open(stdioConfig(mode, { protocol }), { probeTimeoutMs: 300 })
    expect(await listNames(source)).toContain('echo')
    expect(source.health()).toMatchObject({ state: 'ready', details: { protocolVersion: revision } })
    expect(source.logged).toEqual([])
  })

  it.each([
    ['ok', 'modern', /Method not found/],
    ['modern', 'legacy', /Method not found/],
  ] as const)('mode %s does not do for protocol %s', async (mode, protocol, message) => {
    await expect(open(stdioConfig(mode, { protocol })).list({ signal: never })).rejects.toThrow(message)
  })

  it('and a modern server gets the envelope with every request, and keeps its own _meta', async () => {
    const source = open(stdioConfig('modern', { protocol: 'auto' }))
    const result = await source.call('echo', { a: 1 }, { signal: never, meta: { traceparent: '00-ab' } })
    expect(result).toEqual({
      content: [{ type: 'text', text: 'hi' }],
      structuredContent: {
        sent: {
          name: 'echo',
          arguments: { a: 1 },
          _meta: {
            traceparent: '00-ab',
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
            'io.modelcontextprotocol/clientInfo': { name: 'patchbay', version: '0' },
          },
        },
      },
      _meta: { 'example.com/kept': 1 },
    })
  })
})

describe('what an upstream speaks is remembered', () => {
  const rpcs = (stub: { requests: readonly { rpc: { method?: string } }[] }) =>
    stub.requests
      .map(({ rpc }) => rpc.method)
      .filter(method => ['server/discover', 'initialize'].includes(String(method)))

  it('while the process runs: an old one that comes back is not asked for the new era again', async () => {
    let refusals = 0
    const stub = await httpStub((request, response) => {
      if (request.rpc.method === 'tools/call') {
        refusals = 3
        return void response.writeHead(404).end()
      }
      if (request.method === 'POST' && refusals > 0) {
        refusals -= 1
        return void response.writeHead(503).end()
      }
      if (request.rpc.method === 'initialize') response.setHeader('mcp-session-id', 's')
      answerOldEra(request, response, ['a'])
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await source.list({ signal: never })
    await source.call('a', {}, { signal: never }).catch(() => {})
    await until(() => source.health().state === 'ready')
    const [first, ...others] = rpcs(stub)
    expect(first).toBe('server/discover')
    expect(others).toEqual(Array.from({ length: 5 }, () => 'initialize'))
  })

  it('a child of the old era that exits on the probe is started once when it comes back', async () => {
    const source = open(stdioConfig('exit-early', { protocol: 'auto' }))
    const pid = Number(await callText(source, 'pid'))
    const back = nextChange(source)
    process.kill(pid, 'SIGKILL')
    await back
    const { structuredContent } = await source.call('received', {}, { signal: never })
    expect(JSON.stringify(structuredContent)).not.toContain('server/discover')
    expect(await listNames(source)).toContain('echo')
  })

  it.each([
    ['old', 'modern', '2025-11-25', '2026-07-28'],
    ['modern', 'old', '2026-07-28', '2025-11-25'],
  ])('and found out anew when it does not hold any more: %s, then %s', async (before, after, first, second) => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-era-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'server.ts')
    const become = (era: string) =>
      writeFile(file, `process.argv.splice(2, 9, '${era}')\nawait import(${JSON.stringify(featureScript)})\n`)
    await become(before)
    const source = open(stdioConfig('', { args: [file], protocol: 'auto' }))
    const pid = Number(await callText(source, 'pid'))
    expect(source.health().details?.protocolVersion).toBe(first)
    await become(after)
    const back = nextChange(source)
    process.kill(pid, 'SIGKILL')
    await back
    await listNames(source)
    expect(source.health().details?.protocolVersion).toBe(second)
  })
})
