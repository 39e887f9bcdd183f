import { toHeaderValue } from '../../core/header-params.ts'
import { isObject } from '../../core/json.ts'
import type { RpcMessage } from '../../core/protocol.ts'
import { metaKey } from '../../core/protocol.ts'

/** A modern request repeats its method and name in headers, for routers on the way (SEP-2243); others have none. */
export function messageHeaders({ method, params }: RpcMessage): Record<string, string> | undefined {
  const meta = params?._meta
  const revision = isObject(meta) ? meta[metaKey.protocolVersion] : undefined
  if (typeof revision !== 'string' || method === undefined) return undefined
  const name = params?.[nameFields[method] ?? '']
  return {
    'mcp-protocol-version': revision,
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': toHeaderValue(name) }),
  }
}

/** What each of these requests names (2026-07-28, transports/streamable-http, "Standard MCP Request Headers"; SEP-2663). */
const nameFields: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/cancel': 'taskId',
  'tasks/update': 'taskId',
}
