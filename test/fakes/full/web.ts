import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

/** A request of `node:http` whose body was read, as the web's; its signal aborts when the client goes away. */
export function toWebRequest(request: IncomingMessage, response: ServerResponse, body: unknown): Request {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return new Request(`http://localhost${request.url}`, {
    method: request.method ?? 'GET',
    headers: Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
    signal: gone.signal,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

/** Writes an answer of the web as one of `node:http`. */
export function writeWebResponse(answer: Response, response: ServerResponse): void {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (answer.body === null) return void response.end()
  response.flushHeaders()
  const body = Readable.fromWeb(answer.body as ReadableStream)
  response.once('close', () => body.destroy())
  body.on('error', () => response.destroy()).pipe(response)
}
