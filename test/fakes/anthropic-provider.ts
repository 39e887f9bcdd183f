import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { faultsOf } from './anthropic-rules.ts'
import { readBody, scriptOf, serveFake } from './scripted-server.ts'

/** What the fake was sent. */
export type MessagesRequest = Readonly<{
  path: string
  headers: IncomingHttpHeaders
  body: Record<string, unknown> & { stream?: boolean }
}>

/** Answers one request. */
export type MessagesReply = (received: MessagesRequest, response: ServerResponse) => void | Promise<void>

/** A running fake. */
export type FakeAnthropic = Readonly<{
  /** For `baseUrl`; the path `/v1/messages` is below it. */
  url: string
  received: readonly MessagesRequest[]
  /** Adds replies; each answers one request, and the last one all that follow. */
  script: (...replies: MessagesReply[]) => void
  close: () => Promise<void>
}>

/**
 * Starts an HTTP server on a free port that speaks the Messages API as it was told to. What the API would refuse (path,
 * version, credential, body) is refused before any reply is asked.
 */
export async function startFakeAnthropic(...replies: MessagesReply[]): Promise<FakeAnthropic> {
  const received: MessagesRequest[] = []
  const script = scriptOf(replies)
  const { origin, close } = await serveFake(async (request, response) => {
    const body = JSON.parse(await readBody(request)) as MessagesRequest['body']
    const seen = { path: request.url ?? '', headers: request.headers, body }
    received.push(seen)
    const refusal = refuse(seen)
    const reply = refusal ?? script.next() ?? answersMessage([{ type: 'text', text: 'ok' }])
    await reply(seen, response)
  })
  return {
    url: origin,
    received,
    script: script.replace,
    close,
  }
}

/** Answers with these blocks: streamed where a stream was asked for, else as one body. */
export function answersMessage(
  content: readonly Record<string, unknown>[],
  options: { stop?: string; usage?: object } = {},
): MessagesReply {
  const stop = options.stop ?? (content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn')
  const usage = options.usage ?? { input_tokens: 10, output_tokens: 5 }
  return ({ body }, response) => {
    if (body.stream) return streamsEvents(toEvents(content, stop, usage))({} as MessagesRequest, response)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...head, content, stop_reason: stop, stop_sequence: null, usage }))
  }
}

/** Streams these events under their types, then ends, or cuts the connection. */
export function streamsEvents(
  events: readonly Record<string, unknown>[],
  options: { cut?: boolean } = {},
): MessagesReply {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    for (const event of events) {
      response.write(`event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`)
      await new Promise(resolve => setImmediate(resolve))
    }
    if (options.cut) response.destroy()
    else response.end()
  }
}

/** Answers with an error in the API's form. */
export function refusesWith(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): MessagesReply {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_fake' }))
  }
}

const head = { id: 'msg_fake', type: 'message', role: 'assistant', model: 'claude-fake-20260101' }

function refuse({ path, headers, body }: MessagesRequest): MessagesReply | undefined {
  if (path !== '/v1/messages') return refusesWith(404, 'not_found_error', `Not found: ${path}`)
  if (headers['x-api-key'] === undefined && headers.authorization === undefined) {
    return refusesWith(401, 'authentication_error', 'x-api-key header is required')
  }
  if (headers['anthropic-version'] !== '2023-06-01') {
    return refusesWith(400, 'invalid_request_error', 'anthropic-version: header is required')
  }
  const faults = faultsOf(body)
  return faults.length > 0 ? refusesWith(400, 'invalid_request_error', faults.join('; ')) : undefined
}

/** A message as the API streams it: usage at both ends, a ping, inputs and texts in two pieces. */
function toEvents(content: readonly Record<string, unknown>[], stop: string, usage: object): Record<string, unknown>[] {
  const blocks = content.flatMap((block, index) => {
    const [start, deltas] = takeApart(block)
    return [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map(delta => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]
  })
  const message = {
    ...head,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  }
  return [
    { type: 'message_start', message },
    { type: 'ping' },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ]
}

function takeApart(block: Record<string, unknown>): [Record<string, unknown>, Record<string, unknown>[]] {
  if (block.type === 'text') {
    return [{ ...block, text: '' }, halves(block.text).map(text => ({ type: 'text_delta', text }))]
  }
  if (block.type === 'thinking') {
    const pieces = halves(block.thinking).map(thinking => ({ type: 'thinking_delta', thinking }))
    return [
      { type: 'thinking', thinking: '', signature: '' },
      [...pieces, { type: 'signature_delta', signature: block.signature }],
    ]
  }
  if (block.type !== 'tool_use') return [block, []]
  const json = JSON.stringify(block.input)
  // A call without arguments streams one empty piece.
  const pieces = json === '{}' ? [''] : halves(json)
  return [{ ...block, input: {} }, pieces.map(piece => ({ type: 'input_json_delta', partial_json: piece }))]
}

function halves(text: unknown): string[] {
  const whole = String(text)
  const half = Math.ceil(whole.length / 2)
  return [whole.slice(0, half), whole.slice(half)]
}
