import type { Dispatcher, Pool } from 'undici'
import { GatewayError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { ModelConfig, Provider, TurnEvent, TurnRequest } from '../../core/model.ts'
import type { Begun } from '../../core/started-by.ts'
import { startedBy } from '../../core/started-by.ts'
import { enter } from '../boundary/boundary.ts'
import type { Codec, ReadContext } from '../codec.ts'
import type { Authorize } from './authorize.ts'
import { frameFeed } from './frames.ts'
import type { Redact } from './provider-error.ts'
import { isInnerError, redactor, toBrokenTurn, toInnerError, toProviderError } from './provider-error.ts'
import { StreamedTurn } from './streamed-turn.ts'

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
  const toUrl = joinerOf(base)
  let pool: Pool | undefined
  /** Loaded at the first turn: a gateway that nobody asks for completions starts without it. */
  const openPool = async (): Promise<Pool> => {
    const undici = await import('undici')
    const timeouts = { headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs }
    pool ??= new undici.Pool(base.origin, { ...timeouts, maxResponseSize: maxAnswerBytes })
    return pool
  }

  /** Sends a turn, and gives its answer's events. */
  const begin = async (request: TurnRequest, signal: AbortSignal): Promise<Begun<TurnEvent>> => {
    const { request: legal, leave } = enter(request, dialect)
    const written = codec.write(legal)
    const tellsNative = request.native?.wire === dialect.wire
    const url = toUrl(written.path)
    const body = JSON.stringify(written.body)
    const headers = { ...ownHeaders, ...lowerCase(written.headers), ...configured }
    let answer: Dispatcher.ResponseData | undefined
    const explain = (cause: unknown): unknown => {
      if (signal.aborted || cause instanceof GatewayError) return cause
      const what = answer === undefined ? 'cannot be reached' : 'broke off before its answer was complete'
      return toBrokenTurn(config.name, what, isTooLarge(cause) ? tooLarge(maxAnswerBytes) : cause)
    }
    try {
      const credentials = await authorize({ url, headers, body })
      answer = await (pool ?? (await openPool())).request({
        path: url.pathname + url.search,
        method: 'POST',
        // An endpoint that wants its key elsewhere gets it there by `headers`, which win here too.
        headers: { ...headers, ...credentials, ...configured },
        body,
        signal,
      })
      if (answer.statusCode < 200 || answer.statusCode > 299) throw await toRefusal(config.name, answer, redact)
      const feeder = frameFeed(firstOf(answer.headers['content-type']))
      if (feeder === undefined) {
        const text = await answer.body.text()
        return await startOf(eachOf(readWhole(codec, text, { model: config.name, redact, tellsNative }).map(leave)))
      }
      const feed = await feeder(maxAnswerBytes)
      const reader = codec.readStream({ model: config.name, redact, tellsNative })
      const parts = { body: answer.body, feed, reader, maxBytes: maxAnswerBytes, leave, explain }
      return await startOf(new StreamedTurn(parts))
    } catch (cause) {
      answer?.body.on('error', () => {}).destroy()
      throw explain(cause)
    }
  }

  return {
    turn: (request, { signal }) => startedBy(() => begin(request, signal)),
    async close() {
      // An answer under way may still need turns; it gets connections that nobody keeps open.
      const leaving = pool
      pool = undefined
      await leaving?.close()
    },
  }
}

const ownHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream, application/vnd.amazon.eventstream',
  'user-agent': 'patchbay',
}

/** Appends paths to that of the base URL; a query such as Azure's `?api-version=` stays, beside the path's own. */
function joinerOf(base: URL): (path: string) => URL {
  let last: Readonly<{ path: string; url: URL }> | undefined
  return path => {
    if (last?.path === path) return last.url
    const [pathname = '', query] = path.split('?', 2)
    const url = new URL(base)
    url.pathname = url.pathname.replace(/\/+$/, '') + pathname
    for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value)
    last = { path, url }
    return url
  }
}

async function startOf(events: AsyncIterator<TurnEvent>): Promise<Begun<TurnEvent>> {
  return { events, first: await events.next() }
}

function eachOf(events: readonly TurnEvent[]): AsyncIterator<TurnEvent> {
  const rest = events.values()
  return { next: async () => rest.next() }
}

async function toRefusal(model: string, answer: Dispatcher.ResponseData, redact: Redact): Promise<GatewayError> {
  const { statusCode: status, headers } = answer
  const body = await readStart(answer, maxErrorBytes)
  return toProviderError(model, { status, body, retryAfter: firstOf(headers['retry-after']) }, redact)
}

function readWhole(codec: Codec, text: string, context: ReadContext): readonly TurnEvent[] {
  const { model, redact } = context
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch (cause) {
    throw toBrokenTurn(model, 'sent an answer that is not JSON', cause)
  }
  if (!isObject(answer)) throw toBrokenTurn(model, 'sent an answer that is not a JSON object')
  if (isInnerError(answer)) throw toInnerError(model, answer, redact)
  const events = codec.readWhole(answer, context)
  if (events.length === 0) throw toBrokenTurn(model, 'sent an answer without choices')
  return events
}

/** The text of a body, cut at `maxBytes`. */
async function readStart({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size > maxBytes) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** undici's own word for a body past `maxResponseSize`. */
function isTooLarge(cause: unknown): boolean {
  return isObject(cause) && cause.code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
}

function tooLarge(maxBytes: number): RangeError {
  return new RangeError(`the answer is larger than ${maxBytes} bytes`)
}

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
