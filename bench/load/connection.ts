import { connect } from 'node:net'
import type { Reply } from './reply-reader.ts'
import { replyReader } from './reply-reader.ts'

/** One keep-alive connection that carries one request at a time. */
export type Connection = Readonly<{
  /** @throws when the connection ends before its answer did */
  send: (request: string) => Promise<Reply>
  close: () => void
}>

/** Opens a raw TCP connection to an http URL's host and port. */
export function openConnection(url: URL): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    const read = replyReader()
    let waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined

    const fail = (error: Error): void => {
      waiting?.reject(error)
      waiting = undefined
      reject(error)
    }
    socket.once('connect', () =>
      resolve({
        send: request =>
          new Promise((resolve, reject) => {
            if (socket.destroyed) return reject(new Error(`${url.host} closed the connection between two requests.`))
            waiting = { resolve, reject }
            socket.write(request)
          }),
        close: () => socket.destroy(),
      }),
    )
    socket.on('data', bytes => {
      try {
        const reply = read(bytes)
        if (reply === undefined) return
        const { resolve } = waiting ?? { resolve: () => {} }
        waiting = undefined
        resolve(reply)
      } catch (error) {
        socket.destroy()
        fail(error as Error)
      }
    })
    socket.once('error', fail)
    socket.once('close', () => fail(new Error(`${url.host} closed the connection inside an answer.`)))
  })
}
