import type { View } from '../../core/catalog.ts'
import { GatewayError } from '../../core/errors.ts'
import { isHeaderName, isHeaderValue } from '../../core/header-name.ts'
import type { JsonObject } from '../../core/json.ts'
import type { CallToolResult } from '../../core/tool.ts'
import type { CallerServers, NamedServer } from '../../gateway/caller-servers.ts'
import { notOfOurs } from '../../gateway/caller-servers.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import { callerHeaders, headersElsewhere } from '../caller-headers.ts'
import type { Exchange } from '../exchange.ts'
import type { McpTool } from './mcp-entry.ts'
import type { IsOwnUrl, ServerTarget } from './server-url.ts'
import { ownUrls, readServerUrl } from './server-url.ts'

/** What the doors of completions need of the gateway. */
export type LlmGateway = Pick<Gateway, 'list' | 'call' | 'endpoint'> & Partial<Pick<Gateway, 'health'>>

/** What the tools of an entry come from. */
export type EntryParts = Readonly<{
  gateway: LlmGateway
  /** Tells a `server_url` of our own; by default one whose host is that of the request. */
  isOwnUrl?: IsOwnUrl
  /** Servers elsewhere; none may be named by default. */
  callerServers?: CallerServers
}>

/** What one `mcp` entry of a request brings in, and the way to call it. */
export type OpenEntry = Readonly<{
  view: View
  /** Present for a server elsewhere: tells it from all others. */
  elsewhere?: string
  /** Calls a tool by its name in the view. */
  call: (name: string, args: JsonObject, signal: AbortSignal) => Promise<CallToolResult>
  /** The servers of ours that the entry means by name and that are not there now. Not cheap. */
  away?: () => readonly string[]
}>

/**
 * Finds what the `server_url` of an entry means and lists its tools. Headers and `authorization` of the entry go to its
 * servers and to no others: to those of the configuration as far as they take a caller's headers.
 *
 * @throws GatewayError `REQUEST_INVALID`, `SOURCE_NOT_FOUND`; of a server elsewhere `FORBIDDEN` or `EGRESS_DENIED` where it
 *   may not be named, `CALLER_SERVER_FAILED` where it cannot be listed
 */
export async function openEntry(entry: McpTool, exchange: Exchange, parts: EntryParts): Promise<OpenEntry> {
  const { isOwnUrl = ownUrls() } = parts
  const target = readServerUrl(entry.server_url, url => isOwnUrl(url, exchange.request))
  return target.kind === 'ours'
    ? openOurs(entry, target, exchange, parts.gateway)
    : openElsewhere(entry, target.url, exchange, parts.callerServers)
}

async function openOurs(
  entry: McpTool,
  { name }: Extract<ServerTarget, { kind: 'ours' }>,
  { caller, request }: Exchange,
  gateway: EntryParts['gateway'],
): Promise<OpenEntry> {
  const own = headersOf(entry)
  // `headers: {"x-mcp-servers": "a,b"}` narrows an entry, as the header does at `/mcp`; LiteLLM's way to say it.
  const narrowedTo = own['x-mcp-servers']?.split(',').map(part => part.trim())
  const scope: Scope = {
    caller,
    endpoint: name === undefined ? { kind: 'all' } : gateway.endpoint(name, caller),
    ...(narrowedTo && { narrowedTo }),
  }
  return {
    view: await gateway.list(scope),
    away: () => awayOf(scope, gateway),
    call: (tool, args, signal) =>
      gateway.call(scope, tool, args, {
        signal,
        callerId: caller.id,
        get headers() {
          return callerHeaders(request.headers, caller, own, authorizationOf(entry))
        },
      }),
  }
}

function awayOf({ endpoint, caller }: Scope, gateway: LlmGateway): readonly string[] {
  const named = endpoint.kind === 'source' ? [endpoint.id] : endpoint.kind === 'some' ? endpoint.ids : []
  const ids = named.filter(id => caller.access.sources?.includes(id) ?? true)
  const health = ids.length > 0 ? (gateway.health?.() ?? []) : []
  return health.flatMap(({ id, state }) => (ids.includes(id) && state !== 'ready' && state !== 'degraded' ? [id] : []))
}

async function openElsewhere(
  entry: McpTool,
  url: URL,
  { caller, request, gone }: Exchange,
  callerServers: CallerServers | undefined,
): Promise<OpenEntry> {
  if (callerServers === undefined) throw notOfOurs(url)
  const authorization = authorizationOf(entry)
  const given = { ...headersOf(entry), ...(authorization !== undefined && { authorization }) }
  const label = labelOf(entry.server_label ?? '') || url.hostname
  const unsendable = Object.entries(given).find(([name, value]) => !isHeaderName(name) || !isHeaderValue(value))
  if (unsendable !== undefined) {
    const message = `The entry "${label}" has a header ${JSON.stringify(unsendable[0].slice(0, 60))} that cannot be sent.`
    throw new GatewayError('REQUEST_INVALID', message, { data: { param: 'tools' } })
  }
  const headers = headersElsewhere(request.headers, caller, given)
  if (headers === undefined) {
    const message = `The entry "${label}" has this gateway's own key in its headers, which is sent to no other server.`
    throw new GatewayError('REQUEST_INVALID', message, { data: { param: 'tools' } })
  }
  const server: NamedServer = { label, url, headers }
  try {
    const { id, view, call } = await callerServers.open(server, caller, gone)
    return { view, elsewhere: id, call: (tool, args, signal) => call(tool, args, { signal, callerId: caller.id }) }
  } catch (error) {
    throw error instanceof GatewayError ? whyNotListed(label, error) : error
  }
}

/** Names in lower case. */
function headersOf({ headers }: McpTool): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
}

/** A token alone is a bearer's; a scheme stands before a space (RFC 9110, section 11.4). */
function authorizationOf({ authorization }: McpTool): string | undefined {
  const text = authorization?.trim() ?? ''
  if (text === '') return undefined
  return /\s/.test(text) ? text : `Bearer ${text}`
}

/** As errors may show it. */
function labelOf(given: string): string {
  return given
    .replace(/[\p{C}\p{Zl}\p{Zp}"]/gu, '')
    .trim()
    .slice(0, 64)
}

/**
 * What keeps a server from being listed, as opposed to what is wrong with the request: the model must not go on as if the
 * server had no tools, so the request ends here, as with OpenAI.
 */
function whyNotListed(label: string, cause: GatewayError): GatewayError {
  const { code, message, data = { param: 'tools' } } = cause
  // The operator's word on it, not a failure of the server.
  if (code === 'EGRESS_DENIED') return new GatewayError(code, message, { cause, data })
  if (!code.startsWith('SOURCE_') && code !== 'LIMIT_REACHED') return cause
  const text = `The tools of the MCP server "${label}" cannot be listed: ${message}`
  return new GatewayError('CALLER_SERVER_FAILED', text, { cause, data: { param: 'tools' } })
}
