import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEgress } from '../../../../src/sources/openapi/egress/egress.ts'
import type { TestServer } from '../helpers.ts'
import { serve } from '../helpers.ts'

const compress = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const
const signal = new AbortController().signal
const egress = createEgress('"pets"', { loopback: true })
let server: TestServer

beforeAll(async () => {
  server = await serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', server.url)
    const encoding = searchParams.get('encoding') as keyof typeof compress
    if (pathname === '/encoded') {
      response.writeHead(200, { 'content-encoding': encoding }).end(compress[encoding]('hello'))
    } else if (pathname === '/bomb') {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)))
    } else if (pathname === '/broken') {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is not gzip')
    } else if (pathname === '/twice') {
      response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync('hello')))
    } else if (pathname === '/endless') {
      const timer = setInterval(() => response.write('x'.repeat(1_000)), 1)
      response.on('close', () => clearInterval(timer))
    } else if (pathname === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    } else if (pathname === '/redirect') {
      response.writeHead(302, { location: '/encoded?encoding=gzip' }).end()
    } else if (pathname === '/no-content') {
      response.writeHead(204, { 'content-encoding': 'gzip' }).end()
    } else if (pathname !== '/silent') response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end('hello')
  })
})
afterAll(async () => {
  await egress.close()
  await egress.close()
  await server.close()
})

const send = (path: string, options: { timeoutMs?: number; maxBytes?: number; signal?: AbortSignal } = {}) =>
  egress.send(
    { method: 'GET', url: new URL(path, server.url), headers: {} },
    {
      signal: options.signal ?? signal,
      timeoutMs: options.timeoutMs ?? 5_000,
      maxBytes: () => options.maxBytes ?? 1_000_000,
    },
  )

describe('egress', () => {
  it('gives status, headers and body', async () => {
    const { status, headers, body, cut } = await send('/')
    expect([status, headers['set-cookie'], body.toString(), cut]).toEqual([200, 'a=1, b=2', 'hello', false])
  })

  it.each(['gzip', 'deflate', 'br'])('decodes %s', async encoding => {
    expect((await send(`/encoded?encoding=${encoding}`)).body.toString()).toBe('hello')
  })

  it.each([
    ['before', async (close: () => Promise<void>) => close()],
    ['while', async () => {}],
  ])('opens nothing once it is closed, %s the first request', async (_, before) => {
    const own = createEgress('"late"', { loopback: true })
    await before(own.close)
    const sent = own.send(
      { method: 'GET', url: new URL(server.url), headers: {} },
      { signal, timeoutMs: 5_000, maxBytes: () => 1_000 },
    )
    const refused = expect(sent).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', message: '"late" is closed.' })
    await own.close()
    await refused
  })

  it('follows no redirect', async () => {
    expect((await send('/redirect')).status).toBe(302)
  })

  it('takes an answer without a body, whatever its headers say', async () => {
    expect((await send('/no-content')).body.length).toBe(0)
  })

  it('stops at the limit, counted in decoded bytes', async () => {
    expect(await send('/bomb', { maxBytes: 1_000 })).toMatchObject({ cut: true, body: { length: 1_000 } })
    expect(await send('/endless', { maxBytes: 10_000 })).toMatchObject({ cut: true, body: { length: 10_000 } })
  })

  it('gives what an open stream of events has sent by its deadline', async () => {
    const { body, cut } = await send('/events', { timeoutMs: 300 })
    expect([body.toString(), cut]).toEqual(['data: 1\n\n', true])
  })

  it.each([
    ['no answer in time', '/silent', { timeoutMs: 100 }, 'SOURCE_TIMEOUT', 'within 100 ms'],
    ['a body that never ends', '/endless', { timeoutMs: 100, maxBytes: 1e9 }, 'SOURCE_TIMEOUT', 'within 100 ms'],
    ['a damaged body', '/broken', {}, 'SOURCE_UNAVAILABLE', 'compressed answer is damaged'],
    ['a body encoded twice', '/twice', {}, 'SOURCE_UNAVAILABLE', 'content encoding "gzip, gzip"'],
  ])('fails in one line on %s', async (_, path, options, code, message) => {
    const failure = await send(path, options).catch(thrown => thrown)
    expect(failure).toMatchObject({ code })
    expect(failure.message).toContain(message)
    expect(failure.message).toMatch(/^"pets" [^\n]*127\.0\.0\.1:\d+[^\n]*$/)
  })

  it('names the host where nothing listens', async () => {
    const free = await serve(() => {})
    await free.close()
    const request = { method: 'GET', url: new URL(free.url), headers: {} }
    await expect(egress.send(request, { signal, timeoutMs: 5_000, maxBytes: () => 1 })).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: `"pets" cannot be reached at ${new URL(free.url).host}: connection refused (ECONNREFUSED). Does it run there, and is the port in its URL right?`,
    })
  })

  it('never takes half an answer for a whole one', async () => {
    const tcp = createTcpServer(socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'))
    await new Promise<void>(resolve => tcp.listen(0, '127.0.0.1', resolve))
    const url = new URL(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}`)
    const request = { method: 'GET', url, headers: {} }
    await expect(egress.send(request, { signal, timeoutMs: 5_000, maxBytes: () => 1_000 })).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
    })
    tcp.close()
  })

  it.each([['before'], ['during']])('stops when the caller cancels %s the call', async when => {
    const abort = new AbortController()
    if (when === 'before') abort.abort()
    const sent = send('/silent', { signal: abort.signal })
    setTimeout(() => abort.abort(), 20)
    await expect(sent).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
