import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Agent, Dispatcher } from 'undici'
import { maxHeaders } from '../../../egress/bounds.ts'
import { cancelled, timedOut } from './explain.ts'
import type { HttpRequest, HttpResponse, SendOptions } from './http.ts'

/**
 * Sends one request over an agent and reads its answer, decoded and up to its limit.
 *
 * By undici's own callbacks and not by its streams, which cost as much again as the rest of a small request.
 *
 * @throws what undici throws; `timedOut` or `cancelled` when it was given up
 */
export function exchange(agent: Agent, request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const answer = new Answer(request.method, options, resolve, reject)
    if (options.signal.aborted) return answer.giveUp(cancelled)
    const { url, method, headers, body = null } = request
    const sent = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: method as Dispatcher.HttpMethod,
      headers: { 'accept-encoding': 'gzip, deflate, br', ...headers },
      body,
    }
    try {
      agent.dispatch(sent, answer)
    } catch (thrown) {
      // A request that cannot be sent at all, or an agent that is closed.
      answer.fail(thrown)
    }
  })
}

/** Puts one answer together, and settles once: with the answer, or with what went wrong. */
class Answer implements Dispatcher.DispatchHandler {
  readonly #method: string
  readonly #options: SendOptions
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (thrown: unknown) => void
  readonly #timer: NodeJS.Timeout
  readonly #cancel = (): void => this.giveUp(cancelled)
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #ended = false
  #head: Pick<HttpResponse, 'status' | 'headers'> = { status: 0, headers: {} }
  #decoder: Transform | undefined
  #limit = 0
  #length = 0

  constructor(
    method: string,
    options: SendOptions,
    resolve: (response: HttpResponse) => void,
    reject: (thrown: unknown) => void,
  ) {
    this.#method = method
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(giveUpLate, options.timeoutMs, this)
    options.signal.addEventListener('abort', this.#cancel, { once: true })
  }

  /** A stream that is still open has said something all the same. */
  giveUp(reason: symbol): void {
    const isStream = reason === timedOut && this.#length > 0 && isEventStream(this.#head)
    if (isStream) this.#stop(this.#response(true), reason)
    else this.#stop(undefined, reason)
  }

  fail(thrown: unknown): void {
    this.#finish(undefined, thrown)
  }

  onRequestStart(started: Dispatcher.DispatchController): void {
    this.#controller = started
    if (this.#ended) started.abort(new Error('given up'))
  }

  onResponseStart(_: unknown, status: number, raw: Readonly<Record<string, string | string[] | undefined>>): void {
    // What comes before the answer, such as 103 Early Hints, is none.
    if (status < 200) return
    const headers = joinHeaders(raw)
    if (headers === undefined) return this.#stop(undefined, new Error(`its answer has more than ${maxHeaders} headers`))
    this.#head = { status, headers }
    this.#limit = this.#options.maxBytes(this.#head)
    const isEmpty = this.#method === 'HEAD' || status === 204 || status === 205 || status === 304
    if (isEmpty || headers['content-encoding'] === undefined || headers['content-length'] === '0') return
    try {
      this.#decoder = decoderFor(headers['content-encoding'])
    } catch (thrown) {
      return this.#stop(undefined, thrown)
    }
    this.#decoder
      ?.on('data', (chunk: Buffer) => this.#take(chunk))
      .on('end', () => this.#finish(this.#response(false)))
      .on('drain', () => this.#controller?.resume())
      .on('error', (error: Error) => this.#stop(undefined, error))
  }

  onResponseData(from: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#decoder === undefined) this.#take(chunk)
    else if (!this.#ended && !this.#decoder.write(chunk)) from.pause()
  }

  onResponseEnd(): void {
    if (this.#decoder === undefined) this.#finish(this.#response(false))
    else this.#decoder.end()
  }

  onResponseError(_: unknown, error: Error): void {
    this.#finish(undefined, error)
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length > this.#limit) this.#stop(this.#response(true), 'cut')
  }

  #response(cut: boolean): HttpResponse {
    const [first] = this.#chunks
    const whole = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks, this.#length)
    const { status, headers } = this.#head
    return { status, headers, body: cut ? whole.subarray(0, this.#limit) : whole, cut }
  }

  #stop(result: HttpResponse | undefined, reason: unknown): void {
    this.#finish(result, reason)
    // The rest is not read, so the connection cannot be used again.
    this.#controller?.abort(reason instanceof Error ? reason : new Error(String(reason)))
  }

  #finish(result: HttpResponse | undefined, thrown?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#options.signal.removeEventListener('abort', this.#cancel)
    this.#decoder?.destroy()
    if (result === undefined) this.#reject(thrown)
    else this.#resolve(result)
  }
}

function giveUpLate(answer: Answer): void {
  answer.giveUp(timedOut)
}

/** Answers that may never end: their reader takes what has come. */
function isEventStream({ headers }: Pick<HttpResponse, 'headers'>): boolean {
  return /^\s*(text\/event-stream|application\/x-ndjson)\b/i.test(headers['content-type'] ?? '')
}

/** One layer of encoding is undone; more than one is only ever an attack on whoever undoes them. */
function decoderFor(encoding = ''): Transform | undefined {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    default: {
      const name = JSON.stringify(encoding.trim().toLowerCase().slice(0, 40))
      throw new Error(`its answer has the content encoding ${name}, which was not asked for`)
    }
  }
}

/** Undefined when there are more than {@link maxHeaders}. */
function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> | undefined {
  const joined: Record<string, string> = {}
  let count = 0
  for (const name in headers) {
    const value = headers[name] ?? ''
    const isList = Array.isArray(value)
    count += isList ? value.length : 1
    joined[name] = isList ? value.join(', ') : value
  }
  return count > maxHeaders ? undefined : joined
}
