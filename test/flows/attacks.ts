import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What an attack saw: the status of each answer, and how many connections the other side ended. */
export type Seen = { statuses: number[]; ended: number }

/** Misuses an MCP endpoint until the signal aborts. Its connections are gone when it returns. */
export type Attack = (url: URL, signal: AbortSignal) => Promise<Seen>

/** Sends each connection's pieces one after the other, with a pause between them, and reads what comes. */
function dribble(count: number, pauseMs: number, pieces: () => Iterable<string>): Attack {
  return (url, signal) =>
    withSockets(url, count, async (socket, seen) => {
      readStatuses(socket, seen)
      for (const piece of pieces()) {
        if (signal.aborted || socket.destroyed) return
        socket.write(piece)
        await sleep(pauseMs)
      }
    })
}

/** Header by header, a byte at a time. */
export const slowHeaders: Attack = dribble(150, 100, function* () {
  yield 'POST /mcp HTTP/1.1\r\nhost: localhost\r\nx-slow: '
  for (;;) yield 'x'
})

/** A body that is announced and never comes to its end. */
export const slowBodies: Attack = dribble(100, 100, function* () {
  yield head({ 'content-length': '100000' })
  for (;;) yield ' '
})

/** Bodies without end, as fast as they are taken. */
export const endlessBodies: Attack = (url, signal) =>
  withSockets(url, 10, async (socket, seen) => {
    readStatuses(socket, seen)
    socket.write(head({ 'transfer-encoding': 'chunked' }))
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
    while (!signal.aborted && !socket.destroyed && !socket.writableEnded) {
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {})
      await sleep(1)
    }
  })

/** The same request again and again, each on a connection of its own. */
export function flood(count: number, request: () => string, atOnce = 8): Attack {
  return async (url, signal) => {
    const seen: Seen = { statuses: [], ended: 0 }
    const work = async (): Promise<void> => {
      while (!signal.aborted && seen.statuses.length < count) {
        const one = await withSockets(url, 1, async socket => {
          socket.write(request())
          await Promise.race([once(socket, 'data'), once(socket, 'close')]).then(
            ([data]) => seen.statuses.push(statusOf(data)),
            () => {},
          )
        })
        seen.ended += one.ended
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return seen
  }
}

/** Clients that ask for much, and read nothing of it. */
export function deafReaders(count: number, request: string): Attack {
  return (url, signal) =>
    withSockets(url, count, async socket => {
      socket.pause()
      socket.write(request)
      await Promise.race([once(signal, 'abort'), once(socket, 'close')])
    })
}

/** Clients that are gone as soon as their request is out. */
export function vanishing(count: number, request: () => string): Attack {
  return async (url, signal) => {
    for (let sent = 0; sent < count && !signal.aborted; sent += 10) {
      await withSockets(url, 10, async socket => {
        socket.write(request())
        await sleep(20)
      })
    }
    return { statuses: [], ended: 0 }
  }
}

/** A POST of JSON-RPC to the endpoint, whole or only its head. */
export function head(headers: Record<string, string> = {}, method = 'POST'): string {
  const all = { host: 'localhost', 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const lines = Object.entries({ ...all, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} /mcp HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** A whole POST. */
export function posting(body: string | object, headers: Record<string, string> = {}): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return head({ 'content-length': String(Buffer.byteLength(text)), ...headers }) + text
}

/** Opens connections, runs `use` on each, and destroys it when that is done. */
async function withSockets(url: URL, count: number, use: (socket: Socket, seen: Seen) => Promise<void>): Promise<Seen> {
  const seen: Seen = { statuses: [], ended: 0 }
  await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(Number(url.port), url.hostname)
      socket.on('error', () => {})
      socket.once('end', () => {
        seen.ended += 1
      })
      socket.once('close', hadError => {
        if (hadError) seen.ended += 1
      })
      await use(socket, seen)
      socket.destroy()
    }),
  )
  return seen
}

function readStatuses(socket: Socket, seen: Seen): void {
  socket.once('data', data => seen.statuses.push(statusOf(data)))
}

function statusOf(data: unknown): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(String(data))?.[1] ?? 0)
}
