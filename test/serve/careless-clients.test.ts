import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { fakeFeatures } from '../fakes/gateway-features.ts'
import { fakeSource } from '../fakes/sources.ts'
import { head, posting } from '../flows/attacks.ts'
import { initialize, legacy, modern, openDoor, openStream, post } from './door.ts'

/** Sends a request and never reads a byte of the answer. */
function askAndNeverRead(url: string, request: string): void {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {}).pause()
  socket.write(request)
  onTestFinished(() => void socket.destroy())
}

it('a client that reads no progress is cut off, its call cancelled, and others go on', async () => {
  const source = fakeSource('pets')
  const slow = Promise.withResolvers<boolean>()
  source.onCall = async (key, _args, { signal, onProgress }) => {
    // More than the buffers of the system hold, by far.
    for (let progress = 1; onProgress !== undefined && progress <= 100 && !signal.aborted; progress += 1) {
      onProgress({ progress, message: 'x'.repeat(500_000) })
      await new Promise(resolve => setImmediate(resolve))
    }
    if (onProgress !== undefined) slow.resolve(signal.aborted)
    return { content: [{ type: 'text', text: key }] }
  }
  const { url, faults } = await openDoor([source], { limits: { maxStreamBufferBytes: 100_000 } })
  const { body, headers } = modern('tools/call', { name: 'pets__echo', _meta: { progressToken: 't' } })
  askAndNeverRead(url, posting(body, headers))
  expect(await slow.promise).toBe(true)
  const other = modern('tools/call', { name: 'pets__echo' }, 2)
  expect((await post(`${url}/mcp`, other.body, other.headers)).body.result.content).toHaveLength(1)
  expect(faults).toEqual([])
})

it('a stream that is not read, and ended, is not written to any more', async () => {
  const features = fakeFeatures()
  const limits = { keepAliveMs: 20, maxStreamBufferBytes: 1e9 }
  const { url, faults } = await openDoor([], { features, limits })
  const session = { 'mcp-session-id': await initialize(`${url}/mcp`) }
  const headers = { ...session, accept: 'text/event-stream' }
  await post(`${url}/mcp`, legacy('logging/setLevel', { level: 'info' }), session)
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  askAndNeverRead(url, `GET /mcp HTTP/1.1\r\n${lines.join('')}\r\n`)
  await new Promise(resolve => setTimeout(resolve, 50))
  // More than the buffers of the system hold, by far.
  for (let count = 0; count < 100; count += 1) features.say('info', 'x'.repeat(200_000))
  const second = await openStream(`${url}/mcp`, { headers })
  await new Promise(resolve => setTimeout(resolve, 150))
  features.say('info', 'last')
  expect(await second.next()).toMatchObject({ params: { data: 'last' } })
  expect(faults).toEqual([])
  second.close()
})

it('a write after the end of an answer is logged, and ends nothing else', async () => {
  const { url, faults } = await openDoor([], {
    chat: async ({ response }) => {
      response.writeHead(200).end()
      response.write('too late')
    },
  })
  expect((await fetch(`${url}/v1/chat/completions`, { method: 'POST' })).status).toBe(200)
  expect(faults).toEqual(['write after end'])
})

it('a client that reads no answer is cut off', async () => {
  const source = fakeSource('pets')
  source.onCall = async () => ({ content: [{ type: 'text', text: 'x'.repeat(30_000_000) }] })
  const { url } = await openDoor([source], { limits: { sendTimeoutMs: 500 } })
  const { body, headers } = modern('tools/call', { name: 'pets__echo' })
  askAndNeverRead(url, posting(body, headers))
  await vi.waitFor(() => expect(connectionsTo(url)).toBe(1))
  await vi.waitFor(() => expect(connectionsTo(url)).toBe(0), { timeout: 3_000 })
})

it('a client that reads its answer slowly is not', async () => {
  const source = fakeSource('pets')
  source.onCall = async () => ({ content: [{ type: 'text', text: 'x'.repeat(30_000_000) }] })
  const { url } = await openDoor([source], { limits: { sendTimeoutMs: 1_000 } })
  const { body, headers } = modern('tools/call', { name: 'pets__echo' })
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  onTestFinished(() => void socket.destroy())
  let received = 0
  socket.on('data', chunk => {
    received += chunk.length
    socket.pause()
    setTimeout(() => socket.resume(), 5)
  })
  socket.write(posting(body, headers))
  await new Promise(resolve => setTimeout(resolve, 2_500))
  expect(received).toBeLessThan(30_000_000)
  expect(connectionsTo(url)).toBe(1)
})

// Node tells of it by an error of its own before the connection is closed; that error is the client's.
it('a client that leaves in the middle of its body is no fault of ours', async () => {
  const { url, faults } = await openDoor([fakeSource('pets')])
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  socket.write(head({ 'content-length': '100000' }))
  socket.write('{"jsonrpc":')
  await vi.waitFor(() => expect(connectionsTo(url)).toBe(1))
  await new Promise(resolve => setTimeout(resolve, 50))
  socket.destroy()
  await vi.waitFor(() => expect(connectionsTo(url)).toBe(0))
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(faults).toEqual([])
})

/** The connections that the gateway holds open, by the kernel's own table. */
function connectionsTo(url: string): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')
  const lines = readFileSync('/proc/self/net/tcp', 'utf8').split('\n')
  // Columns: slot, local address, remote address, state; 01 is ESTABLISHED (proc(5), net/tcp_states.h).
  return lines.filter(line => new RegExp(`^ *\\d+: [0-9A-F]{8}:${port} \\S+ 01 `).test(line)).length
}
