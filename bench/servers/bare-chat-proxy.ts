import type { IncomingMessage, ServerResponse } from 'node:http'
import { Pool } from 'undici'
import { listen } from './listen.ts'

// The base of the chat scenarios: the body is parsed once, as any gateway must to find the model, and sent on over an undici pool with
// the provider's key; the answer is streamed back as it comes. Requests of MCP pass through. Run as `node bare-chat-proxy.ts <origin>`.

const pool = new Pool(process.argv[2] ?? '', { connections: 64, pipelining: 1 })

listen((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    forward(request, Buffer.concat(chunks).toString('utf8'), response).catch((error: Error) => {
      if (response.headersSent) response.destroy(error)
      else response.writeHead(502, { 'content-type': 'text/plain' }).end(error.message)
    })
  })
})

async function forward(request: IncomingMessage, text: string, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/'
  const isChat = path.endsWith('/chat/completions')
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: isChat
      ? { 'content-type': 'application/json', authorization: 'Bearer sk-bench' }
      : Object.fromEntries(Object.entries(request.headers).filter(([name]) => passed.has(name))),
    body: isChat ? JSON.stringify({ ...JSON.parse(text), model: 'bench-model' }) : text,
  })
  const headers = Object.entries(answer.headers).filter(([name]) => answered.has(name))
  response.writeHead(answer.statusCode, Object.fromEntries(headers))
  answer.body.pipe(response)
  answer.body.once('error', error => response.destroy(error))
}

const answered = new Set(['content-type', 'content-length'])
const passed = new Set(['content-type', 'accept', 'mcp-protocol-version', 'mcp-method', 'mcp-name'])
