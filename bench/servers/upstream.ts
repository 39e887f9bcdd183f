import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from './echo.ts'
import { echoServer } from './echo.ts'
import { echoOptions } from './echo-options.ts'
import { listen } from './listen.ts'

// The echo upstream: an MCP server over streamable HTTP with as little between its socket and its answer as possible,
// since its CPU competes with what is measured. Run as `node upstream.ts --tools 1000 --page 2000 [--modern]`.

const answerTo = echoServer(echoOptions())

listen((request, response) => {
  if (request.method === 'POST') readBody(request, body => send(response, answerTo(JSON.parse(body))))
  else send(response, { status: request.method === 'DELETE' ? 204 : 405, parts: [] })
})

function send(response: ServerResponse, { status, parts, headers }: Answer): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  response.writeHead(status, {
    ...(length > 0 && { 'content-type': 'application/json' }),
    ...(status !== 204 && { 'content-length': length }),
    ...headers,
  })
  for (const part of parts.slice(0, -1)) response.write(part)
  response.end(parts.at(-1))
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
}
