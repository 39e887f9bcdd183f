import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { readBody, scriptOf, serveFake } from './scripted-server.ts'

/** What the fake was sent. */
export type ReceivedRequest = Readonly<{ path: string; headers: IncomingHttpHeaders; body: ReceivedBody }>

/** A body of chat completions, as far as tests look at it. */
export type ReceivedBody = {
  model: string
  stream?: boolean
  messages: {
    role: string
    content: unknown
    tool_call_id?: string
    tool_calls?: { id: string; function: { name: string; arguments: string } }[]
  }[]
  tools?: { type: string; function: { name: string; description?: string; parameters: Record<string, unknown> } }[]
  tool_choice?: unknown
  [field: string]: unknown
}

/** Answers one request. */
export type Reply = (received: ReceivedRequest, response: ServerResponse) => void | Promise<void>

/** A running fake. */
export type FakeProvider = Readonly<{
  /** For `baseUrl`. */
  url: string
  received: readonly ReceivedRequest[]
  /** Requests whose client went away before they were answered. */
  aborted: () => number
  /** Adds replies; each answers one request, and the last one all that follow. */
  script: (...replies: Reply[]) => void
  close: () => Promise<void>
}>

/** A call as tests write it. */
export type ScriptedCall = Readonly<{ id?: string; name: string; args: string | object }>

/** Starts an HTTP server on a free port that speaks OpenAI's chat completions as it was told to. */
export async function startFakeProvider(...replies: Reply[]): Promise<FakeProvider> {
  const received: ReceivedRequest[] = []
  const script = scriptOf(replies)
  let aborted = 0
  const { origin, close } = await serveFake(async (request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) aborted += 1
    })
    const seen = {
      path: request.url ?? '',
      headers: request.headers,
      body: JSON.parse(await readBody(request)) as ReceivedBody,
    }
    received.push(seen)
    const reply = script.next()
    await (reply ?? says('ok'))(seen, response)
  })
  return {
    url: `${origin}/v1`,
    received,
    aborted: () => aborted,
    script: script.replace,
    close,
  }
}

/** Answers with a text: as chunks where a stream was asked for, else as one body. */
export function says(content: string, options: { finish?: string; usage?: object } = {}): Reply {
  return answer({ content }, options.finish ?? 'stop', options.usage)
}

/** Answers with calls, after a text if there is one. */
export function calls(
  list: readonly ScriptedCall[],
  options: { content?: string; finish?: string; usage?: object } = {},
): Reply {
  const toolCalls = list.map((call, index) => ({
    id: call.id ?? `call_${index}`,
    type: 'function',
    function: { name: call.name, arguments: typeof call.args === 'string' ? call.args : JSON.stringify(call.args) },
  }))
  return answer(
    { content: options.content ?? null, tool_calls: toolCalls },
    options.finish ?? 'tool_calls',
    options.usage,
  )
}

/** Answers with a status and a body. */
export function fails(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** Streams these events as they are, then ends, or cuts the connection. */
export function streams(events: readonly (object | string)[], options: { cut?: boolean } = {}): Reply {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) {
      response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
      await new Promise(resolve => setImmediate(resolve))
    }
    if (options.cut) response.destroy()
    else response.end()
  }
}

/** Never answers. */
export const hangs: Reply = () => {}

/** One chunk with one choice. */
export function chunk(delta: object, finish: string | null = null, others: object = {}): object {
  return {
    ...head('chat.completion.chunk'),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...others,
  }
}

const defaultUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

function answer(
  message: { content: string | null; tool_calls?: object[] },
  finish: string,
  usage: object = defaultUsage,
): Reply {
  return ({ body }, response) => {
    if (body.stream) return streams(toEvents(message, finish, usage, body))({} as ReceivedRequest, response)
    const choice = {
      index: 0,
      message: { role: 'assistant', refusal: null, ...message },
      logprobs: null,
      finish_reason: finish,
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...head('chat.completion'), choices: [choice], usage }))
  }
}

function toEvents(
  { content, tool_calls: toolCalls = [] }: { content: string | null; tool_calls?: object[] },
  finish: string,
  usage: object,
  body: ReceivedBody,
): (object | string)[] {
  const words = content?.match(/\S+\s*/g) ?? []
  const pieces = (toolCalls as { id: string; function: { name: string; arguments: string } }[]).flatMap(
    (call, index) => {
      const { name, arguments: text } = call.function
      const half = Math.ceil(text.length / 2)
      return [
        chunk({ tool_calls: [{ index, id: call.id, type: 'function', function: { name, arguments: '' } }] }),
        chunk({ tool_calls: [{ index, function: { arguments: text.slice(0, half) } }] }),
        chunk({ tool_calls: [{ index, function: { arguments: text.slice(half) } }] }),
      ]
    },
  )
  const options = body.stream_options as { include_usage?: boolean } | undefined
  return [
    chunk({ role: 'assistant', content: content === null ? null : '', refusal: null }),
    ...words.map(word => chunk({ content: word })),
    ...pieces,
    chunk({}, finish),
    ...(options?.include_usage ? [{ ...head('chat.completion.chunk'), choices: [], usage }] : []),
    '[DONE]',
  ]
}

function head(object: string): object {
  return {
    id: 'chatcmpl-upstream',
    object,
    created: 1_770_000_000,
    model: 'fake-1-2026-01-01',
    system_fingerprint: 'fp_1',
  }
}
