import type { Dispatcher, Pool } from 'undici'
import { GatewayError } from '../../core/errors.ts'
import type { ModelConfig } from '../../core/model.ts'
import type { WireRequest } from '../codec.ts'
import type { Authorize } from './authorize.ts'
import type { Redact } from './provider-error.ts'
import { redactor, toBrokenTurn, toProviderError } from './provider-error.ts'

/** Where a provider is and who asks. */
export type Place = Readonly<{
  /** Where the wire's own provider is; the configuration's `baseUrl` wins. */
  baseUrl: string
  authorize: Authorize
  /** Other secrets than `apiKey` and the values of `headers`, to be kept out of errors. */
  secrets?: readonly (string | undefined)[]
}>

/** Bounds on what is sent and comes back. */
export type SenderBounds = Readonly<{
  /** An answer; bounded by whoever reads it where absent. */
  maxAnswerBytes?: number
  /** Until the first byte of an answer, and between two of them. */
  idleTimeoutMs: number
}>

/** Sends requests of one model to its provider. */
export type Sender = Readonly<{
  /**
   * Sends a request. Whoever gets the answer reads its body to the end, or destroys it.
   *
   * @throws GatewayError `PROVIDER_ERROR` for a status of failure, and for a provider that cannot be reached
   */
  send(written: WireRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData>
  /** Ends the connections once they are idle. Whoever still sends gets new ones. */
  close(): Promise<void>
}>

const maxErrorBytes = 16_384

/** Makes the sender of one model. Configured headers win over all others. */
export function createSender(config: ModelConfig, place: Place, bounds: SenderBounds): Sender {
  const { idleTimeoutMs, maxAnswerBytes } = bounds
  const base = new URL(config.baseUrl ?? place.baseUrl)
  const configured = lowerCase(config.headers)
  const redact = redactorOf(config, place)
  const toUrl = joinerOf(base)
  let pool: Pool | undefined
  /** Loaded at the first request: a gateway that nobody asks for completions starts without it. */
  const openPool = async (): Promise<Pool> => {
    const undici = await import('undici')
    const timeouts = { headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs }
    pool ??= new undici.Pool(base.origin, { ...timeouts, ...(maxAnswerBytes && { maxResponseSize: maxAnswerBytes }) })
    return pool
  }

  return {
    async send(written, signal) {
      const url = toUrl(written.path)
      const body = JSON.stringify(written.body)
      const headers = { ...ownHeaders, ...lowerCase(written.headers), ...configured }
      let answer: Dispatcher.ResponseData | undefined
      try {
        const credentials = await place.authorize({ url, headers, body })
        answer = await (pool ?? (await openPool())).request({
          path: url.pathname + url.search,
          method: 'POST',
          // An endpoint that wants its key elsewhere gets it there by `headers`, which win here too.
          headers: { ...headers, ...credentials, ...configured },
          body,
          signal,
        })
        if (answer.statusCode < 200 || answer.statusCode > 299) throw await toRefusal(config.name, answer, redact)
        return answer
      } catch (cause) {
        answer?.body.on('error', () => {}).destroy()
        throw explainBreak(config.name, cause, { signal, hasBegun: answer !== undefined })
      }
    },
    async close() {
      // An answer under way may still need turns; it gets connections that nobody keeps open.
      const leaving = pool
      pool = undefined
      await leaving?.close()
    },
  }
}

/** Takes a model's credentials out of texts. */
export function redactorOf({ apiKey, headers }: ModelConfig, { secrets = [] }: Place): Redact {
  return redactor([apiKey, ...Object.values(headers), ...secrets])
}

/** What was thrown on the way to an answer, as `PROVIDER_ERROR`; an abort and what has a code stay as they are. */
export function explainBreak(
  model: string,
  cause: unknown,
  { signal, hasBegun }: Readonly<{ signal: AbortSignal; hasBegun: boolean }>,
): unknown {
  if (signal.aborted || cause instanceof GatewayError) return cause
  return toBrokenTurn(model, hasBegun ? 'broke off before its answer was complete' : 'cannot be reached', cause)
}

/** The value of a header that may have been sent more than once. */
export function firstOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
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

async function toRefusal(model: string, answer: Dispatcher.ResponseData, redact: Redact): Promise<GatewayError> {
  const { statusCode: status, headers } = answer
  const body = await readStart(answer, maxErrorBytes)
  return toProviderError(model, { status, body, retryAfter: firstOf(headers['retry-after']) }, redact)
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

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
