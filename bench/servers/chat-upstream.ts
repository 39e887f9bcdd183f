import type { ServerResponse } from 'node:http'
import { echoServer } from './echo.ts'
import { echoOptions } from './echo-options.ts'
import { listen } from './listen.ts'

// A model provider in OpenAI's format, and beside it the echo MCP server. The model answers with what it was asked; offered an
// echo tool, it calls that first and answers with the tool's result. A streamed answer is 50 chunks, each written by itself, as a
// model writes them. Run as `node chat-upstream.ts --tools 20 --modern`.

type Message = Readonly<{ role: string; content: string | null }>
type Tool = Readonly<{ type: string; function: { name: string } }>
type ChatRequest = Readonly<{ messages: readonly Message[]; tools?: readonly Tool[]; stream?: boolean }>

const answerTo = echoServer(echoOptions())
const chunksPerAnswer = 50
const usage = { prompt_tokens: 21, completion_tokens: 50, total_tokens: 71 }
const head = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bench-model-2026', system_fingerprint: 'fp_bench' }

listen((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8')
    if (request.url?.endsWith('/chat/completions') === true) complete(response, JSON.parse(body))
    else if (request.method === 'POST') sendMcp(response, JSON.parse(body))
    else response.writeHead(405).end()
  })
})

function sendMcp(response: ServerResponse, message: Parameters<typeof answerTo>[0]): void {
  const { status, parts, headers } = answerTo(message)
  const body = Buffer.concat(parts)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
  response.end(body)
}

function complete(response: ServerResponse, { messages, tools, stream }: ChatRequest): void {
  const asked = messages.at(-1)
  const echo = tools?.find(tool => tool.function.name.endsWith('echo'))?.function.name
  const text = asked?.content ?? ''
  const call = echo !== undefined && asked?.role !== 'tool' ? toCall(echo, text) : undefined
  if (stream === true) return streamAnswer(response, text, call)
  const message = call ? { role: 'assistant', content: null, tool_calls: [call] } : { role: 'assistant', content: text }
  const choice = { index: 0, message, logprobs: null, finish_reason: call ? 'tool_calls' : 'stop' }
  const body = Buffer.from(JSON.stringify({ ...head, object: 'chat.completion', choices: [choice], usage }))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

function toCall(name: string, text: string): object {
  const args = JSON.stringify({ id: 1, text })
  return {
    index: 0,
    id: `call_${Math.random().toString(36).slice(2)}`,
    type: 'function',
    function: { name, arguments: args },
  }
}

/** The words that were asked for come whole in the first chunk; the others are filler. */
function streamAnswer(response: ServerResponse, text: string, call: object | undefined): void {
  const deltas: object[] = call
    ? [{ role: 'assistant', content: null }, { tool_calls: [call] }]
    : Array.from({ length: chunksPerAnswer }, (_, index) => ({ content: index === 0 ? text : ` word${index}` }))
  const chunks = [
    ...deltas.map(delta => [{ index: 0, delta, logprobs: null, finish_reason: null }]),
    [{ index: 0, delta: {}, logprobs: null, finish_reason: call ? 'tool_calls' : 'stop' }],
  ].map(choices => JSON.stringify({ ...head, object: 'chat.completion.chunk', choices }))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const writeNext = (at: number): void => {
    if (at === chunks.length) return void response.end('data: [DONE]\n\n')
    response.write(`data: ${chunks[at]}\n\n`)
    setImmediate(writeNext, at + 1)
  }
  writeNext(0)
}
