import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Pool } from 'undici'
import { listen } from './listen.ts'

// The base of the MCP scenarios: `node:http` in front of an undici pool, bodies streamed both ways, nothing looked at. Run as
// `node bare-proxy.ts <upstream origin>`.

const pool = new Pool(process.argv[2] ?? '', { connections: 64, pipelining: 1 })

listen((request, response) => {
  forward(request, response).catch((error: Error) => {
    if (response.headersSent) response.destroy(error)
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(error.message)
  })
})

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET'
  const answer = await pool.request({
    method,
    path: request.url ?? '/',
    headers: endToEnd(request.headers),
    body: method === 'POST' ? request : null,
  })
  response.writeHead(answer.statusCode, endToEnd(answer.headers))
  // Not `pipeline`: it makes an AbortController and its DOMException for each answer, which nearly doubled the CPU of this proxy.
  answer.body.pipe(response)
  answer.body.once('error', error => response.destroy(error))
}

/** Without the fields that belong to one hop (RFC 9110, 7.6.1). */
function endToEnd({
  host: _,
  connection: __,
  'keep-alive': ___,
  'transfer-encoding': ____,
  ...rest
}: IncomingHttpHeaders): IncomingHttpHeaders {
  return rest
}
