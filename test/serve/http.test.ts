import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { localCaller } from '../../src/core/caller.ts'
import type { Door } from '../../src/serve/exchange.ts'
import { createFrontDoor } from '../../src/serve/http.ts'
import { fakeSource, neverListed } from '../fakes/sources.ts'
import { keys, legacy, openDoor, post, testLimits } from './door.ts'

const list = legacy('tools/list')

/** Sends bytes as they are, and reads until the other side closes. */
async function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(text)
  return readText(socket)
}

/** Sends a body in pieces without saying how long it is. */
async function postChunked(
  url: string,
  pieces: readonly string[],
): Promise<{ status: number | undefined; body: string }> {
  const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, agent: false })
  for (const piece of pieces) sent.write(piece)
  sent.end()
  sent.on('error', () => {})
  const [answer] = await once(sent, 'response')
  return { status: answer.statusCode, body: await readText(answer) }
}

describe('the front door', () => {
  it.each([
    ['a Host that is not ours', { host: 'evil.example' }, 403, /The Host "evil\.example" is not served here/],
    ['a page from elsewhere', { origin: 'https://evil.example' }, 403, /The Origin "https:\/\/evil\.example" may not/],
    ['a sandboxed page', { origin: 'null' }, 403, /The Origin "null"/],
  ])('refuses %s before the key is looked at and the body read', async (_, headers, status, message) => {
    const { url } = await openDoor([fakeSource('pets')], { keys: {} })
    const { port } = new URL(url)
    const sent = request({ port, path: '/mcp', method: 'POST', headers, agent: false })
    sent.flushHeaders()
    const [answer] = await once(sent, 'response')
    const body = JSON.parse(await readText(answer))
    expect([answer.statusCode, body.error.code]).toEqual([status, 'FORBIDDEN'])
    expect(body.error.message).toMatch(message)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    sent.destroy()
  })

  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
    ['the name of a property of every object', { authorization: 'Bearer constructor' }],
  ])('answers 401 to %s, on every path, with the way to send one', async (_, headers) => {
    const { url } = await openDoor([fakeSource('pets')], { keys: Object.assign(Object.create(null), {}) })
    for (const path of [
      '/mcp',
      '/mcp/pets',
      '/pets/mcp',
      '/mcp-rest/tools/list',
      '/v1/chat/completions',
      '/nowhere',
      '/',
    ]) {
      const answer = await post(`${url}${path}`, list, headers)
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Bearer realm="patchbay"',
      ])
      expect(answer.body.error.code).toBe(path.startsWith('/v1/') ? 'unauthorized' : 'UNAUTHORIZED')
    }
  })

  it.each<[string, string, object, number, string]>([
    ['a wrong key', '/v1/messages', { authorization: 'Bearer wrong' }, 401, 'authentication_error'],
    ['nothing there', '/v1/messages/batches', {}, 404, 'not_found_error'],
    ['a page from elsewhere', '/v1/messages', { origin: 'https://evil.example' }, 403, 'permission_error'],
  ])("tells clients of Anthropic's API in its shape of %s", async (_, path, headers, status, type) => {
    const { url } = await openDoor([fakeSource('pets')], { keys })
    const answer = await post(`${url}${path}`, list, { authorization: 'Bearer key-a', ...headers })
    expect([answer.status, answer.body]).toEqual([
      status,
      { type: 'error', error: { type, message: expect.any(String) } },
    ])
  })

  it.each([
    ['/healthz', {}],
    ['/readyz', {}],
    ['/mcp-rest/tools/list', { authorization: 'Bearer key-a' }],
  ])('answers HEAD %s as GET, without the body', async (path, headers) => {
    const { url } = await openDoor([fakeSource('pets')], { keys })
    const [get, head] = await Promise.all(['GET', 'HEAD'].map(method => fetch(`${url}${path}`, { method, headers })))
    const length = (await get?.text())?.length
    expect([get?.status, head?.status, head?.headers.get('content-length')]).toEqual([200, 200, String(length)])
    expect(await head?.text()).toBe('')
  })

  it('answers HEAD at a door without GET as it answers GET', async () => {
    const { url } = await openDoor([])
    for (const [path, status] of [
      ['/mcp', 405],
      ['/mcp-rest/tools/call', 404],
    ] as const)
      expect([path, (await fetch(`${url}${path}`, { method: 'HEAD' })).status]).toEqual([path, status])
  })

  it.each([
    ['GET', '/nowhere', 404, 'Nothing is served at GET /nowhere. See / for what is served.'],
    ['POST', '/mcp-rest/tools/list', 404, 'Nothing is served at POST /mcp-rest/tools/list. It answers GET.'],
    ['GET', '/mcp-rest/tools/call', 404, 'Nothing is served at GET /mcp-rest/tools/call. It answers POST.'],
  ])('answers %s %s with %s and what to do', async (method, path, status, message) => {
    const { url } = await openDoor([])
    const answer = await fetch(url + path, { method })
    expect([answer.status, await answer.json()]).toEqual([status, { error: { code: 'METHOD_NOT_FOUND', message } }])
  })

  it.each([
    ['an absolute target chooses no host', 'GET http://evil.example/healthz HTTP/1.1\r\nhost: localhost\r\n', '404'],
    ['a second Host is refused', 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n', '4'],
    ['a request without Host is refused', 'GET /healthz HTTP/1.1\r\n', '400'],
    ['what is no HTTP is refused', 'HELLO\r\n', '400'],
    ['headers without end are refused', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n`, '431'],
    ['a path that cannot be decoded is just not there', 'GET /%ff HTTP/1.1\r\nhost: localhost\r\n', '404'],
  ])('%s', async (_, head, status) => {
    const { url } = await openDoor([])
    expect((await raw(url, `${head}connection: close\r\n\r\n`)).slice(9, 9 + status.length)).toBe(status)
  })

  it('tells of each request on one connection in a line of its own', async () => {
    const { url, lines } = await openDoor([fakeSource('pets')])
    const ping = JSON.stringify(legacy('ping'))
    const head = `POST /mcp?a=1 HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${ping.length}\r\n`
    const last = 'GET /nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'
    const answers = await raw(url, `${head}\r\n${ping}${head}\r\n${ping}${last}`)
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404'])
    const line = { method: 'POST', path: '/mcp', status: 200, ms: expect.any(Number), caller: 'local' }
    expect(lines).toEqual([line, line, { ...line, method: 'GET', path: '/nowhere', status: 404 }])
  })

  it.each(['models', 'v1', 'chat'])('serves a server that is called %s at its own endpoint', async name => {
    const { url } = await openDoor([fakeSource('pets'), fakeSource(name)], { keys: { 'the-key': localCaller } })
    for (const method of ['GET', 'POST', 'DELETE']) {
      const ask = (source: string, key?: string): Promise<Response> =>
        fetch(`${url}/${source}/mcp`, { method, headers: { ...(key && { authorization: `Bearer ${key}` }) } })
      const [one, other] = [await ask('pets', 'the-key'), await ask(name, 'the-key')]
      expect([other.status, await other.text()]).toEqual([one.status, await one.text()])
      expect(await (await ask(name)).json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } })
    }
  })

  it('adds to the line of a request what its door has noted of it', async () => {
    const chat: Door = async ({ note, response }) => {
      note({ model: 'm', inputTokens: 1, cost: 0.5 })
      note({ inputTokens: 3, cost: undefined })
      response.writeHead(204).end()
    }
    const { url, lines } = await openDoor([], { chat })
    await post(`${url}/v1/chat/completions`, {})
    await vi.waitFor(() => expect(lines).toHaveLength(1))
    expect(lines[0]).toMatchObject({ path: '/v1/chat/completions', status: 204, caller: 'local', model: 'm' })
    expect(lines[0]).toMatchObject({ inputTokens: 3, cost: undefined })
  })

  it('waits for headers no longer than it says', { timeout: 8_000 }, async () => {
    const { url } = await openDoor([], { limits: { headersTimeoutMs: 200 } })
    const answer = await raw(url, 'GET / HTTP/1.1\r\nhost: loc')
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  it('says that a port is taken, and by what to mend it', async () => {
    const { url } = await openDoor([])
    const guard = { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] }
    const second = createFrontDoor({
      routes: [],
      limits: testLimits,
      guard,
      identify: () => undefined,
      onDone: () => {},
    })
    await expect(second.listen(Number(new URL(url).port), '127.0.0.1')).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringMatching(
        /^Port \d+ on 127\.0\.0\.1 is in use\. Stop what listens there, or choose another/,
      ),
    })
  })
})

describe('a body', () => {
  const limits = { maxBodyBytes: 1_000, maxJsonDepth: 10 }

  it('that is too large is refused with 413, by what it says of itself', async () => {
    const { url } = await openDoor([fakeSource('pets')], { limits })
    const answer = await post(`${url}/mcp`, legacy('tools/list', { fill: 'x'.repeat(2_000) }))
    expect([answer.status, answer.body.error.message]).toEqual([
      413,
      'The body is larger than 1000 bytes. Send less at once, or raise limits.maxBodyBytes.',
    ])
  })

  it.each(['/mcp', '/mcp-rest/tools/call'])('that turns out too large is refused with 413 at %s', async path => {
    const { url } = await openDoor([fakeSource('pets')], { limits })
    const pieces = Array.from({ length: 100 }, () => ' '.repeat(64_000))
    const answer = await postChunked(`${url}${path}`, pieces)
    expect(answer.status).toBe(413)
    expect(answer.body).toContain('larger than 1000 bytes')
  })

  it.each([
    ['', ['HTTP/1.1 413', 'HTTP/1.1 404']],
    ['connection: close\r\n', ['HTTP/1.1 413']],
  ])(
    'that is far too large is read to its end, so that the client has its answer and no reset (%j)',
    async (more, statuses) => {
      const { url } = await openDoor([fakeSource('pets')], { limits })
      const { hostname, port } = new URL(url)
      const length = 32_000_000
      const head = `POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`
      const socket = connect(Number(port), hostname)
      // It reads nothing before it has written everything, as many clients do.
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.write(head)
        socket.write(Buffer.alloc(length, ' '), error => (error ? reject(error) : resolve()))
      })
      const next = 'GET /nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'
      if (more === '') socket.write(next)
      const chunks: Buffer[] = []
      for await (const chunk of socket) chunks.push(chunk)
      expect(
        Buffer.concat(chunks)
          .toString()
          .match(/HTTP\/1\.1 \d+/g),
      ).toEqual(statuses)
    },
  )

  it('that is no UTF-8 is refused, and not read as something else', async () => {
    const { url } = await openDoor([fakeSource('pets')], { limits })
    const body = Buffer.concat([
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ])
    const answer = await fetch(`${url}/mcp`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: -32700 } }])
  })

  it.each([
    ['no JSON', '{"jsonrpc":', 400, -32700, /not valid JSON/],
    ['nothing', '', 400, -32700, /not valid JSON/],
    [
      'a batch',
      '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
      400,
      -32600,
      /Batches are part of revision 2025-03-26 alone/,
    ],
    ['a number', '7', 400, -32600, /no JSON-RPC 2\.0 message/],
    [
      'another version of JSON-RPC',
      '{"jsonrpc":"1.0","id":1,"method":"ping"}',
      400,
      -32600,
      /no JSON-RPC 2\.0 message/,
    ],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 400, -32600, /no JSON-RPC/, 1],
    ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', 400, -32600, /no JSON-RPC/],
    ['nested too deeply', `${'['.repeat(11)}${']'.repeat(11)}`, 400, -32600, /deeper than 10 levels/],
  ])('that is %s is refused at the MCP door', async (_, body, status, code, message, id: number | null = null) => {
    const { url, faults } = await openDoor([fakeSource('pets')], { limits })
    const answer = await post(`${url}/mcp`, body)
    expect([answer.status, answer.body.id, answer.body.error.code]).toEqual([status, id, code])
    expect(answer.body.error.message).toMatch(message)
    expect(faults).toEqual([])
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'sent as "%s" is refused, so that no form of a web page can send it',
    async type => {
      const { url } = await openDoor([fakeSource('pets')])
      const answer = await post(`${url}/mcp`, list, { 'content-type': type })
      expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringMatching(/application\/json/)])
    },
  )

  it.each(['/mcp', '/mcp-rest/tools/call'])(
    'that is cut short at %s is told in one line, as no fault of ours',
    async path => {
      const { url, faults, lines } = await openDoor([fakeSource('pets')])
      const { hostname, port } = new URL(url)
      const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n`
      const socket = connect(Number(port), hostname)
      socket.write(`${head}{"jsonrpc":`, () => setTimeout(() => socket.destroy(), 20))
      await vi.waitFor(() => expect(lines).toMatchObject([{ method: 'POST', path, caller: 'local' }]))
      expect(faults).toEqual([])
    },
  )

  it('sent with a charset is read', async () => {
    const { url } = await openDoor([fakeSource('pets')])
    const answer = await post(`${url}/mcp`, list, { 'content-type': 'Application/JSON; charset=utf-8' })
    expect(answer.status).toBe(200)
  })
})

describe('health', () => {
  it('is ready once every source was listed or waited for, and says how each is doing', async () => {
    const bad = fakeSource('bad', neverListed)
    const failure = {
      stage: 'start',
      message: 'It is gone.',
      at: '2026-11-26T12:00:01Z',
      since: '2026-11-26T12:00:00Z',
    }
    bad.health = () => ({ state: 'failed', lastFailure: { ...failure, stage: 'start' } })
    const { url } = await openDoor([fakeSource('pets'), bad])
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok', version: '0' })
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'ready',
        sources: [
          { id: 'pets', state: 'ready', tools: 1 },
          { id: 'bad', state: 'failed', tools: 0, last_failure: failure },
        ],
      },
    ])
  })

  it('answers without a key, but tells nothing of the sources', async () => {
    const { url } = await openDoor([fakeSource('pets')], { keys: {} })
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }])
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })
})

describe('a stop', () => {
  it('lets a running call finish, takes no new one, and does not wait for idle connections', async () => {
    const source = fakeSource('pets')
    const [running, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    source.onCall = async () => {
      running.resolve()
      await release.promise
      return { content: [{ type: 'text', text: 'finished' }] }
    }
    const door = await openDoor([source], { limits: { shutdownMs: 10_000 } })
    const agent = new Agent({ keepAlive: true })
    const call = request(`${door.url}/mcp`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
    }).end(JSON.stringify(legacy('tools/call', { name: 'pets__echo' })))
    const answered = once(call, 'response')
    await running.promise
    const started = performance.now()
    const closed = door.close()
    await expect(fetch(`${door.url}/healthz`)).rejects.toThrow()
    release.resolve()
    const [answer] = await answered
    expect(JSON.parse(await readText(answer)).result).toEqual({ content: [{ type: 'text', text: 'finished' }] })
    await closed
    expect(performance.now() - started).toBeLessThan(2_000)
    agent.destroy()
  })

  it('does not wait for connections that were opened in advance', async () => {
    const door = await openDoor([], { limits: { shutdownMs: 10_000 } })
    const { hostname, port } = new URL(door.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    await fetch(`${door.url}/healthz`)
    const started = performance.now()
    await door.close()
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('cuts what has not finished in time', async () => {
    const source = fakeSource('pets')
    const running = Promise.withResolvers<void>()
    source.onCall = () => {
      running.resolve()
      return neverListed
    }
    const door = await openDoor([source], { limits: { shutdownMs: 50 } })
    const call = post(`${door.url}/mcp`, legacy('tools/call', { name: 'pets__echo' })).catch((error: Error) => error)
    await running.promise
    await door.close()
    expect(await call).toBeInstanceOf(Error)
  })
})
