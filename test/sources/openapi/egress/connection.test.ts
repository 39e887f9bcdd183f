import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Egress } from '../../../../src/sources/openapi/egress/egress.ts'
import { createEgress } from '../../../../src/sources/openapi/egress/egress.ts'

/** What a connection does with the requests that come over it, the first one first. */
type Script = (socket: Socket, connection: number, request: number) => void

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A bare server: connections and requests are counted from 1. */
async function listen(script: Script): Promise<{ url: URL; requests: () => number; egress: Egress }> {
  let connections = 0
  let requests = 0
  const server = createServer(socket => {
    connections += 1
    const connection = connections
    let request = 0
    socket.on('error', () => {})
    socket.on('data', () => {
      requests += 1
      request += 1
      script(socket, connection, request)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const egress = createEgress('"pets"', { loopback: true })
  closing.push(egress.close, () => server.close())
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return { url, requests: () => requests, egress }
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
/** Until a connection is free again. */
const rest = () => new Promise(resolve => setTimeout(resolve, 20))
const bounds = { signal: new AbortController().signal, timeoutMs: 5_000, maxBytes: () => 1_000 }

describe('a connection that was kept', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['ended', socket => socket.end()],
    ['reset', socket => socket.resetAndDestroy()],
  ])('and %s by the server costs an idempotent request nothing', async (_, drop) => {
    const { url, requests, egress } = await listen((socket, connection, request) => {
      if (connection === 1 && request === 2) drop(socket)
      else socket.write(ok)
    })
    for (const method of ['GET', 'PUT']) {
      const { body } = await egress.send({ method, url, headers: {}, ...(method === 'PUT' && { body: 'x' }) }, bounds)
      expect(body.toString()).toBe('hello')
      await rest()
    }
    expect(requests()).toBe(3)
  })

  it('and dropped fails a POST, which may have been done', async () => {
    const { url, requests, egress } = await listen((socket, _, request) => {
      if (request === 2) socket.resetAndDestroy()
      else socket.write(ok)
    })
    await egress.send({ method: 'GET', url, headers: {} }, bounds)
    await rest()
    await expect(egress.send({ method: 'POST', url, headers: {}, body: 'x' }, bounds)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
    })
    expect(requests()).toBe(2)
  })

  it('is tried anew once and not again', async () => {
    const { url, requests, egress } = await listen((socket, connection, request) => {
      if (connection === 1 && request === 1) socket.write(ok)
      else socket.resetAndDestroy()
    })
    await egress.send({ method: 'GET', url, headers: {} }, bounds)
    await rest()
    await expect(egress.send({ method: 'GET', url, headers: {} }, bounds)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
    })
    expect(requests()).toBe(3)
  })

  it('never gives an answer that nobody asked for to the next request', async () => {
    const { url, egress } = await listen((socket, connection) => {
      socket.write(connection === 1 ? ok : ok.replace('hello', 'right'))
      if (connection === 1) setTimeout(() => socket.write(ok.replace('hello', 'wrong')), 10)
    })
    await egress.send({ method: 'GET', url, headers: {} }, bounds)
    await rest()
    await rest()
    expect((await egress.send({ method: 'GET', url, headers: {} }, bounds)).body.toString()).toBe('right')
  })
})

describe('a new connection', () => {
  it('that is dropped is not tried again', async () => {
    const { url, requests, egress } = await listen(socket => socket.resetAndDestroy())
    await expect(egress.send({ method: 'GET', url, headers: {} }, bounds)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
    })
    expect(requests()).toBe(1)
  })
})

describe('the headers of an answer', () => {
  it.each([
    ['too many', 'X-A: 1\r\n'.repeat(300), 'its answer has more than 256 headers'],
    ['too large', `X-A: ${'1'.repeat(40_000)}\r\n`, 'the headers of its answer are larger than 32768 bytes'],
  ])('fail when they are %s', async (_, headers, message) => {
    const { url, egress } = await listen(socket => socket.write(ok.replace('\r\n', `\r\n${headers}`)))
    await expect(egress.send({ method: 'GET', url, headers: {} }, bounds)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringContaining(message),
    })
  })
})
