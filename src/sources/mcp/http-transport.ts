import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { RpcMessage } from '../../core/protocol.ts'
import { isRpcMessage, isRpcRequest, modernRevision, rpcCode } from '../../core/protocol.ts'
import type { RemoteConfig } from '../../core/source-config.ts'
import { isEventStream, isJson } from './content-type.ts'
import type { HttpOptions } from './http-agent.ts'
import { openHttpAgent, unreachable } from './http-agent.ts'
import type { CollectedText } from './http-body.ts'
import { collectText, takeEvents, tooLong } from './http-body.ts'
import type { BodyReader } from './http-post.ts'
import { sendPost } from './http-post.ts'
import { HttpStatusError } from './http-status-error.ts'
import { messageHeaders } from './message-headers.ts'
import { deliver, parseJson } from './read-message.ts'
import type { FollowedStream } from './resume-stream.ts'
import { followStream, resumeStream } from './resume-stream.ts'
import { followServerStream } from './server-stream.ts'
import type { Sending, SendOptions, Transport, TransportHandlers } from './transport.ts'

/** How much is read of a page that says what went wrong, and of an answer that says nothing. */
const maxErrorBytes = 4_096
const maxIgnoredBytes = 131_072

/** How long the stream of an answer may stay open behind it: cut at once, its connection could not be used again. */
const lingerMs = 1_000

/**
 * Speaks streamable HTTP to an upstream (MCP, transports, "Streamable HTTP"), both eras.
 *
 * Each message is a POST on one keep-alive pool; an answer is JSON or a stream of events. For an old-era upstream it
 * carries the session id, keeps the GET stream open where one is offered, and ends the session with DELETE.
 */
export function httpTransport(config: RemoteConfig, options: HttpOptions): Transport {
  const agent = openHttpAgent(options)
  const url = new URL(config.url)
  const { origin } = url
  const path = url.pathname + url.search
  const ended = new AbortController()
  let handlers: TransportHandlers | undefined
  let sessionId: string | undefined
  let revision: string | undefined

  const configured = lowerCased(config.headers)
  const standing = (): Record<string, string> => ({
    ...configured,
    ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
    ...(revision !== undefined && { 'mcp-protocol-version': revision }),
  })
  /** Those of every POST, until the session or the revision is another. */
  let fixed: Readonly<Record<string, string>> | undefined
  const postHeaders = (message: RpcMessage, more: SendOptions['headers']): Readonly<Record<string, string>> => {
    fixed ??= { ...standing(), accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
    const own = messageHeaders(message)
    return own === undefined && more === undefined ? fixed : { ...fixed, ...own, ...more }
  }
  const brokenOff = (cause: unknown): GatewayError =>
    new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" broke off its answer: ${messageOf(cause)}.`, { cause })
  /** For the rare ones: the stream for its own messages, and the end of the session. */
  const request = async (
    method: 'GET' | 'DELETE',
    more: Record<string, string>,
    signal: AbortSignal,
    silenceMs?: number,
  ) => {
    const patience = silenceMs === undefined ? {} : { headersTimeout: silenceMs, bodyTimeout: silenceMs }
    try {
      return await agent.request({ origin, path, method, headers: { ...standing(), ...more }, signal, ...patience })
    } catch (cause) {
      throw unreachable(config.id, url, options, cause)
    }
  }

  const post = async (message: RpcMessage, { sending = {}, headers: more }: SendOptions): Promise<void> => {
    const waiting = isRpcRequest(message) ? String(message.id) : undefined
    let answered = false
    let status = 0
    let collected: CollectedText | undefined
    let stream: FollowedStream | undefined
    let lingering: NodeJS.Timeout | undefined
    const receive = (text: string): void => {
      const got = handlers && deliver(text, handlers, message.id)
      answered ||= got?.method === undefined && String(got?.id) === waiting
      if (answered && stream !== undefined)
        lingering ??= setTimeout(() => sending.giveUp?.(new Error('answered')), lingerMs).unref()
    }
    const readerOf = (given: number, head: IncomingHttpHeaders): BodyReader => {
      status = given
      // Where a redirect leads is no matter: it is never followed.
      if (status >= 300) {
        collected = collectText(isJson(head) ? options.maxMessageBytes : maxErrorBytes)
        return collected
      }
      adoptSession(head)
      if (waiting === undefined) return collectText(maxIgnoredBytes)
      if (isEventStream(head)) {
        stream = followStream(receive)
        return eventReader(stream, { sourceId: config.id, maxBytes: options.maxMessageBytes })
      }
      collected = collectText(options.maxMessageBytes)
      return collected
    }
    try {
      const headers = postHeaders(message, more)
      await sendPost(agent, { origin, path, headers, body: JSON.stringify(message) }, readerOf, sending)
    } catch (cause) {
      if (answered) return
      if (cause instanceof GatewayError) throw cause
      if (status === 0) throw unreachable(config.id, url, options, cause)
      if (stream?.lastId === undefined || revision === modernRevision) throw brokenOff(cause)
    } finally {
      clearTimeout(lingering)
    }
    if (status >= 300) return fail(status, collected?.cut() ?? '', waiting)
    if (waiting === undefined) return
    if (collected !== undefined) {
      const text = collected.text()
      if (text === undefined) throw tooLong(config.id, options.maxMessageBytes)
      receive(text)
    }
    if (!answered && stream !== undefined && revision !== modernRevision) {
      await resume(stream, () => answered, sending)
    }
    if (answered) return
    const what = isHtml(collected?.cut() ?? '') ? 'answered with an HTML page' : 'ended its answer without the result'
    // Its query, and often its path, is a credential, and callers read this.
    const doubt = 'Is its "url" that of an MCP endpoint?'
    throw new GatewayError('SOURCE_PROTOCOL', `"${config.id}" ${what}. ${doubt}`)
  }

  /** Goes on with an answer whose stream has ended early. */
  const resume = async (stream: FollowedStream, answered: () => boolean, sending: Sending): Promise<void> => {
    const givenUp = new AbortController()
    const signal = AbortSignal.any([ended.signal, givenUp.signal])
    sending.giveUp = reason => givenUp.abort(reason)
    const accept = 'text/event-stream'
    const get = (lastId: string) => request('GET', { accept, 'last-event-id': lastId }, signal)
    await resumeStream(stream, { get, answered, maxBytes: options.maxMessageBytes, signal }).catch((cause: unknown) => {
      if (!answered()) throw ended.signal.aborted ? brokenOff(ended.signal.reason) : cause
    })
  }

  const fail = (status: number, text: string, waiting: string | undefined): void => {
    const value = parseJson(text)
    const isAnswer = waiting !== undefined && isRpcMessage(value) && String(value.id) === waiting && status !== 401
    const isLost = sessionId !== undefined && (isAnswer ? endsSession(status, value) : saysSessionLost(status, text))
    // A modern server sends its JSON-RPC errors with 400 and 404; they belong to the request (2026-07-28, "Error Codes").
    if (isAnswer && !isLost) return handlers?.onMessage(value)
    const said =
      isObject(value) && isObject(value.error) ? String(value.error.message) : isHtml(text) ? 'an HTML page' : text
    throw new HttpStatusError(config, status, said, isLost)
  }

  const adoptSession = (head: IncomingHttpHeaders): void => {
    const given = head['mcp-session-id']
    if (typeof given !== 'string' || revision === modernRevision) return
    if (!/^[\x21-\x7e]{1,1024}$/.test(given))
      throw new GatewayError('SOURCE_PROTOCOL', `"${config.id}" gave a session id that is not allowed.`)
    if (sessionId !== given) fixed = undefined
    sessionId = given
  }

  /** Until `close()`: the server's own messages. Where they are refused, it has restarted without our session. */
  const listen = (): void =>
    void followServerStream({
      get: lastId =>
        request(
          'GET',
          { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) },
          ended.signal,
          options.maxSilenceMs,
        ),
      receive: data => void (handlers && deliver(data, handlers)),
      onGap: () => handlers?.onGap?.(),
      onRefused: () =>
        handlers?.onClose(new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" has forgotten our session.`)),
      maxBytes: options.maxMessageBytes,
      signal: ended.signal,
    })

  return {
    start: async given => {
      handlers = given
    },
    send(message, options = {}) {
      // Over modern HTTP closing the stream is the cancellation (2026-07-28, patterns/cancellation).
      if (message.method === 'notifications/cancelled' && revision === modernRevision) return Promise.resolve()
      return post(message, options)
    },
    agreed(given) {
      revision = given
      fixed = undefined
    },
    listen,
    async close() {
      ended.abort(new Error('it is being closed'))
      if (sessionId !== undefined) {
        const bye = await request('DELETE', {}, AbortSignal.timeout(1_000)).catch(() => undefined)
        await bye?.body.dump().catch(() => {})
      }
      await agent.destroy()
    },
  }
}

function eventReader(
  { onEvent, onRetry }: FollowedStream,
  of: Readonly<{ sourceId: string; maxBytes: number }>,
): BodyReader {
  const take = takeEvents({ ...of, onEvent, onRetry })
  return {
    take(chunk) {
      take(chunk)
      return true
    },
  }
}

/**
 * The revisions say 404. Servers made with older SDKs answer 400 and name the session or that nobody has initialized;
 * any other 400 is about the request, which may have been run.
 */
function saysSessionLost(status: number, text: string): boolean {
  return status === 404 || (status === 400 && /session|initiali[sz]e/i.test(text))
}

/** An error that names the request says so too, unless its code is of the method or the params: then it was looked at. */
function endsSession(status: number, { error }: RpcMessage): boolean {
  if (error === undefined || aboutRequest.includes(error.code)) return false
  return status === 404 || (status === 400 && /session id|not initiali[sz]ed/i.test(error.message))
}

const { methodNotFound, invalidParams, resourceNotFound } = rpcCode
const aboutRequest: readonly number[] = [methodNotFound, invalidParams, resourceNotFound]

function isHtml(text: string): boolean {
  return /^\s*<(!doctype|html)/i.test(text)
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
