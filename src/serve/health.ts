import type { Gateway } from '../gateway/gateway.ts'
import type { Door } from './exchange.ts'
import { sendJson } from './exchange.ts'

/** The doors for operations: is it alive, is it ready, what is served here. */
export type HealthDoors = Readonly<{ healthz: Door; readyz: Door; index: Door }>

/** `isReady` turns true once the first lists are in, and false when a stop has begun. */
export function createHealthDoors(gateway: Gateway, options: { isReady: () => boolean; version: string }): HealthDoors {
  return {
    async healthz({ response }) {
      sendJson(response, 200, { status: 'ok', version: options.version })
    },
    /** An upstream that is away does not make the gateway unready: the others are served. Details only with a key. */
    async readyz({ response, caller }) {
      const ready = options.isReady()
      const mayKnow = caller.access.sources === undefined
      const sources = gateway.health().map(({ id, state, tools, notice, lastFailure, quarantined }) => ({
        id,
        state,
        tools,
        ...(notice && { notice }),
        ...(quarantined && { quarantined }),
        ...(lastFailure && { lastFailure }),
      }))
      sendJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', ...(mayKnow && { sources }) })
    },
    async index({ response }) {
      sendJson(response, 200, {
        name: 'patchbay',
        version: options.version,
        mcp: ['/mcp', '/mcp/{server or group}', '/{server or group}/mcp'],
        rest: [
          'GET /mcp-rest/tools/list',
          'POST /mcp-rest/tools/call',
          'POST /mcp-rest/test/tools/list',
          'POST /mcp-rest/test/connection',
        ],
        completions: ['POST /v1/chat/completions', 'GET /v1/models'],
        health: ['/healthz', '/readyz'],
      })
    },
  }
}
