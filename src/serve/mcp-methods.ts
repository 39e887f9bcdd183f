import type { View } from '../core/catalog.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import { writeJson } from '../core/json-text.ts'
import type { Limits } from '../core/limits.ts'
import type { RpcRequest } from '../core/protocol.ts'
import { legacyRevisions, metaKey, modernRevision, rpcCode, withoutHopFields } from '../core/protocol.ts'
import type { CallToolResult, Progress } from '../core/tool.ts'
import type { Gateway, Scope } from '../gateway/gateway.ts'
import type { RawHeaders } from './caller-headers.ts'
import { callerHeaders } from './caller-headers.ts'
import { RpcFailure } from './errors.ts'
import { toOldResult, toOldTool } from './mcp-eras.ts'
import { pageOf } from './mcp-pages.ts'

/** How long a modern client may keep a list. Short, since only some clients listen for changes (SEP-2549). */
const listTtlMs = 10_000

/** Who we are: `{ name, version, title }` as `serverInfo`, and what we tell a model about ourselves. */
export type ServerIdentity = Readonly<{ info: JsonObject; instructions: string }>

/** One request of a client of either era, transport set aside. */
export type McpRequest = Readonly<{
  request: RpcRequest
  scope: Scope
  modern: boolean
  signal: AbortSignal
  /** Sends `notifications/progress` on the stream of this request; called only where the client gave a token. */
  sendProgress: (params: JsonObject) => void
  /** Of the HTTP request that carried it, by reference; absent over stdio. */
  headers?: RawHeaders
}>

/** The methods of MCP that Patchbay serves, the same over HTTP and stdio. */
export type McpMethods = Readonly<{
  /** @returns the result as JSON text @throws GatewayError or RpcFailure */
  answer(request: McpRequest): Promise<string | Buffer>
}>

/** Serves the gateway's verbs as MCP methods. */
export function createMcpMethods(gateway: Gateway, identity: ServerIdentity, limits: Limits): McpMethods {
  const stamp = { resultType: 'complete', _meta: { [metaKey.serverInfo]: identity.info } }
  const stampText = JSON.stringify(stamp).slice(1)
  const capabilities = { tools: { listChanged: true } }

  const initialize = ({ request }: McpRequest): string => {
    const wanted = request.params?.protocolVersion
    if (typeof wanted !== 'string') throw new RpcFailure(rpcCode.invalidParams, 'initialize needs a protocolVersion.')
    // An unknown revision is answered with our newest of this era; the client decides (2025-11-25, lifecycle).
    const protocolVersion = legacyRevisions.includes(wanted) ? wanted : legacyRevisions[0]
    return JSON.stringify({
      protocolVersion,
      capabilities,
      serverInfo: identity.info,
      instructions: identity.instructions,
    })
  }

  const discover = (): string =>
    JSON.stringify({
      ...stamp,
      supportedVersions: [modernRevision],
      capabilities,
      instructions: identity.instructions,
      ttlMs: listTtlMs,
      cacheScope: 'private',
    })

  const list = async ({ request, scope, modern }: McpRequest): Promise<Buffer> => {
    const view: View = await gateway.list(scope)
    const extra = modern ? { ...stamp, ttlMs: listTtlMs, cacheScope: 'private' } : {}
    return pageOf(view, {
      cursor: request.params?.cursor,
      pageSize: limits.pageSize,
      extra,
      toTool: modern ? tool => tool : toOldTool,
      variant: modern ? 'modern' : 'legacy',
    })
  }

  const call = async ({ request, scope, modern, signal, sendProgress, headers = {} }: McpRequest): Promise<string> => {
    const { name, arguments: args = {}, _meta: sent } = request.params ?? {}
    if (typeof name !== 'string') throw new RpcFailure(rpcCode.invalidParams, 'tools/call needs the name of a tool.')
    if (!isObject(args))
      throw new RpcFailure(rpcCode.invalidParams, `The arguments of "${name.slice(0, 128)}" must be an object.`)
    const token = isObject(sent) ? sent.progressToken : undefined
    const meta = withoutHopFields(sent)
    const onProgress = (progress: Progress): void => sendProgress({ ...progress, progressToken: token })
    const context = {
      signal,
      ...(meta && { meta }),
      ...(token !== undefined && { onProgress }),
      get headers() {
        return callerHeaders(headers, scope.caller)
      },
    }
    const result = await gateway.call(scope, name, args, context)
    return modern ? stamped(result) : writeJson(toOldResult(result))
  }
  /** A result of the modern era says so, and who answers. */
  const stamped = (result: CallToolResult): string => {
    if ('_meta' in result || 'resultType' in result)
      return JSON.stringify({ ...result, ...stamp, _meta: { ...result._meta, ...stamp._meta } })
    // What nearly every result is: the stamp, written once, goes behind its last field.
    return `${writeJson(result).slice(0, -1)},${stampText}`
  }

  const other = async (request: McpRequest): Promise<string | Buffer> => {
    const { method } = request.request
    if (method === 'tools/list') return list(request)
    if (request.modern && method === 'server/discover') return discover()
    if (!request.modern && method === 'initialize') return initialize(request)
    if (!request.modern && method === 'ping') return '{}'
    throw new GatewayError('METHOD_NOT_FOUND', `Patchbay does not serve the method "${method.slice(0, 100)}".`)
  }

  return { answer: request => (request.request.method === 'tools/call' ? call(request) : other(request)) }
}
