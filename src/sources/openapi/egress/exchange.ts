import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Agent, Dispatcher } from 'undici'
import { maxHeaders } from './bounds.ts'
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
    const answer = readAnswer(request.method, options, end)
    const timer = setTimeout(() => answer.giveUp(timedOut), options.timeoutMs)
    const cancel = (): void => answer.giveUp(cancelled)
    options.signal.addEventListener('abort', cancel, { once: true })

    function end(result: HttpResponse | undefined, thrown?: unknown): void {
      clearTimeout(timer)
      options.signal.removeEventListener('abort', cancel)
      if (result === undefined) reject(thrown)
      else resolve(result)
    }

    if (options.signal.aborted) return cancel()
    const { url, method, headers, body = null } = request
    const sent = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: method as Dispatcher.HttpMethod,
      headers: { 'accept-encoding': 'gzip, deflate, br', ...headers },
      body,
    }
    try {
      agent.dispatch(sent, answer.handler)
    } catch (thrown) {
      // A request that cannot be sent at all, or an agent that is closed.
      end(undefined, thrown)
    }
  })
}

type End = (result: HttpResponse | undefined, thrown?: unknown) => void

type Answer = Readonly<{ handler: Dispatcher.DispatchHandler; giveUp: (reason: symbol) => void }>

/** Puts one answer together. `end` is called once: with the answer, or with what went wrong. */
function readAnswer(method: string, { maxBytes }: Pick<SendOptions, 'maxBytes'>, end: End): Answer {
  let controller: Dispatcher.DispatchController | undefined
  let ended = false
  let head: Pick<HttpResponse, 'status' | 'headers'> = { status: 0, headers: {} }
  let decoder: Transform | undefined
  let limit = 0
  let length = 0
  const chunks: Buffer[] = []

  const finish: End = (result, thrown) => {
    if (ended) return
    ended = true
    decoder?.destroy()
    end(result, thrown)
  }
  const stop = (result: HttpResponse | undefined, reason: unknown): void => {
    finish(result, reason)
    // The rest is not read, so the connection cannot be used again.
    controller?.abort(reason instanceof Error ? reason : new Error(String(reason)))
  }
  const body = (): Buffer => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length))
  const take = (chunk: Buffer): void => {
    if (ended) return
    chunks.push(chunk)
    length += chunk.length
    if (length > limit) stop({ ...head, body: body().subarray(0, limit), cut: true }, 'cut')
  }
  const complete = (): void => finish({ ...head, body: body(), cut: false })

  return {
    // A stream that is still open has said something all the same.
    giveUp: reason => {
      const isStream = reason === timedOut && length > 0 && isEventStream(head)
      stop(isStream ? { ...head, body: body(), cut: true } : undefined, reason)
    },
    handler: {
      onRequestStart(started) {
        controller = started
        if (ended) started.abort(new Error('given up'))
      },
      onResponseStart(_, status, raw) {
        // What comes before the answer, such as 103 Early Hints, is none.
        if (status < 200) return
        const headers = joinHeaders(raw)
        if (headers === undefined) return stop(undefined, new Error(`its answer has more than ${maxHeaders} headers`))
        head = { status, headers }
        limit = maxBytes(head)
        const isEmpty = method === 'HEAD' || status === 204 || status === 205 || status === 304
        try {
          if (!isEmpty && headers['content-length'] !== '0') decoder = decoderFor(headers['content-encoding'])
        } catch (thrown) {
          return stop(undefined, thrown)
        }
        decoder
          ?.on('data', take)
          .on('end', complete)
          .on('drain', () => controller?.resume())
          .on('error', (error: Error) => stop(undefined, error))
      },
      onResponseData(from, chunk) {
        if (decoder === undefined) take(chunk)
        else if (!ended && !decoder.write(chunk)) from.pause()
      },
      onResponseEnd() {
        if (decoder === undefined) complete()
        else decoder.end()
      },
      onResponseError: (_, error) => finish(undefined, error),
    },
  }
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
