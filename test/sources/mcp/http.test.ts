import type { ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeJson } from '../../../src/core/json-text.ts'
import type { StubRequest } from '../../fakes/http-stub.ts'
import { answerOldEra, httpStub, sendRpc } from '../../fakes/http-stub.ts'
import type { Upstream } from '../../fakes/sdk-servers.ts'
import { httpUpstream, modernUpstream, sseUpstream } from '../../fakes/sdk-servers.ts'
import { callText, listNames, never, nextChange, open, remoteConfig, textOf, until } from './helpers.ts'

const call = { signal: never }
const kinds = [
  ['streamable HTTP', httpUpstream],
  ['HTTP+SSE', sseUpstream],
  ['modern HTTP', modernUpstream],
] as const

async function start(make: () => Promise<Upstream>): Promise<Upstream> {
  const upstream = await make()
  onTestFinished(() => upstream.close())
  return upstream
}

describe.each(kinds)('an SDK server over %s', (_, make) => {
  it('gets arguments and _meta, and its structured content and unknown fields come back', async () => {
    const upstream = await start(make)
    const source = open(remoteConfig(upstream.url, { headers: { 'X-Key': 'k' } }))
    const args = { text: 'grün', list: [1, { a: null }] }
    const result = await source.call('echo', args, { ...call, meta: { 'example.com/trace': 'x' } })
    expect(result).toMatchObject({
      content: [{ type: 'text', text: JSON.stringify(args) }],
      structuredContent: { args, meta: { 'example.com/trace': 'x' } },
      'x-unknown': [1],
    })
    expect(Object.keys(result._meta ?? {})).toEqual([])
    expect(upstream.requests.every(({ headers }) => headers['x-key'] === 'k')).toBe(true)
  })

  it('reports progress', async () => {
    const source = open(remoteConfig((await start(make)).url))
    const seen: unknown[] = []
    await source.call('progress', {}, { ...call, onProgress: ({ progress, total }) => seen.push([progress, total]) })
    expect(seen).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
  })

  it('is told when the caller cancels', async () => {
    const upstream = await start(make)
    const source = open(remoteConfig(upstream.url))
    const caller = new AbortController()
    const waiting = source.call('wait', {}, { signal: caller.signal })
    await upstream.waiting
    caller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    await upstream.cancelled
    expect(source.health().state).toBe('ready')
  })

  it('tells of a changed list', async () => {
    const upstream = await start(make)
    const source = open(remoteConfig(upstream.url))
    await listNames(source)
    // The stream for its notifications is opened behind the handshake.
    await until(() => upstream.requests.some(({ method, rpc }) => method === 'GET' || rpc === 'subscriptions/listen'))
    let [changes, added] = [0, 0]
    source.onChange(() => {
      changes += 1
    })
    // Whoever is not listening yet is told nothing, so it is told again; the beginning of a subscription counts as one.
    await until(async () => {
      added += 1
      await upstream.addTool(`more_${added}`)
      return changes >= 2
    })
    expect(await listNames(source)).toContain('more_1')
  })

  it('is away, and calls say so by name', async () => {
    const upstream = await start(make)
    const source = open(remoteConfig(upstream.url))
    await listNames(source)
    await upstream.close()
    await expect(source.call('echo', {}, call)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringMatching(/^"fake" /),
    })
  })
})

describe('a modern server', () => {
  it('gets marked arguments as headers too, and its method and name', async () => {
    const upstream = await start(modernUpstream)
    const source = open(remoteConfig(upstream.url))
    await listNames(source)
    await source.call('region', { region: 'süd', level: 3 }, call)
    expect(upstream.requests.at(-1)?.headers).toMatchObject({
      'mcp-method': 'tools/call',
      'mcp-name': 'region',
      'mcp-param-region': '=?base64?c8O8ZA==?=',
      'mcp-protocol-version': '2026-07-28',
    })
  })
})

describe('a session over HTTP', () => {
  it('that the server has forgotten is opened again, and the call is run once', async () => {
    const upstream = await start(httpUpstream)
    const source = open(remoteConfig(upstream.url))
    expect(await callText(source, 'echo', { a: 1 })).toBe('{"a":1}')
    await upstream.forget()
    const before = upstream.requests.length
    expect(await callText(source, 'echo', { a: 2 })).toBe('{"a":2}')
    const after = upstream.requests.slice(before).filter(({ rpc }) => rpc === 'tools/call')
    expect(after).toHaveLength(2)
    expect(source.health().state).toBe('ready')
  })

  it.each([404, 400])('that is refused with %s again and again fails the call after one replay', async status => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method === 'tools/call')
        response.writeHead(status).end('Bad Request: No valid session ID provided')
      else answerWithSession(request, response)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await expect(source.call('a', {}, call)).rejects.toThrow(`answered HTTP ${status}`)
    expect(stub.requests.filter(({ rpc }) => rpc.method === 'tools/call')).toHaveLength(2)
  })

  it('stays when a request is refused with a 400 that says nothing of it, and that is not run again', async () => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.params?.name === 'bad')
        response.writeHead(400).end(JSON.stringify({ error: 'amount must be positive' }))
      else answerWithSession(request, response)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await expect(source.call('bad', {}, call)).rejects.toThrow('amount must be positive')
    expect(textOf(await source.call('good', {}, call))).toBe('ok')
    expect(stub.requests.filter(({ rpc }) => rpc.params?.name === 'bad')).toHaveLength(1)
    expect(stub.requests.filter(({ rpc }) => rpc.method === 'initialize')).toHaveLength(1)
  })

  it.each([
    ['404, -32001', 404, -32001, 'Session not found', 'ok'],
    ['400, by its words', 400, -32000, 'Bad Request: No valid session ID provided', 'ok'],
    ['404, but of the method', 404, -32601, 'Method not found', undefined],
    ['400, but of the arguments', 400, -32602, 'session id must be a number', undefined],
    ['400, but of what it did', 400, -32000, 'The database session broke', undefined],
  ])('that is refused with an error that names the request (%s)', async (_, status, code, message, text) => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/call' || request.headers['mcp-session-id'] !== 's-1')
        return answerWithSession(request, response, [], `s-${request.rpc.method === 'initialize' ? ++made : made}`)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id: request.rpc.id, error: { code, message } }))
    })
    let made = 0
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    const called = callText(source, 'a')
    if (text === undefined) await expect(called).rejects.toThrow(message)
    else expect(await called).toBe(text)
    expect(stub.requests.filter(({ rpc }) => rpc.method === 'initialize')).toHaveLength(text === undefined ? 1 : 2)
  })

  it('that is lost again does not end the call that is run anew over it', async () => {
    const lost = new Set<unknown>()
    const stub = await httpStub((request, response) => {
      const id = request.headers['mcp-session-id']
      if (request.rpc.method === 'tools/call' && lost.has(id)) return void response.writeHead(404).end()
      const answer = (): void =>
        answerWithSession(request, response, [], `s-${request.rpc.method === 'initialize' ? ++made : made}`)
      if (request.rpc.params?.name === 'slow') setTimeout(answer, 150)
      else answer()
    })
    let made = 0
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await listNames(source)
    lost.add('s-1')
    const slow = callText(source, 'slow')
    await until(() => stub.requests.filter(({ rpc }) => rpc.params?.name === 'slow').length === 2)
    lost.add('s-2')
    expect(await callText(source, 'quick')).toBe('ok')
    expect(await slow).toBe('ok')
  })

  it('that the server has forgotten is closed once the calls that still run over it have ended', async () => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.params?.name === 'slow') return void setTimeout(() => answerWithSession(request, response), 150)
      const id = request.headers['mcp-session-id']
      if (request.rpc.method === 'tools/call' && id === 's-1') response.writeHead(404).end()
      else answerWithSession(request, response, [], id === undefined && made === 0 ? 's-1' : 's-2')
      if (request.rpc.method === 'initialize') made += 1
    })
    let made = 0
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await listNames(source)
    const slow = source.call('slow', {}, call)
    await until(() => stub.requests.some(({ rpc }) => rpc.params?.name === 'slow'))
    expect(textOf(await source.call('quick', {}, call))).toBe('ok')
    expect(textOf(await slow)).toBe('ok')
    const ended = (): unknown[] =>
      stub.requests.filter(({ method }) => method === 'DELETE').map(({ headers }) => headers['mcp-session-id'])
    await until(() => ended().length > 0)
    expect(ended()).toEqual(['s-1'])
  })

  it('is ended with DELETE when the source closes', async () => {
    const upstream = await start(httpUpstream)
    const source = open(remoteConfig(upstream.url))
    await listNames(source)
    await source.close()
    expect(upstream.requests.at(-1)?.method).toBe('DELETE')
  })

  it('whose stream is cut and then refused has ended with a restart, so it is opened anew', async () => {
    let streams = 0
    const stub = await httpStub((request, response) => {
      if (request.method !== 'GET') return answerWithSession(request, response, ['a'])
      streams += 1
      if (streams > 1) return void response.writeHead(404).end()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': hello\n\n')
      setTimeout(() => response.destroy(), 20)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await listNames(source)
    await nextChange(source)
    expect(stub.requests.filter(({ rpc }) => rpc.method === 'initialize')).toHaveLength(2)
    expect(source.logged).toEqual(['"fake" has forgotten our session.', '"fake" is connected again.'])
  })

  it('with an id that would break a header is refused', async () => {
    const stub = await httpStub((request, response) => answerWithSession(request, response, [], 'x'.repeat(8_192)))
    onTestFinished(() => stub.close())
    await expect(open(remoteConfig(stub.url)).list(call)).rejects.toThrow('a session id that is not allowed')
  })
})

describe('an HTTP server that nobody listens for any more', () => {
  it('has failed, is tried again without being asked for, and a call that began before may end', async () => {
    let answer = (): void => {}
    const listener = (request: StubRequest, response: ServerResponse): void => {
      if (request.rpc.params?.name === 'slow') answer = () => answerWithSession(request, response)
      else answerWithSession(request, response, ['a'])
    }
    const stub = await httpStub(listener)
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await listNames(source)
    const slow = callText(source, 'slow')
    await until(() => stub.requests.some(({ rpc }) => rpc.params?.name === 'slow'))
    stub.stopListening()
    await expect(callText(source, 'quick')).rejects.toThrow('ECONNREFUSED')
    await until(() => source.health().state === 'failed')
    expect(source.health().lastFailure).toMatchObject({ stage: 'start', message: expect.stringContaining('REFUSED') })
    answer()
    expect(await slow).toBe('ok')
    const back = nextChange(source)
    await stub.listenAgain()
    await back
    expect([await callText(source, 'quick'), source.health().state]).toEqual(['ok', 'ready'])
    expect(source.logged).toEqual([expect.stringContaining('ECONNREFUSED'), '"fake" is connected again.'])
  })
})

describe('an HTTP server that misbehaves', () => {
  const events = (response: ServerResponse, ...data: unknown[]): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const each of data) response.write(`data: ${JSON.stringify(each)}\n\n`)
  }

  it.each<[string, (request: StubRequest, response: ServerResponse) => void, RegExp]>([
    [
      'answers with an HTML page',
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
      /^"fake" answered with an HTML page\. Is its "url" that of an MCP endpoint\?$/,
    ],
    [
      'ends its stream before the result',
      (_, response) => {
        events(response, { jsonrpc: '2.0', method: 'notifications/message', params: {} })
        response.end()
      },
      /ended its answer without the result/,
    ],
    [
      'cuts its stream',
      (_, response) => {
        events(response)
        response.write('data: {"jsonr', () => response.destroy())
      },
      /"fake" /,
    ],
    [
      'sends an event that is too large',
      ({ rpc }, response) => events(response, { jsonrpc: '2.0', id: rpc.id, result: { text: 'x'.repeat(20_000) } }),
      /^"fake" sent more than 10000 bytes/,
    ],
    [
      'sends a body that is too large',
      ({ rpc }, response) => sendRpc(response, rpc.id, { result: { text: 'x'.repeat(20_000) } }),
      /more than 10000 bytes/,
    ],
    [
      'sends a broken answer',
      ({ rpc }, response) => sendRpc(response, rpc.id, { error: 'bad' }),
      /cannot be read: JSON that is no JSON-RPC 2\.0 message/,
    ],
    [
      'redirects',
      (_, response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
      /answered HTTP 307\. Redirects are not followed: write where it leads as "url"\./,
    ],
    ['closes the connection', (_, response) => void response.destroy(), /"fake" cannot be reached at 127\.0\.0\.1/],
    ['answers 500 with a page', (_, response) => void response.writeHead(500).end('<html>stack'), /an HTML page/],
  ])('%s: that call fails, the next one works', async (_, misbehave, message) => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method === 'tools/call' && request.rpc.params?.name === 'bad') misbehave(request, response)
      else answerOldEra(request, response)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url), { maxMessageBytes: 10_000 })
    await expect(source.call('bad', {}, call)).rejects.toThrow(message)
    expect(source.health().state).toBe('degraded')
    expect(textOf(await source.call('good', {}, call))).toBe('ok')
    expect(source.health().state).toBe('ready')
  })

  it.each<[string, (request: StubRequest, response: ServerResponse) => void]>([
    ['ends without an answer', (_, response) => void response.writeHead(200).end()],
    ['repeats the URL that it was asked at', ({ path }, response) => void response.writeHead(500).end(`GET ${path}`)],
    ['repeats a value of it', (_, response) => void response.writeHead(404).end('unknown key SE KRET, SE%20KRET')],
  ])('%s: the query of its URL is told to nobody', async (_, misbehave) => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method === 'tools/call') misbehave(request, response)
      else answerOldEra(request, response)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(`${stub.url}?key=SE%20KRET`))
    const failure = await source.call('a', {}, call).catch((error: Error) => error.message)
    expect([failure, source.health(), source.logged].map(each => JSON.stringify(each)).join()).not.toMatch(/SE.*KRET/)
  })

  it.each([
    [
      'names an endpoint elsewhere',
      'http://127.0.0.1:9/steal',
      /to another origin \(http:\/\/127\.0\.0\.1:9\); refused/,
    ],
    ['names an endpoint that is no URL', 'http://', /broke off its event stream/],
  ])('%s: over HTTP+SSE nothing is sent there', async (_, endpoint, message) => {
    const stub = await httpStub((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`event: endpoint\ndata: ${endpoint}\n\n`)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url, { transport: 'sse' }))
    await expect(source.list(call)).rejects.toThrow(message)
  })

  it('gives an error that is long: it is the error of the call, whole', async () => {
    const error = { code: -32602, message: 'bad', data: 'x'.repeat(5_000) }
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/call') return answerOldEra(request, response)
      response.writeHead(400, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id: request.rpc.id, error }))
    })
    onTestFinished(() => stub.close())
    await expect(open(remoteConfig(stub.url)).call('a', {}, call)).rejects.toMatchObject({
      code: 'SOURCE_ERROR',
      data: error,
    })
  })

  it('answers with a long page: its beginning is told', async () => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/call') return answerOldEra(request, response)
      response.writeHead(503).end(`Down for maintenance. ${'x'.repeat(100_000)}`)
    })
    onTestFinished(() => stub.close())
    await expect(open(remoteConfig(stub.url)).call('a', {}, call)).rejects.toThrow('It says: Down for maintenance. xxx')
  })

  it('refuses HTTP+SSE with a long page: its beginning is told', async () => {
    const stub = await httpStub((_, response) => void response.writeHead(503).end(`Down. ${'x'.repeat(100_000)}`))
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url, { transport: 'sse' }))
    await expect(source.list(call)).rejects.toThrow('answered HTTP 503. It says: Down. xxx')
  })

  it('never answers: the call ends at its deadline', async () => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/call') answerOldEra(request, response)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url, { timeoutMs: 100 }))
    await expect(source.call('x', {}, call)).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
    await until(() => stub.requests.some(({ rpc }) => rpc.method === 'notifications/cancelled'))
  })

  it('is not there: the reason and the host are told', async () => {
    const stub = await httpStub(() => {})
    await stub.close()
    await expect(open(remoteConfig(stub.url)).list(call)).rejects.toThrow(
      /^"fake" cannot be reached at 127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\)\. Does it run there, and is the port in its URL right\?/,
    )
  })
})

describe('an answer over HTTP', () => {
  const big = '12345678901234567890'

  it.each([
    ['as one body', 'application/json', (json: string) => json],
    ['as an event', 'text/event-stream', (json: string) => `: hello\n\nevent: message\ndata: ${json}\n\n`],
  ])('%s is read whole from pieces that cut its characters', async (_, type, wrap) => {
    const stub = await httpStub(async (request, response) => {
      if (request.rpc.method !== 'tools/call') return answerOldEra(request, response)
      const json = `{"jsonrpc":"2.0","id":${request.rpc.id},"result":{"content":[{"type":"text","text":"süß 🦊 ${big}"}]}}`
      response.writeHead(200, { 'content-type': type })
      for (const byte of Buffer.from(wrap(json))) {
        response.write(Buffer.of(byte))
        if (byte > 127) await new Promise(resolve => setTimeout(resolve, 2))
      }
      response.end()
    })
    onTestFinished(() => stub.close())
    expect(await callText(open(remoteConfig(stub.url)), 'a', {})).toBe(`süß 🦊 ${big}`)
  })

  it('that comes while the caller leaves is not read on, and the connection is closed', async () => {
    const begun = Promise.withResolvers<void>()
    const cut = Promise.withResolvers<void>()
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/call') return answerOldEra(request, response)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"jsonrpc":', () => begun.resolve())
      response.once('close', () => cut.resolve())
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    const caller = new AbortController()
    const waiting = source.call('a', {}, { signal: caller.signal })
    await begun.promise
    caller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    await cut.promise
  })

  const long = 'x'.repeat(2_000)
  const result = `{"content":[{"type":"text","text":"ok"}],"structuredContent":{"id":${big},"fill":"${long}"}}`
  const answered = (id: unknown) => `{"jsonrpc":"2.0","id":${id},"result":${result}}`

  it.each([
    ['is kept as the text that it is', answered, result],
    [
      'with its fields in another order is written anew',
      (id: unknown) => `{"id":${id},"jsonrpc":"2.0","result":${result}}`,
      undefined,
    ],
    ['with space behind it is written anew', (id: unknown) => `${answered(id)}\n`, undefined],
    [
      'with a field behind its result is written anew',
      (id: unknown) => `${answered(id).slice(0, -1)},"x":{}}`,
      undefined,
    ],
    [
      'with two results: the last one counts, as always',
      (id: unknown) => `${answered(id).slice(0, -1)},"result":${result}}`,
      undefined,
    ],
  ])('that is long and %s', async (_, write, kept) => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/call') return answerOldEra(request, response)
      response.writeHead(200, { 'content-type': 'application/json' }).end(write(request.rpc.id))
    })
    onTestFinished(() => stub.close())
    const value = await open(remoteConfig(stub.url)).call('a', {}, call)
    expect(value).toEqual(JSON.parse(result))
    expect(writeJson(value)).toBe(kept ?? JSON.stringify(value))
  })

  it.each([
    ['cut inside', (id: unknown) => answered(id).slice(0, -2)],
    [
      'nested too deeply',
      (id: unknown) => `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"a":${'['.repeat(600)}${']'.repeat(600)}}}`,
    ],
  ])('that is long and %s fails the call', async (_, write) => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/call') return answerOldEra(request, response)
      response.writeHead(200, { 'content-type': 'application/json' }).end(write(request.rpc.id))
    })
    onTestFinished(() => stub.close())
    await expect(open(remoteConfig(stub.url)).call('a', {}, call)).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
  })

  it('does not come over a connection that has been idle for as long as servers keep theirs', {
    timeout: 30_000,
  }, async () => {
    const ports = new Set<number | undefined>()
    const stub = await httpStub((request, response) => {
      ports.add(response.socket?.remotePort)
      // It does not say how long it keeps its connections.
      response.setHeader('connection', 'keep-alive')
      answerOldEra(request, response)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await source.call('a', {}, call)
    await source.call('b', {}, call)
    const before = ports.size
    await new Promise(resolve => setTimeout(resolve, 5_000))
    await source.call('c', {}, call)
    expect(ports.size).toBe(before + 1)
  })

  it('to a notification is thrown away, however long it is', async () => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'notifications/initialized') return answerOldEra(request, response)
      response.writeHead(202, { 'content-type': 'text/plain' }).end('x'.repeat(1_000_000))
    })
    onTestFinished(() => stub.close())
    expect(await callText(open(remoteConfig(stub.url)), 'a', {})).toBe('ok')
  })
})

function answerWithSession(request: StubRequest, response: ServerResponse, tools: string[] = [], id = 's-1'): void {
  if (request.rpc.method === 'initialize') response.setHeader('mcp-session-id', id)
  answerOldEra(request, response, tools)
}

describe('a list that does not come', () => {
  it('is not made good by one that its server does not have and is not asked for', async () => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method === 'tools/list') response.writeHead(500).end()
      else answerOldEra(request, response)
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    await expect(source.list(call)).rejects.toThrow('HTTP 500')
    expect(await source.features?.list('prompts', call)).toEqual([])
    expect(source.health()).toMatchObject({ state: 'degraded', lastFailure: { stage: 'list' } })
  })

  it.each<[string, (page: number) => object | undefined]>([
    ['at all', () => undefined],
    ['to its last page', page => (page < 3 ? { tools: [], nextCursor: `${page}` } : undefined)],
  ])('%s is given up by us in time, and not by who asked for it', async (_, pageOf) => {
    let page = 0
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/list') return answerOldEra(request, response)
      page += 1
      const result = pageOf(page)
      if (result !== undefined) sendRpc(response, request.rpc.id, { result })
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url), { listTimeoutMs: 200 })
    await expect(source.list(call)).rejects.toMatchObject({
      code: 'SOURCE_TIMEOUT',
      message: expect.stringContaining('"fake" gave no answer to tools/list within 200 ms'),
    })
    expect(source.health().state).toBe('degraded')
  })
})
