import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Replies in the order in which they are given; the last one stays. */
export type Script<Reply> = Readonly<{
  next: () => Reply | undefined
  /** Puts these in place of what is left. */
  replace: (...replies: Reply[]) => void
}>

/** Begins a script with these replies. */
export function scriptOf<Reply>(replies: readonly Reply[]): Script<Reply> {
  const queue = [...replies]
  return {
    next: () => (queue.length > 1 ? queue.shift() : queue[0]),
    replace: (...more) => void queue.splice(0, queue.length, ...more),
  }
}

/** Serves on a free port of the loopback. `close` cuts what is open and waits until the port is free. */
export async function serveFake(listener: RequestListener): Promise<{
  origin: string
  close: () => Promise<void>
  stopListening: () => void
  listenAgain: () => Promise<void>
}> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let stopped = Promise.resolve()
  return {
    origin: `http://127.0.0.1:${port}`,
    stopListening() {
      stopped = new Promise(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
    },
    async listenAgain() {
      await stopped
      await once(server.listen(port, '127.0.0.1'), 'listening')
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** The whole body of a request, as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
