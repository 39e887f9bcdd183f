import { GatewayError, messageOf } from '../../core/errors.ts'
import type { RemoteConfig } from '../../core/source-config.ts'
import type { HttpOptions } from './http-agent.ts'
import { openHttpAgent, unreachable } from './http-agent.ts'
import { readEvents, readStart } from './http-body.ts'
import { HttpStatusError } from './http-status-error.ts'
import { deliver } from './read-message.ts'
import type { Transport, TransportHandlers } from './transport.ts'

/**
 * Speaks the HTTP+SSE transport of revision 2024-11-05: one GET stream brings every message, its first event
 * (`endpoint`) names the URL that ours are posted to.
 *
 * An endpoint on another origin is refused: it would send our headers to a stranger.
 */
export function sseTransport(config: RemoteConfig, options: HttpOptions): Transport {
  const agent = openHttpAgent(options)
  const url = new URL(config.url)
  const ended = new AbortController()
  let endpoint: URL | undefined

  const request = async (method: 'GET' | 'POST', target: URL, headers: Record<string, string>, body?: string) => {
    try {
      return await agent.request({
        origin: target.origin,
        path: target.pathname + target.search,
        method,
        headers: { ...config.headers, ...headers },
        ...(body !== undefined && { body }),
        signal: ended.signal,
      })
    } catch (cause) {
      throw unreachable(config.id, url, options, cause)
    }
  }

  const start = async (handlers: TransportHandlers): Promise<void> => {
    const answer = await request('GET', url, { accept: 'text/event-stream' })
    const type = String(answer.headers['content-type'] ?? '')
    if (answer.statusCode !== 200 || !type.startsWith('text/event-stream')) {
      const text = await readStart(answer.body, 4_096)
      throw new HttpStatusError(config, answer.statusCode === 200 ? 406 : answer.statusCode, text)
    }
    const ready = Promise.withResolvers<void>()
    const onEvent = ({ event, data }: { event?: string | undefined; data: string }): void => {
      if (event !== 'endpoint') return void deliver(data, handlers)
      const target = new URL(data, url)
      if (target.origin !== url.origin)
        throw new GatewayError(
          'SOURCE_PROTOCOL',
          `"${config.id}" wants its messages sent to another origin (${target.origin}); refused. Give that as its "url" if it is right.`,
        )
      endpoint = target
      ready.resolve()
    }
    readEvents(answer.body, { maxBytes: options.maxMessageBytes, onEvent })
      .then(() => new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" closed its event stream.`))
      .catch((cause: unknown) =>
        cause instanceof GatewayError
          ? cause
          : new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" broke off its event stream: ${messageOf(cause)}.`, {
              cause,
            }),
      )
      .then(error => {
        ready.reject(error)
        if (!ended.signal.aborted) handlers.onClose(error)
      })
    await ready.promise
  }

  return {
    start,
    async send(message) {
      if (endpoint === undefined)
        throw new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" has not named its endpoint yet.`)
      const answer = await request('POST', endpoint, { 'content-type': 'application/json' }, JSON.stringify(message))
      const text = await readStart(answer.body, 4_096)
      if (answer.statusCode >= 300)
        throw new HttpStatusError(config, answer.statusCode, text, answer.statusCode === 404)
    },
    async close() {
      ended.abort()
      await agent.destroy()
    },
  }
}
