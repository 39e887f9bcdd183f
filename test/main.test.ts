import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { localCaller } from '../src/core/caller.ts'
import type { Patchbay } from '../src/main.ts'
import { startPatchbay } from '../src/main.ts'
import { httpUpstream } from './fakes/sdk-servers.ts'
import { isAlive } from './sources/mcp/helpers.ts'

const root = new URL('..', import.meta.url).pathname
const fake = (mode = 'ok') => ({ command: process.execPath, args: [join(root, 'test/fakes/stdio-server.ts'), mode] })
const all = { caller: localCaller, endpoint: { kind: 'all' } } as const
const context = () => ({ signal: new AbortController().signal })
const document = (operationId: string) => ({
  openapi: '3.1.0',
  info: { title: 'T', version: '1' },
  servers: [{ url: 'http://127.0.0.1:1' }],
  paths: { '/a': { get: { operationId, responses: {} } } },
})

const running: Patchbay[] = []
afterEach(async () => {
  for (const patchbay of running.splice(0)) await patchbay.close()
})

async function start(config: unknown): Promise<{ patchbay: Patchbay; write: (config: unknown) => Promise<void> }> {
  const file = join(await mkdtemp(join(tmpdir(), 'patchbay-main-')), 'servers.json')
  const write = (next: unknown) => writeFile(file, typeof next === 'string' ? next : JSON.stringify(next))
  await write(config)
  const patchbay = await startPatchbay({ config: file, logLevel: 'silent' })
  running.push(patchbay)
  await patchbay.gateway.settled()
  return { patchbay, write }
}

const names = async ({ gateway }: Patchbay) => (await gateway.list(all)).tools.map(({ name }) => name)
const textOf = async ({ gateway }: Patchbay, name: string) =>
  (await gateway.call(all, name, {}, context())).content[0]?.text

describe('a changed configuration', () => {
  it('adds and removes sources, and leaves the connection of an unchanged one alone', async () => {
    const { patchbay, write } = await start({ mcpServers: { kept: fake(), gone: { openapi: document('old') } } })
    const pid = await textOf(patchbay, 'kept__pid')
    await write({ mcpServers: { kept: fake(), fresh: { openapi: document('new') } } })
    await expect.poll(() => names(patchbay)).toContain('fresh__new')
    expect(await names(patchbay)).not.toContain('gone__old')
    expect(await textOf(patchbay, 'kept__pid')).toBe(pid)
  })

  it('leaves the limits as they were at the start, for sources that come later too', async () => {
    const first = { openapi: document('first'), mode: 'auto' }
    const { patchbay, write } = await start({ mcpServers: { first } })
    const second = { openapi: document('second'), mode: 'auto' }
    await write({ mcpServers: { first, second }, limits: { suggestSearchTokens: 1 } })
    await expect.poll(() => names(patchbay)).toEqual(['first__first', 'second__second'])
  })

  it('restarts a source whose entry changed', async () => {
    const { patchbay, write } = await start({ mcpServers: { one: fake() } })
    const pid = await textOf(patchbay, 'one__pid')
    await write({ mcpServers: { one: { ...fake(), env: { CHANGED: 'yes' } } } })
    await expect.poll(() => textOf(patchbay, 'one__pid'), { timeout: 8_000 }).not.toBe(pid)
  })

  it('lets calls end that run on a source that is changed or removed, and then ends it', async () => {
    const { patchbay, write } = await start({ mcpServers: { changed: fake(), removed: fake() } })
    const { gateway } = patchbay
    const pids = await Promise.all(['changed__pid', 'removed__pid'].map(name => textOf(patchbay, name)))
    const slow = ['changed', 'removed'].map(id => gateway.call(all, `${id}__slow`, { ms: 2_000 }, context()))
    await write({ mcpServers: { changed: { ...fake(), env: { CHANGED: 'yes' } } } })
    await expect.poll(() => textOf(patchbay, 'changed__pid'), { timeout: 8_000 }).not.toBe(pids[0])
    expect((await Promise.all(slow)).map(({ content }) => content[0]?.text)).toEqual(['slept', 'slept'])
    await expect.poll(() => pids.some(pid => isAlive(Number(pid)))).toBe(false)
  })

  it('does not wait for them when it stops', async () => {
    const { patchbay, write } = await start({ mcpServers: { changed: fake() } })
    const pid = Number(await textOf(patchbay, 'changed__pid'))
    const waiting = patchbay.gateway.call(all, 'changed__wait', {}, context())
    await write({ mcpServers: { changed: { ...fake(), env: { CHANGED: 'yes' } } } })
    await expect.poll(() => textOf(patchbay, 'changed__pid'), { timeout: 8_000 }).not.toBe(String(pid))
    expect(isAlive(pid)).toBe(true)
    await patchbay.close()
    expect(isAlive(pid)).toBe(false)
    expect(await waiting).toMatchObject({ isError: true })
  })

  it.each([
    ['is no JSON', '{ "mcpServers": '],
    ['has an unknown key', { mcpServers: { one: { ...fake(), comand: 'x' } } }],
    ['names a variable that is not set', { mcpServers: { one: { url: 'http://${NOT_SET_ANYWHERE}/' } } }],
  ])('changes nothing when it %s', async (_, broken) => {
    const { patchbay, write } = await start({ mcpServers: { one: fake() } })
    const before = patchbay.config()
    const pid = await textOf(patchbay, 'one__pid')
    await write(broken)
    await new Promise(resolve => setTimeout(resolve, 700))
    expect(patchbay.config()).toBe(before)
    expect(await textOf(patchbay, 'one__pid')).toBe(pid)
  })

  it('is refused when it would open a gateway without a key to the network', async () => {
    const { patchbay, write } = await start({ mcpServers: {}, keys: { me: { key: 'a-key-of-some-length' } } })
    const url = (await patchbay.listen({ host: '0.0.0.0', port: 0 })).replace('0.0.0.0', '127.0.0.1')
    await write({ mcpServers: {} })
    await new Promise(resolve => setTimeout(resolve, 700))
    expect((await fetch(`${url}/mcp-rest/tools/list`)).status).toBe(401)
  })
})

describe('listening', () => {
  it('refuses another address than loopback as long as no key is configured', async () => {
    const { patchbay } = await start({ mcpServers: {} })
    await expect(patchbay.listen({ host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('names the port that is in use, and the remedy', async () => {
    const { patchbay } = await start({ mcpServers: {} })
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    await expect(patchbay.listen({ port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringMatching(new RegExp(`Port ${port} .*--port`)),
    })
    other.close()
  })
})

describe('previewing', () => {
  const preview = async (url: string, body: unknown, key = '') => {
    const headers = { 'content-type': 'application/json', ...(key !== '' && { 'x-api-key': key }) }
    const answer = await fetch(`${url}/mcp-rest/test/tools/list`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return {
      status: answer.status,
      body: (await answer.json()) as { tools: { name: string }[]; skipped: unknown[]; error: { code: string } },
    }
  }

  it.each<[string, object, number]>([
    ['on this machine to its user, where there is no key', {}, 200],
    ['not on this machine to who has a key', { keys: { a: { key: 'pb_11111abcde22222fghij' } } }, 403],
    [
      'where the file allows it',
      { keys: { a: { key: 'pb_11111abcde22222fghij' } }, egress: { allowHosts: ['127.0.0.0/8'] } },
      200,
    ],
  ])('shows an MCP server %s', async (_, config, status) => {
    const upstream = await httpUpstream()
    onTestFinished(() => upstream.close())
    const { patchbay } = await start({ mcpServers: {}, ...config })
    const url = await patchbay.listen({ port: 0 })
    const answer = await preview(url, { url: upstream.url }, 'pb_11111abcde22222fghij')
    expect([answer.status, answer.body.error?.code]).toEqual([status, status === 403 ? 'EGRESS_DENIED' : undefined])
    expect(upstream.requests.length > 0).toBe(status === 200)
  })

  it('shows a document under the names at which it would be served, as object and as text', async () => {
    const { patchbay } = await start({ mcpServers: {} })
    const url = await patchbay.listen({ port: 0 })
    for (const openapi of [document('foo/list'), JSON.stringify(document('foo/list'))]) {
      const { body } = await preview(url, { server_name: 'my api', openapi })
      expect(body.tools.map(({ name }) => name)).toEqual(['my_api__foo_list'])
    }
  })

  it('checks a document against the schema of its version where that is asked for', async () => {
    const openapi = { ...document('foo'), info: {} }
    const { patchbay } = await start({ mcpServers: { api: { openapi } } })
    const url = await patchbay.listen({ port: 0 })
    for (const candidate of [{ openapi }, { server_id: 'api' }]) {
      const found = async (more: object) => JSON.stringify((await preview(url, { ...candidate, ...more })).body)
      expect([await found({}), await found({ lint: true })]).toEqual([
        expect.not.stringContaining('Lint: '),
        expect.stringContaining('Lint: '),
      ])
    }
  })

  it('agrees with what is served once it is saved', async () => {
    const { patchbay } = await start({ mcpServers: { one: fake(), api: { openapi: document('foo/list') } } })
    const url = await patchbay.listen({ port: 0 })
    for (const id of ['one', 'api']) {
      const { body } = await preview(url, { server_id: id })
      expect(body.tools.map(({ name }) => name)).toEqual(
        (await names(patchbay)).filter(name => name.startsWith(`${id}__`)),
      )
    }
  })

  it('looks behind the search of a saved entry, of either kind', async () => {
    const api = { openapi: document('foo/list'), mode: 'search' }
    const { patchbay } = await start({ mcpServers: { one: { ...fake(), mode: 'search' }, api } })
    const url = await patchbay.listen({ port: 0 })
    const shown = async (server_id: string) => (await preview(url, { server_id })).body.tools.map(({ name }) => name)
    expect(await shown('api')).toEqual(['api__foo_list'])
    expect(await shown('one')).toContain('one__echo')
  })

  it('trusts the authority that the entry names, as the source does', async () => {
    const pem = (name: string) => readFile(join(root, `test/fixtures/tls/${name}.pem`), 'utf8')
    const [key, cert, ca] = await Promise.all([pem('server.key'), pem('server'), pem('ca')])
    const documents = createHttpsServer({ key, cert }, (_, response) =>
      response.end(JSON.stringify(document('foo/list'))),
    )
    await new Promise<void>(resolve => documents.listen(0, '127.0.0.1', resolve))
    const openapi = `https://127.0.0.1:${(documents.address() as AddressInfo).port}/api.json`
    const { patchbay } = await start({ mcpServers: { api: { openapi, tls: { ca } } } })
    const { body } = await preview(await patchbay.listen({ port: 0 }), { server_id: 'api' })
    expect(body.tools?.map(({ name }) => name)).toEqual(await names(patchbay))
    documents.close()
  })

  it('opens an MCP server by its URL, lists it and lets go of it', async () => {
    const { patchbay } = await start({ mcpServers: { one: fake() } })
    const url = await patchbay.listen({ port: 0 })
    const { body } = await preview(url, { server_name: 'copy', url: `${url}/mcp/one` })
    expect(body.tools.map(({ name }) => name)).toContain('copy__echo')
  })

  it('fetches a document of this machine only for its own user, or where the configuration allows it', async () => {
    const documents = createServer((_, response) => response.end(JSON.stringify(document('foo/list'))))
    documents.listen(0, '127.0.0.1')
    await new Promise(resolve => documents.once('listening', resolve))
    const openapi = `http://127.0.0.1:${(documents.address() as AddressInfo).port}/api.json`
    const key = 'a-key-of-some-length'
    const keys = { me: { key } }
    const codeFor = async (config: object, candidate: object) => {
      const { patchbay } = await start({ mcpServers: {}, ...config })
      const { body } = await preview(await patchbay.listen({ port: 0 }), candidate, key)
      return body.error?.code ?? body.tools.map(({ name }) => name)
    }
    expect(await codeFor({}, { openapi })).toEqual(['preview__foo_list'])
    expect(await codeFor({}, { openapi: 'http://169.254.169.254/api.json' })).toBe('EGRESS_DENIED')
    expect(await codeFor({ keys }, { openapi })).toBe('EGRESS_DENIED')
    expect(await codeFor({ keys }, { openapi, baseUrl: openapi })).toBe('EGRESS_DENIED')
    expect(await codeFor({ keys }, { openapi, allowHosts: ['127.0.0.1'] })).toBe('FORBIDDEN')
    expect(await codeFor({ keys, egress: { allowHosts: ['127.0.0.1'] } }, { openapi })).toEqual(['preview__foo_list'])
    documents.close()
  })

  it.each([
    ['a program', { command: 'node' }, 'FORBIDDEN'],
    ['a document outside the folder of the configuration', { openapi: '/etc/hostname' }, 'FORBIDDEN'],
    ['an unknown field', { urk: 'http://127.0.0.1/' }, 'REQUEST_INVALID'],
    ['a server that is not there', { server_id: 'nobody' }, 'SOURCE_NOT_FOUND'],
    ['a URL where nothing listens', { url: 'http://127.0.0.1:1/mcp' }, 'SOURCE_UNAVAILABLE'],
    ['a document that is none', { openapi: '<html>\nlogin' }, 'DOCUMENT_INVALID'],
  ])('refuses %s with a code', async (_, body, code) => {
    const { patchbay } = await start({ mcpServers: {} })
    const answer = await preview(await patchbay.listen({ port: 0 }), body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.body.error.code).toBe(code)
  })
})
