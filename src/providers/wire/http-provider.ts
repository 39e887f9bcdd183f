import type { Agent, Dispatcher } from 'undici'
import { GatewayError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { ModelConfig, Provider, TurnEvent } from '../../core/model.ts'
import { enter } from '../boundary/boundary.ts'
import type { Codec } from '../codec.ts'
import type { Authorize } from './authorize.ts'
import { frameReader } from './frames.ts'
import type { Redact } from './provider-error.ts'
import { isInnerError, redactor, toBrokenTurn, toInnerError, toProviderError } from './provider-error.ts'

/** Bounds on one turn. */
export type ProviderOptions = Readonly<{
  /** An answer, streamed or not. */
  maxAnswerBytes?: number
  /** Until the first byte of an answer, and between two of them. */
  idleTimeoutMs?: number
}>

/** What a wire needs of the transport besides its codec. */
export type HttpWire = Readonly<{
  codec: Codec
  /** Where the wire's own provider is; the configuration's `baseUrl` wins. */
  baseUrl: string
  authorize: Authorize
  /** Other secrets than `apiKey` and the values of `headers`, to be kept out of errors. */
  secrets?: readonly (string | undefined)[]
}>

const maxErrorBytes = 16_384

/**
 * A provider of one wire over HTTP.
 *
 * Asks for a stream where one is wanted and for one JSON body otherwise, and takes either for an answer. Never retries;
 * nothing was shown to the caller before the first event, so whoever calls may. Configured headers win over all others.
 */
export function httpProvider(config: ModelConfig, wire: HttpWire, options: ProviderOptions = {}): Provider {
  const { maxAnswerBytes = 16_777_216, idleTimeoutMs = 300_000 } = options
  const { codec, authorize } = wire
  const base = new URL(config.baseUrl ?? wire.baseUrl)
  const dialect = config.maxTools === undefined ? codec.dialect : { ...codec.dialect, maxTools: config.maxTools }
  const configured = lowerCase(config.headers)
  const redact = redactor([config.apiKey, ...Object.values(config.headers), ...(wire.secrets ?? [])])
  let agent: Agent | undefined
  /** Loaded at the first turn: a gateway that nobody asks for completions starts without it. */
  const openAgent = async (): Promise<Agent> => {
    const undici = await import('undici')
    agent ??= new undici.Agent({ headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs })
    return agent
  }

  return {
    async *turn(request, { signal }) {
      const { request: legal, leave } = enter(request, dialect)
      const written = codec.write(legal)
      const url = join(base, written.path)
      const body = JSON.stringify(written.body)
      const headers = { ...ownHeaders, ...lowerCase(written.headers), ...configured }
      let answer: Dispatcher.ResponseData | undefined
      let isRead = false
      try {
        const credentials = await authorize({ url, headers, body })
        answer = await (agent ?? (await openAgent())).request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: 'POST',
          // An endpoint that wants its key elsewhere gets it there by `headers`, which win here too.
          headers: { ...headers, ...credentials, ...configured },
          body,
          signal,
        })
        await refuseFailure(config.name, answer, redact)
        const readFrames = frameReader(firstOf(answer.headers['content-type']))
        if (readFrames !== undefined) {
          // Destroying the body after its last frame would cost the connection; it is drained below instead.
          const bytes = answer.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
          const frames = readFrames(bytes, maxAnswerBytes)
          for await (const event of codec.readStream(frames, { model: config.name, redact })) yield leave(event)
        } else {
          const text = await readText(answer, maxAnswerBytes)
          for (const event of readWhole(config.name, codec, text, redact)) yield leave(event)
        }
        isRead = true
      } catch (cause) {
        if (signal.aborted || cause instanceof GatewayError) throw cause
        const what = answer === undefined ? 'cannot be reached' : 'broke off before its answer was complete'
        throw toBrokenTurn(config.name, what, cause)
      } finally {
        answer?.body.on('error', () => {})
        if (isRead && answer !== undefined) drain(answer)
        else answer?.body.destroy()
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

/** Reads what follows the last frame, so that the connection may be used again; whoever goes on talking loses it. */
function drain({ body }: Dispatcher.ResponseData): void {
  if (body.readableEnded) return
  const late = setTimeout(() => body.destroy(), 1_000)
  late.unref()
  void body
    .dump({ limit: 65_536 })
    .catch(() => {})
    .finally(() => clearTimeout(late))
}

const ownHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream, application/vnd.amazon.eventstream',
  'user-agent': 'patchbay',
}

/** Appends a path to that of the base URL; a query such as Azure's `?api-version=` stays, beside the path's own. */
function join(base: URL, path: string): URL {
  const [pathname = '', query] = path.split('?', 2)
  const url = new URL(base)
  url.pathname = url.pathname.replace(/\/+$/, '') + pathname
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value)
  return url
}

async function refuseFailure(model: string, answer: Dispatcher.ResponseData, redact: Redact): Promise<void> {
  const { statusCode: status } = answer
  if (status >= 200 && status <= 299) return
  const retryAfter = firstOf(answer.headers['retry-after'])
  throw toProviderError(model, { status, body: await readText(answer, maxErrorBytes), retryAfter }, redact)
}

function readWhole(model: string, codec: Codec, text: string, redact: Redact): readonly TurnEvent[] {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch (cause) {
    throw toBrokenTurn(model, 'sent an answer that is not JSON', cause)
  }
  if (!isObject(answer)) throw toBrokenTurn(model, 'sent an answer that is not a JSON object')
  if (isInnerError(answer)) throw toInnerError(model, answer, redact)
  const events = codec.readWhole(answer)
  if (events.length === 0) throw toBrokenTurn(model, 'sent an answer without choices')
  return events
}

/** Reads a body as text. @throws RangeError past `maxBytes` for an answer; an error's text is only cut */
async function readText(answer: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
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

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
