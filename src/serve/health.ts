import { GatewayError } from '../core/errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Door } from './exchange.ts'
import { sendJson } from './exchange.ts'
import { toSourceHealth } from './source-health.ts'

/** The doors for operations: is it alive, is it ready, what is served here. */
export type HealthDoors = Readonly<{ healthz: Door; readyz: Door; metrics: Door; index: Door }>

/** What was counted, ready to be sent. */
export type MetricsText = Readonly<{ contentType: string; text: string }>

/** What the doors need. `isReady` turns true once the first lists are in, and false when a stop has begun. */
export type HealthOptions = Readonly<{ isReady: () => boolean; version: string; metrics?: () => Promise<MetricsText> }>

/** Makes the doors. */
export function createHealthDoors(gateway: Gateway, options: HealthOptions): HealthDoors {
  return {
    async healthz({ response }) {
      sendJson(response, 200, { status: 'ok', version: options.version })
    },
    /** An upstream that is away does not make the gateway unready: the others are served. Details only with a key. */
    async readyz({ response, caller }) {
      const ready = options.isReady()
      const mayKnow = caller.access.sources === undefined
      const sources = gateway.health().map(toSourceHealth)
      sendJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', ...(mayKnow && { sources }) })
    },
    /** For whoever may see every source: their ids and how they do are told. */
    async metrics({ response, caller }) {
      if (caller.access.sources !== undefined || caller.access.tools !== undefined)
        throw new GatewayError(
          'FORBIDDEN',
          'Metrics are told to a key without limits: one with neither servers nor tools.',
        )
      const { contentType, text } = (await options.metrics?.()) ?? nothing
      const body = Buffer.from(text)
      response.writeHead(200, {
        'content-type': contentType,
        'cache-control': 'no-store',
        'content-length': body.length,
      })
      response.end(body)
    },
    async index({ response }) {
      sendJson(response, 200, {
        name: 'patchbay',
        version: options.version,
        mcp: ['/mcp', '/mcp/{server or group}', '/{server or group}/mcp', '/sse', '/{server or group}/sse'],
        rest: [
          'GET /mcp-rest/tools/list',
          'POST /mcp-rest/tools/call',
          'POST /mcp-rest/test/tools/list',
          'POST /mcp-rest/test/connection',
        ],
        completions: [
          'POST /v1/chat/completions',
          'POST /v1/responses',
          'GET /v1/responses/{id}',
          'DELETE /v1/responses/{id}',
          'GET /v1/responses/{id}/input_items',
          'POST /v1/messages',
          'POST /v1/messages/count_tokens',
          'POST /v1/embeddings',
          'GET /v1/models',
          'GET /v1/models/{id}',
        ],
        health: ['/healthz', '/readyz', '/metrics'],
      })
    },
  }
}

const nothing: MetricsText = { contentType: 'text/plain; charset=utf-8', text: '' }
