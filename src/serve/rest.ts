import * as z from 'zod'
import type { Caller } from '../core/caller.ts'
import type { CatalogEntry } from '../core/catalog.ts'
import { count } from '../core/count.ts'
import { afterName, GatewayError, messageOf } from '../core/errors.ts'
import type { Tool } from '../core/tool.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { callerHeaders } from './caller-headers.ts'
import { toGatewayError } from './errors.ts'
import type { Door } from './exchange.ts'
import { readJson, sendJson } from './exchange.ts'
import type { Preview } from './preview.ts'
import { endpointOf, narrowedBy } from './scope.ts'
import { toSourceHealth } from './source-health.ts'

/** What the REST doors need. `preview` opens the server or document of the body, lists it and closes it again. */
export type RestOptions = Readonly<{
  gateway: Gateway
  preview: Preview
}>

/** The doors under `/mcp-rest`, with LiteLLM's paths and field names. */
export type RestDoors = Readonly<{ list: Door; call: Door; testList: Door; testConnection: Door }>

/** Serves the gateway's verbs as plain JSON over HTTP. */
export function createRestDoors({ gateway, preview }: RestOptions): RestDoors {
  return {
    async list(exchange) {
      const { query, caller } = exchange
      const wanted = query.get('server_id') ?? query.get('server') ?? undefined
      const only = endpointOf(wanted, caller, gateway)
      const ids = only.kind === 'source' ? [only.id] : only.kind === 'some' ? only.ids : undefined
      // One source is shown under the names of the aggregate too: the names that /mcp-rest/tools/call takes.
      const endpoint = ids === undefined ? ({ kind: 'all' } as const) : ({ kind: 'some', ids } as const)
      const view = await gateway.list({ caller, endpoint, ...narrowedBy(exchange) })
      const unwell = gateway
        .health()
        .filter(({ id, state }) => state !== 'ready' && (ids?.includes(id) ?? visible(caller, id)))
      const failing = unwell.filter(({ state }) => state !== 'degraded')
      const tools = view.tools.map(tool => describe(tool, view.find(tool.name)))
      const reasons = failing.map(
        ({ id, state, lastFailure }) =>
          `"${id}" is ${state}: ${afterName(id, lastFailure?.message ?? 'not listed yet')}`,
      )
      sendJson(exchange.response, 200, {
        tools,
        error: failing.length > 0 ? 'partial_failure' : null,
        message: reasons.join('\n') || count(tools.length, 'tool'),
        ...(unwell.length > 0 && { servers: unwell.map(toSourceHealth) }),
      })
    },

    async call(exchange) {
      const { name, arguments: args, server_id } = parse(callBody, await readJson(exchange))
      const { caller, gone } = exchange
      const endpoint = endpointOf(server_id, caller, gateway)
      const result = await gateway.call(
        { caller, endpoint, ...narrowedBy(exchange) },
        await publicName(gateway, caller, endpoint, name),
        args,
        {
          signal: gone,
          callerId: caller.id,
          get headers() {
            return callerHeaders(exchange.request.headers, caller)
          },
        },
      )
      sendJson(exchange.response, 200, result)
    },

    async testList(exchange) {
      const candidate = parse(candidateBody, await readJson(exchange))
      const { entries, message, ...details } = await preview(candidate, exchange.caller, exchange.gone)
      const tools = entries.map(entry => describe({ ...entry.tool, name: entry.name }, entry))
      sendJson(exchange.response, 200, { tools, error: null, message, ...details })
    },

    async testConnection(exchange) {
      const wanted = parse(candidateBody, await readJson(exchange))
      try {
        const found = await preview(wanted, exchange.caller, exchange.gone)
        sendJson(exchange.response, 200, { status: 'ok', error: null, message: found.message })
      } catch (thrown) {
        const error = toGatewayError(thrown)
        if (['REQUEST_INVALID', 'FORBIDDEN'].includes(error.code)) throw error
        sendJson(exchange.response, 200, { status: 'error', error: error.code, message: messageOf(error) })
      }
    },
  }
}

const callBody = z.strictObject({
  name: z.string().min(1),
  arguments: z.record(z.string(), z.unknown()).default({}),
  server_id: z.string().optional(),
})

/** The fields of an entry of the configuration, LiteLLM's names included; `config` knows them and checks each. */
const candidateBody = z.record(z.string(), z.unknown())

/** @throws GatewayError `REQUEST_INVALID` naming the first field that is wrong and what it should be */
function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new GatewayError(
    'REQUEST_INVALID',
    `The field "${issue?.path.join('.') || 'body'}" is wrong: ${issue?.message}.`,
  )
}

/** With a `server_id`, both the name that the aggregate gives a tool and the source's own are understood. */
async function publicName(
  gateway: Gateway,
  caller: Caller,
  endpoint: ReturnType<typeof endpointOf>,
  name: string,
): Promise<string> {
  if (endpoint.kind !== 'source') return name
  const view = await gateway.list({ caller, endpoint })
  if (view.find(name) !== undefined) return name
  return (
    view.tools.find(tool => view.find(tool.name)?.name === name || view.find(tool.name)?.key === name)?.name ?? name
  )
}

function describe(tool: Tool, entry: CatalogEntry | undefined): object {
  const about =
    entry === undefined
      ? {}
      : {
          mcp_info: { server_name: entry.sourceId },
          ...(entry.renamed && { renamed: entry.renamed, original_name: entry.tool.name }),
        }
  return { ...tool, ...about }
}

function visible(caller: Caller, sourceId: string): boolean {
  return caller.access.sources?.includes(sourceId) ?? true
}
