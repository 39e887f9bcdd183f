import { setTimeout as wait } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { Agent } from 'undici'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { toHeaderValue } from '../../core/header-params.ts'
import { isObject } from '../../core/json.ts'
import type { RpcMessage } from '../../core/protocol.ts'
import { isRpcMessage, isRpcRequest, metaKey, modernRevision } from '../../core/protocol.ts'
import type { RemoteConfig } from '../../core/source-config.ts'
import { readEvents, readText } from './http-body.ts'
import { HttpStatusError } from './http-status-error.ts'
import { deliver, parseJson } from './read-message.ts'
import { followStream, resumeStream } from './resume-stream.ts'
import type { SendOptions, Transport, TransportHandlers } from './transport.ts'

/**
 * Speaks streamable HTTP to an upstream (MCP, transports, "Streamable HTTP"), both eras.
 *
 * Each message is a POST on one keep-alive pool; an answer is JSON or a stream of events. For an old-era upstream it
 * carries the session id, keeps the GET stream open where one is offered, and ends the session with DELETE.
 */
export function httpTransport(
  config: RemoteConfig,
  options: { maxMessageBytes: number; connectTimeoutMs: number },
): Transport {
  const agent = new Agent({
    connectTimeout: options.connectTimeoutMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  })
  const url = new URL(config.url)
  const ended = new AbortController()
  let handlers: TransportHandlers | undefined
  let sessionId: string | undefined
  let revision: string | undefined

  const headers = (more: Record<string, string>): Record<string, string> => ({
    ...lowerCased(config.headers),
    ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
    ...(revision !== undefined && { 'mcp-protocol-version': revision }),
    ...more,
  })
  const request = async (
    method: 'GET' | 'POST' | 'DELETE',
    more: Record<string, string>,
    body?: string,
    signal?: AbortSignal,
  ) => {
    try {
      return await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: headers(more),
        ...(body !== undefined && { body }),
        signal: signal ?? null,
      })
    } catch (cause) {
      throw new GatewayError(
        'SOURCE_UNAVAILABLE',
        `"${config.id}" cannot be reached at ${url.host}: ${messageOf(cause)}.`,
        { cause },
      )
    }
  }

  const post = async (message: RpcMessage, { signal, headers: more }: SendOptions): Promise<void> => {
    const both = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
    const answer = await request('POST', { ...both, ...bodyHeaders(message), ...more }, JSON.stringify(message), signal)
    const waiting = isRpcRequest(message) ? String(message.id) : undefined
    if (answer.statusCode >= 400) return await fail(answer, waiting)
    adoptSession(answer)
    if (waiting === undefined) return void (await answer.body.dump())
    let answered = false
    const receive = (text: string): void => {
      const got = handlers && deliver(text, handlers, message.id)
      answered ||= got?.method === undefined && String(got?.id) === waiting
    }
    const resumable = followStream(receive)
    try {
      if (isEventStream(answer)) {
        await readEvents(answer.body, { maxBytes: options.maxMessageBytes, ...resumable })
      } else receive(await readText(answer.body, options.maxMessageBytes, config.id))
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause
      if (resumable.lastId === undefined || revision === modernRevision || signal?.aborted)
        throw new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" broke off its answer: ${messageOf(cause)}.`, {
          cause,
        })
    }
    if (!answered && revision !== modernRevision) {
      const get = (lastId: string) =>
        request('GET', { accept: 'text/event-stream', 'last-event-id': lastId }, undefined, signal)
      await resumeStream(resumable, { get, answered: () => answered, maxBytes: options.maxMessageBytes, signal })
    }
    if (!answered)
      throw new GatewayError(
        'SOURCE_PROTOCOL',
        `"${config.id}" ended its answer without the result. Is ${url.href} an MCP endpoint?`,
      )
  }

  const fail = async (answer: Dispatcher.ResponseData, waiting: string | undefined): Promise<void> => {
    const text = await readText(answer.body, 4_096, config.id).catch(() => '')
    const value = parseJson(text)
    // A modern server sends its JSON-RPC errors with 400 and 404; they belong to the request (2026-07-28, "Error Codes").
    if (waiting !== undefined && isRpcMessage(value) && String(value.id) === waiting && answer.statusCode !== 401)
      return handlers?.onMessage(value)
    const said =
      isObject(value) && isObject(value.error) ? String(value.error.message) : isHtml(text) ? 'an HTML page' : text
    // The revisions say 404; servers made with older SDKs answer 400. Neither has run anything.
    const sessionLost = sessionId !== undefined && [400, 404].includes(answer.statusCode)
    throw new HttpStatusError(config, answer.statusCode, said, sessionLost)
  }

  const adoptSession = (answer: Dispatcher.ResponseData): void => {
    const given = answer.headers['mcp-session-id']
    if (typeof given !== 'string' || revision === modernRevision) return
    if (!/^[\x21-\x7e]{1,1024}$/.test(given))
      throw new GatewayError('SOURCE_PROTOCOL', `"${config.id}" gave a session id that is not allowed.`)
    sessionId = given
  }

  /**
   * Until `close()`: the server's own messages. 405 means that it has none; a cut stream is opened again. Where that is
   * refused, the server has restarted without our session, so it has to be met anew.
   */
  const listen = async (): Promise<void> => {
    for (let failures = 0, opened = false; !ended.signal.aborted; ) {
      try {
        const answer = await request('GET', { accept: 'text/event-stream' }, undefined, ended.signal)
        if (answer.statusCode !== 200 || !isEventStream(answer)) {
          await answer.body.dump()
          const gone = new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" has forgotten our session.`)
          return opened && answer.statusCode < 500 ? handlers?.onClose(gone) : undefined
        }
        opened = true
        failures = 0
        const onEvent = ({ data }: { data: string }): void => void (data !== '' && handlers && deliver(data, handlers))
        await readEvents(answer.body, { maxBytes: options.maxMessageBytes, onEvent })
      } catch {
        failures += 1
      }
      await pause(Math.min(1_000 * 2 ** failures, 30_000), ended.signal)
    }
  }

  return {
    start: async given => {
      handlers = given
    },
    async send(message, sending = {}) {
      // Over modern HTTP closing the stream is the cancellation (2026-07-28, patterns/cancellation).
      if (message.method === 'notifications/cancelled' && revision === modernRevision) return
      await post(message, sending)
    },
    agreed(given) {
      revision = given
    },
    listen: () => void listen(),
    async close() {
      ended.abort()
      if (sessionId !== undefined) {
        const bye = await request('DELETE', {}, undefined, AbortSignal.timeout(1_000)).catch(() => undefined)
        await bye?.body.dump().catch(() => {})
      }
      await agent.destroy()
    },
  }
}

/** What each of these requests names (2026-07-28, transports/streamable-http, "Standard MCP Request Headers"). */
const nameFields: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
}

/** A modern request repeats its method and name in headers, for routers on the way (SEP-2243). */
function bodyHeaders({ method, params }: RpcMessage): Record<string, string> {
  const meta = params?._meta
  const revision = isObject(meta) ? meta[metaKey.protocolVersion] : undefined
  if (typeof revision !== 'string' || method === undefined) return {}
  const name = params?.[nameFields[method] ?? '']
  return {
    'mcp-protocol-version': revision,
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': toHeaderValue(name) }),
  }
}

function isEventStream(answer: Dispatcher.ResponseData): boolean {
  return String(answer.headers['content-type'] ?? '').startsWith('text/event-stream')
}

function isHtml(text: string): boolean {
  return /^\s*<(!doctype|html)/i.test(text)
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => {})
}
