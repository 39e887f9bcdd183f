import type { Caller } from '../core/caller.ts'
import type { Endpoint } from '../core/catalog.ts'
import type { Gateway, Scope } from '../gateway/gateway.ts'
import type { Exchange } from './exchange.ts'

/**
 * The scope of an MCP exchange: `/mcp`, `/mcp/github`, `/github/mcp`, several names with commas between, the same with `/sse`
 * at the end, and what `x-mcp-servers` narrows it to.
 *
 * @throws GatewayError `SOURCE_NOT_FOUND`
 */
export function scopeOfPath(exchange: Exchange, gateway: Gateway): Scope {
  const { path, caller } = exchange
  if (path === '/mcp' || path === '/sse') return { caller, endpoint: everything, ...narrowedBy(exchange) }
  const name = /^\/mcp\/(.+?)\/?$/.exec(path)?.[1] ?? /^\/(.+?)\/(?:mcp|sse)\/?$/.exec(path)?.[1]
  return { caller, endpoint: endpointOf(name, caller, gateway), ...narrowedBy(exchange) }
}

const everything: Endpoint = { kind: 'all' }

/** What the header `x-mcp-servers: a,b` narrows a request to: sources and groups. An empty one leaves nothing. */
export function narrowedBy({ request }: Exchange): Pick<Scope, 'narrowedTo'> {
  const header = request.headers['x-mcp-servers']
  return header === undefined ? {} : { narrowedTo: splitNames(String(header)) }
}

/**
 * The endpoint that a name stands for: a source under its own names, a group, or several of either; all without a name.
 *
 * @throws GatewayError `SOURCE_NOT_FOUND`
 */
export function endpointOf(name: string | undefined, caller: Caller, gateway: Gateway): Endpoint {
  if (name === undefined) return everything
  const [first = '', ...others] = splitNames(name)
  if (others.length === 0) return gateway.endpoint(first, caller)
  const endpoints = [first, ...others].map(each => gateway.endpoint(each, caller))
  return {
    kind: 'some',
    ids: endpoints.flatMap(endpoint =>
      endpoint.kind === 'source' ? [endpoint.id] : endpoint.kind === 'some' ? endpoint.ids : [],
    ),
  }
}

function splitNames(list: string): string[] {
  return list
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')
}
