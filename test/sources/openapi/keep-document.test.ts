import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { watchFile } from '../../../src/config/watch-file.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { OpenApiConfig } from '../../../src/core/source-config.ts'
import type { ToolSource } from '../../../src/core/tool-source.ts'
import { openApiSource } from '../../../src/sources/openapi/open-api-source.ts'
import { calmly, documentOf, serve } from './helpers.ts'

/** A document whose operations have these ids, each at a path of its own name. */
const textOf = (...ids: string[]): string => {
  return JSON.stringify(
    documentOf(Object.fromEntries(ids.map(id => [`/${id}`, { get: { operationId: id, responses: {} } }]))),
  )
}

function follow(at: string, more: Partial<OpenApiConfig> = {}, some: object = {}) {
  const logged: string[] = []
  const details: unknown[] = []
  const limits = { ...defaultLimits, ...some }
  const { baseUrl = 'http://127.0.0.1:1', ...rest } = more
  const config: OpenApiConfig = {
    id: 'pets',
    kind: 'openapi',
    document: { at },
    headers: {},
    ...rest,
    ...(baseUrl !== '' && { baseUrl }),
  }
  const source = openApiSource(config, {
    limits,
    log: (level, message, detail) => {
      logged.push(`${level}: ${message}`)
      details.push(detail)
    },
    watchFile: (file, options) => watchFile(file, { debounceMs: 30, pollMs: 60_000, ...options }),
  })
  let changes = 0
  source.onChange(() => {
    changes += 1
  })
  onTestFinished(() => source.close())
  return { source, logged, details, limits, changes: () => changes }
}

const namesOf = async (source: ToolSource) => (await source.list(calmly())).map(({ tool }) => tool.name)
/** Patience for a machine that is busy with other tests. */
const soon = (check: () => unknown) => vi.waitFor(check, { timeout: 8_000 })
const shows = (source: ToolSource, names: string[]) => soon(async () => expect(await namesOf(source)).toEqual(names))

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'patchbay-keep-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function file(text: string): string {
  const path = join(folder(), 'api.json')
  writeFileSync(path, text)
  return path
}

describe('a document on disk', () => {
  it('is read again when it is edited, and says once what changed', async () => {
    const path = file(textOf('a', 'b'))
    const { source, logged, changes } = follow(path)
    await shows(source, ['a', 'b'])
    writeFileSync(path, textOf('b', 'c', 'd'))
    await shows(source, ['b', 'c', 'd'])
    expect(logged).toEqual(['info: The document of "pets" changed: 2 added (get /c, get /d); 1 removed (get /a).'])
    expect([changes(), source.health()]).toMatchObject([1, { state: 'ready', details: { tools: 3 } }])
  })

  it('is read again when an editor replaces it', async () => {
    const path = file(textOf('a'))
    const { source } = follow(path)
    await shows(source, ['a'])
    for (const id of ['b', 'c']) {
      writeFileSync(`${path}.swp`, textOf(id))
      renameSync(`${path}.swp`, path)
      await shows(source, [id])
    }
  })

  it('is read again when a symlink beside it is swapped, as Kubernetes does', async () => {
    const place = folder()
    for (const id of ['a', 'b']) {
      mkdirSync(join(place, `..${id}`))
      writeFileSync(join(place, `..${id}`, 'api.json'), textOf(id))
    }
    symlinkSync('..a', join(place, '..data'))
    symlinkSync('..data/api.json', join(place, 'api.json'))
    const { source } = follow(join(place, 'api.json'))
    await shows(source, ['a'])
    symlinkSync('..b', join(place, '..data_tmp'))
    renameSync(join(place, '..data_tmp'), join(place, '..data'))
    await shows(source, ['b'])
  })

  it('that breaks keeps its last good tools, says so once and in its health, and is taken over when it is mended', async () => {
    const path = file(textOf('a'))
    const { source, logged, changes } = follow(path)
    await shows(source, ['a'])
    writeFileSync(path, '{ "openapi": ')
    await soon(() => expect(source.health().state).toBe('degraded'))
    expect(source.health().lastFailure).toMatchObject({
      stage: 'list',
      message: expect.stringMatching(/^Its tools stay as they were before: .*api\.json" is not valid JSON/),
    })
    rmSync(path)
    await soon(() => expect(source.health().lastFailure?.message).toContain('does not exist'))
    expect([await namesOf(source), changes()]).toEqual([['a'], 0])
    writeFileSync(path, textOf('b'))
    await shows(source, ['b'])
    expect(source.health().state).toBe('ready')
    expect(logged).toEqual([
      expect.stringMatching(/^warn: "pets" keeps the tools of its last good document: .* is not valid JSON/),
      expect.stringMatching(/^warn: "pets" keeps the tools of its last good document: .* does not exist/),
      'info: The document of "pets" can be read again.',
      expect.stringContaining('1 added (get /b); 1 removed (get /a)'),
    ])
  })

  it('that is mended to what it was before changes nothing', async () => {
    const path = file(textOf('a'))
    const { source, changes } = follow(path)
    await shows(source, ['a'])
    writeFileSync(path, '{')
    await soon(() => expect(source.health().state).toBe('degraded'))
    writeFileSync(path, textOf('a'))
    await soon(() => expect(source.health().state).toBe('ready'))
    expect(changes()).toBe(0)
  })

  it('warns loudly when more than half of the tools are gone', async () => {
    const path = file(textOf('a', 'b', 'c'))
    const { source, logged } = follow(path)
    await shows(source, ['a', 'b', 'c'])
    writeFileSync(path, textOf('a'))
    await shows(source, ['a'])
    expect(logged).toEqual([expect.stringMatching(/^warn: .*2 removed.* 2 of 3 TOOLS ARE GONE/)])
  })

  it('says of an operation that is gone what became of it', async () => {
    const path = file(textOf('a', 'b'))
    const { source } = follow(path)
    await shows(source, ['a', 'b'])
    writeFileSync(path, textOf('a').replace('"/a"', '"/v2/a"'))
    await soon(async () => expect((await source.list(calmly()))[0]).toMatchObject({ formerKey: 'get /a' }))
    await expect(source.call('get /b', {}, calmly())).rejects.toMatchObject({
      code: 'TOOL_NOT_FOUND',
      message: expect.stringMatching(/^The operation "get \/b" of "pets" was removed from its document at 20/),
    })
    await expect(source.call('get /a', {}, calmly())).rejects.toMatchObject({
      message: expect.stringContaining('"get /a" of "pets" is "get /v2/a" now'),
    })
    writeFileSync(path, textOf('b'))
    await shows(source, ['b'])
    await expect(source.call('get /b', {}, calmly())).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })

  it('lets a call in flight finish with what it began', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<() => void>()
    const api = await serve((_, response) => resolve(() => response.end('{"old":true}')))
    onTestFinished(api.close)
    const path = file(textOf('a'))
    const { source } = follow(path, { baseUrl: api.url })
    const call = source.call('get /a', {}, calmly())
    const answer = await asked
    writeFileSync(path, textOf('b'))
    await shows(source, ['b'])
    answer()
    expect(await call).toMatchObject({ structuredContent: { old: true } })
  })

  it('is read again when a file that it refers to is edited, goes or comes', async () => {
    const place = folder()
    const write = (name: string, id: string) =>
      writeFileSync(join(place, name), JSON.stringify({ get: { operationId: id, responses: {} } }))
    write('a.json', 'a')
    const paths = { '/a': { $ref: './a.json' }, '/b': { $ref: './b.json' } }
    writeFileSync(join(place, 'api.json'), JSON.stringify(documentOf(paths)))
    const { source, logged, details } = follow(join(place, 'api.json'), { externalRefs: true })
    await shows(source, ['a'])
    write('a.json', 'a2')
    await shows(source, ['a2'])
    write('b.json', 'b')
    await shows(source, ['a2', 'b'])
    rmSync(join(place, 'a.json'))
    await shows(source, ['b'])
    expect(logged.at(-1)).toBe('warn: "pets" offers 1 tool; 1 operation was skipped.')
    expect(JSON.stringify(details.at(-1))).toContain('The file does not exist')
  })

  it('is tried again by itself when it was not its bytes that failed', async () => {
    const path = file(textOf('a'))
    const { source, limits } = follow(path, {}, { documentPollMs: 50, documentTimeoutMs: 1 })
    await shows(source, ['a'])
    writeFileSync(path, textOf('b').padEnd(1_100_000))
    await soon(() => expect(source.health().lastFailure?.message).toContain('limits.documentTimeoutMs'))
    Object.assign(limits, { documentTimeoutMs: 30_000 })
    await shows(source, ['b'])
  })

  it.each<[string, Partial<OpenApiConfig>, boolean]>([
    ['its entry says watch: false', { watch: false }, false],
    ['the source was closed', {}, true],
  ])('is left alone once %s', async (_, more, closed) => {
    const path = file(textOf('a'))
    const { source, changes } = follow(path, more)
    await shows(source, ['a'])
    if (closed) await source.close()
    writeFileSync(path, textOf('b'))
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(changes()).toBe(0)
    if (!closed) expect(await namesOf(source)).toEqual(['a'])
  })
})

describe('a document at a URL', () => {
  type Answer = Readonly<{ status?: number; text?: string; etag?: string; modified?: string }>

  /** A server whose answer the test decides; it keeps what it was asked and what it answered. */
  async function open(first: Answer, limits: object = { documentPollMs: 30 }, more: Partial<OpenApiConfig> = {}) {
    const state = { now: first }
    const asked: (readonly [number, string | undefined, string | undefined])[] = []
    const api = await serve((request, response) => {
      const { status = 200, text = '', etag, modified } = state.now
      const { 'if-none-match': match, 'if-modified-since': since } = request.headers
      const same = (etag !== undefined && etag === match) || (modified !== undefined && modified === since)
      asked.push([same ? 304 : status, match, since])
      if (etag !== undefined) response.setHeader('etag', etag)
      if (modified !== undefined) response.setHeader('last-modified', modified)
      response.writeHead(same ? 304 : status).end(same ? undefined : text)
    })
    onTestFinished(api.close)
    return { ...follow(`${api.url}/api.json`, more, limits), state, asked }
  }

  it('is asked for by its ETag, and one that has not changed is not sent again', async () => {
    const { source, state, asked, changes } = await open({ text: textOf('a'), etag: '"1"' })
    await shows(source, ['a'])
    await soon(() => expect(asked.length).toBeGreaterThan(3))
    expect(asked.slice(0, 3)).toEqual([
      [200, undefined, undefined],
      [304, '"1"', undefined],
      [304, '"1"', undefined],
    ])
    state.now = { text: textOf('b'), etag: '"2"' }
    await shows(source, ['b'])
    await soon(() => expect(asked.at(-1)).toEqual([304, '"2"', undefined]))
    expect(changes()).toBe(1)
  })

  it('is asked for by Last-Modified', async () => {
    const modified = 'Tue, 24 Nov 2026 10:00:00 GMT'
    const { source, asked } = await open({ text: textOf('a'), modified })
    await shows(source, ['a'])
    await soon(() => expect(asked.at(-1)).toEqual([304, undefined, modified]))
  })

  it('without either is compared by its bytes', async () => {
    const { source, state, asked, changes } = await open({ text: textOf('a') })
    await shows(source, ['a'])
    await soon(() => expect(asked.length).toBeGreaterThan(3))
    expect(changes()).toBe(0)
    state.now = { text: textOf('b') }
    await shows(source, ['b'])
  })

  it('that cannot be had for a while keeps its tools, says so once, and recovers', async () => {
    const { source, state, asked, logged, changes } = await open({ text: textOf('a'), etag: '"1"' })
    await shows(source, ['a'])
    state.now = { status: 500 }
    await soon(() => expect(source.health().state).toBe('degraded'))
    const before = asked.length
    await soon(() => expect(asked.length).toBeGreaterThan(before + 3))
    expect(await namesOf(source)).toEqual(['a'])
    state.now = { text: textOf('a'), etag: '"1"' }
    await soon(() => expect(source.health().state).toBe('ready'))
    expect([changes(), logged]).toEqual([
      0,
      [
        expect.stringMatching(/^warn: "pets" keeps the tools of its last good document: .* answered HTTP 500/),
        'info: The document of "pets" can be read again.',
      ],
    ])
  })

  it.each<[string, Partial<Answer>]>([
    ['with an ETag', { etag: '"broken"' }],
    ['without one', {}],
  ])('that is broken %s stays broken until there is another version, and is told of once', async (_, version) => {
    const { source, state, asked, logged } = await open({ text: textOf('a'), etag: '"1"' })
    await shows(source, ['a'])
    state.now = { text: '<html>moved</html>', ...version }
    await soon(() => expect(source.health().state).toBe('degraded'))
    const before = asked.length
    await soon(() => expect(asked.length).toBeGreaterThan(before + 3))
    expect(source.health().lastFailure?.message).toContain('login page')
    expect(logged).toHaveLength(1)
    state.now = { text: textOf('b'), etag: '"3"' }
    await shows(source, ['b'])
  })

  it('is asked for once where its entry says watch: false', async () => {
    const { source, asked } = await open({ text: textOf('a') }, { documentPollMs: 10 }, { watch: false })
    await shows(source, ['a'])
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(asked).toHaveLength(1)
  })

  it('of the same bytes under another ETag is asked for by that from then on', async () => {
    const { source, state, asked, changes } = await open({ text: textOf('a'), etag: '"1"' })
    await shows(source, ['a'])
    state.now = { text: textOf('a'), etag: '"2"' }
    await soon(() => expect(asked.at(-1)).toEqual([304, '"2"', undefined]))
    expect(changes()).toBe(0)
  })

  it('is tried again when it was not its bytes that failed', async () => {
    const { source, state, limits } = await open(
      { text: textOf('a'), etag: '"1"' },
      { documentPollMs: 30, documentTimeoutMs: 1 },
    )
    await shows(source, ['a'])
    state.now = { text: textOf('b').padEnd(1_100_000), etag: '"2"' }
    await soon(() => expect(source.health().lastFailure?.message).toContain('limits.documentTimeoutMs'))
    Object.assign(limits, { documentTimeoutMs: 30_000 })
    await shows(source, ['b'])
  })

  it('is asked for with its files, which change without it', async () => {
    const main = JSON.stringify(documentOf({ '/a': { $ref: './a.json' } }))
    let part: string | undefined
    const api = await serve((request, response) => {
      const text = request.url === '/api.json' ? main : part
      response.writeHead(text === undefined ? 503 : 200, { etag: '"same"' }).end(text)
    })
    onTestFinished(api.close)
    const { source } = follow(`${api.url}/api.json`, { externalRefs: true }, { documentPollMs: 30 })
    await shows(source, [])
    for (const id of ['a', 'b']) {
      part = JSON.stringify({ get: { operationId: id, responses: {} } })
      await shows(source, [id])
    }
  })

  it.each<[string, (url: string) => Partial<OpenApiConfig>]>([
    ['at the origin of baseUrl', url => ({ baseUrl: `${url}/v1` })],
    ['on a host of allowHosts', () => ({ allowHosts: [{ kind: 'host', host: '127.0.0.1' }] })],
  ])('%s is fetched with the configured headers, and so are its files', async (_, more) => {
    const main = JSON.stringify(documentOf({ '/a': { $ref: './a.json' } }))
    const api = await serve((request, response) => {
      if (request.headers['x-key'] !== 'secret') response.writeHead(401).end()
      else
        response.end(request.url === '/api.json' ? main : JSON.stringify({ get: { operationId: 'a', responses: {} } }))
    })
    onTestFinished(api.close)
    const headers = { 'X-Key': 'secret', Accept: 'text/plain' }
    const { source } = follow(`${api.url}/api.json`, { headers, externalRefs: true, ...more(api.url) })
    expect(await namesOf(source)).toEqual(['a'])
  })

  it('elsewhere gets no header that is meant for the API, and the error says what to do', async () => {
    const seen: unknown[] = []
    const api = await serve((request, response) => {
      seen.push(request.headers['x-key'])
      response.writeHead(401).end()
    })
    onTestFinished(api.close)
    const { source } = follow(`${api.url}/api.json`, { headers: { 'x-key': 'secret' } })
    await expect(source.list(calmly())).rejects.toThrow(/answered HTTP 401\. The "headers" of its entry go along where/)
    expect(seen).toEqual([undefined])
  })

  it('that names another server later does not get there what is configured for the first', async () => {
    const seen: [string | undefined, unknown][] = []
    const document = { now: '' }
    const api = await serve((request, response) => {
      const isDocument = request.url === '/api.json'
      if (!isDocument) seen.push([request.headers.host, request.headers['x-key']])
      response.end(isDocument ? document.now : '{}')
    })
    onTestFinished(api.close)
    const elsewhere = api.url.replace('127.0.0.1', 'localhost')
    const at = (url: string) => JSON.stringify({ ...JSON.parse(textOf('a')), servers: [{ url }] })
    document.now = at('/v1')
    const entry = {
      baseUrl: '',
      headers: { 'x-key': 'secret' },
      // Both may be reached; neither is named.
      allowHosts: [{ kind: 'network', address: '127.0.0.0', bits: 8 } as const],
    }
    const { source, logged, changes } = follow(`${api.url}/api.json`, entry, { documentPollMs: 30 })
    await source.call('get /a', {}, calmly())
    document.now = at(elsewhere)
    await soon(() => expect(logged).toHaveLength(1))
    await source.call('get /a', {}, calmly())
    expect(logged[0]).toMatch(/^warn: .*base URL is http:\/\/localhost:\d+\/?, and was .*ANOTHER SERVER.*"baseUrl"/)
    document.now = at('/v2')
    await soon(() => expect(logged).toHaveLength(2))
    await source.call('get /a', {}, calmly())
    expect(seen.map(([host, key]) => [host?.split(':')[0], key])).toEqual([
      ['127.0.0.1', 'secret'],
      ['localhost', undefined],
      ['127.0.0.1', 'secret'],
    ])
    expect([logged[1]?.slice(0, 5), changes()]).toEqual(['info:', 0])
  })
})
