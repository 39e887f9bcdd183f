import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Cuts off clients that take no byte of what is waiting for them for `sendTimeoutMs`: what they do not read stays in our
 * memory. One that reads slowly goes on, since Node's timer of a socket starts anew whenever some of it has gone out.
 *
 * Looked at now and then, and not for each answer, which nearly all have left before anyone could look.
 *
 * @returns `stop`, the way to stop looking, and `cutSilent`, which cuts those that have sent nothing yet: browsers and HTTP
 *   clients open connections in advance, and to Node these are not idle (`closeIdleConnections`)
 */
export function cutStalled(server: Server, sendTimeoutMs: number): Readonly<{ stop(): void; cutSilent(): void }> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const look = (): void => {
    for (const socket of open) {
      const isTimed = socket.timeout === sendTimeoutMs
      // Another time than ours is Node's, for a connection that waits for its next request.
      if (socket.writableLength === 0 ? isTimed : !isTimed) socket.setTimeout(isTimed ? 0 : sendTimeoutMs)
    }
  }
  // Where nobody listens to it, Node closes a connection whose time is up.
  const timer = setInterval(look, Math.max(10, Math.min(5_000, sendTimeoutMs / 4))).unref()
  return {
    stop: () => clearInterval(timer),
    cutSilent() {
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
    },
  }
}
