import type { Agent, Dispatcher } from 'undici'
import { GatewayError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { ModelConfig, Provider, TurnEvent } from '../../core/model.ts'
import { renameTools, restoreNames } from '../boundary/rename-tools.ts'
import { openAiNames } from '../boundary/tool-names.ts'
import type { Redact } from '../wire/provider-error.ts'
import { isInnerError, redactor, toBrokenTurn, toInnerError, toProviderError } from '../wire/provider-error.ts'
import { readEventData } from '../wire/sse.ts'
import { fromOpenAi } from './openai-answer.ts'
import { toOpenAi } from './openai-body.ts'
import { fromOpenAiStream } from './openai-stream.ts'

/** Bounds on one turn. */
export type ProviderOptions = Readonly<{
  /** An answer, streamed or not. */
  maxAnswerBytes?: number
  /** Until the first byte of an answer, and between two of them. */
  idleTimeoutMs?: number
}>

const maxErrorBytes = 16_384

/**
 * Any endpoint that speaks OpenAI's chat completions: OpenAI, Azure, Mistral, vLLM, Ollama, ...
 *
 * Asks for a stream where one is wanted and for one JSON body otherwise, and takes either for an answer. Never retries;
 * nothing was shown to the caller before the first event, so whoever calls may.
 */
export function openAiProvider(config: ModelConfig, options: ProviderOptions = {}): Provider {
  const { maxAnswerBytes = 16_777_216, idleTimeoutMs = 300_000 } = options
  const url = completionsUrl(config.baseUrl)
  const headers = requestHeaders(config)
  const redact = redactor([config.apiKey, ...Object.values(config.headers)])
  let agent: Agent | undefined
  /** Loaded at the first turn: a gateway that nobody asks for completions starts without it. */
  const openAgent = async (): Promise<Agent> => {
    const undici = await import('undici')
    agent ??= new undici.Agent({ headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs })
    return agent
  }

  return {
    async *turn(request, { signal }) {
      const { request: legal, names } = renameTools(request, openAiNames)
      const body = JSON.stringify(toOpenAi(legal, config.maxTools))
      const events = ask(config.name, body, { url, headers, openAgent, redact, signal, maxAnswerBytes })
      for await (const event of events) {
        yield event.type === 'tool_calls' ? { ...event, calls: restoreNames(event.calls, names) } : event
      }
    },
    async close() {
      // An answer under way may still need turns; it gets connections that nobody keeps open.
      const leaving = agent
      agent = undefined
      await leaving?.close()
    },
  }
}

type Wire = Readonly<{
  url: URL
  headers: Record<string, string>
  openAgent: () => Promise<Agent>
  redact: Redact
  signal: AbortSignal
  maxAnswerBytes: number
}>

async function* ask(model: string, body: string, wire: Wire): AsyncGenerator<TurnEvent> {
  const { signal, redact } = wire
  let answer: Dispatcher.ResponseData | undefined
  let isRead = false
  try {
    const { origin, pathname, search } = wire.url
    const agent = await wire.openAgent()
    answer = await agent.request({
      origin,
      path: pathname + search,
      method: 'POST',
      headers: wire.headers,
      body,
      signal,
    })
    const { statusCode: status } = answer
    if (status < 200 || status > 299) {
      const retryAfter = firstOf(answer.headers['retry-after'])
      throw toProviderError(model, { status, body: await readStart(answer, maxErrorBytes), retryAfter }, redact)
    }
    if (firstOf(answer.headers['content-type'])?.startsWith('text/event-stream')) {
      // Destroying the body after [DONE] would cost the connection; it is drained below instead.
      const bytes = answer.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
      yield* fromOpenAiStream(readEventData(bytes, wire.maxAnswerBytes), model, redact)
    } else {
      yield* readWhole(model, await readStart(answer, wire.maxAnswerBytes), redact)
    }
    isRead = true
  } catch (cause) {
    if (signal.aborted || cause instanceof GatewayError) throw cause
    throw toBrokenTurn(
      model,
      answer === undefined ? 'cannot be reached' : 'broke off before its answer was complete',
      cause,
    )
  } finally {
    answer?.body.on('error', () => {})
    if (isRead) void answer?.body.dump({ limit: 65_536, signal: AbortSignal.timeout(1_000) }).catch(() => {})
    else answer?.body.destroy()
  }
}

function* readWhole(model: string, text: string, redact: Redact): Generator<TurnEvent> {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch (cause) {
    throw toBrokenTurn(model, 'sent an answer that is not JSON', cause)
  }
  if (!isObject(answer)) throw toBrokenTurn(model, 'sent an answer that is not a JSON object')
  if (isInnerError(answer)) throw toInnerError(model, answer, redact)
  const events = fromOpenAi(answer)
  if (events.length === 0) throw toBrokenTurn(model, 'sent an answer without choices')
  yield* events
}

/** Reads a body as text. @throws RangeError past `maxBytes` for an answer; an error's text is only cut */
async function readStart(answer: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size <= maxBytes) continue
    if (answer.statusCode < 300) throw new RangeError(`the answer is larger than ${maxBytes} bytes`)
    break
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Appends `/chat/completions` to the path; a query such as Azure's `?api-version=` stays. */
function completionsUrl(baseUrl = 'https://api.openai.com/v1'): URL {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`
  return url
}

/** Configured headers win, so an endpoint that wants its key elsewhere (Azure: `api-key`) gets it there. */
function requestHeaders(config: ModelConfig): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'user-agent': 'patchbay',
    ...(config.apiKey && { authorization: `Bearer ${config.apiKey}` }),
    ...Object.fromEntries(Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value])),
  }
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
