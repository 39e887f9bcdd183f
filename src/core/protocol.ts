import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'

/** The revision of the modern, stateless era (MCP 2026-07-28). */
export const modernRevision = '2026-07-28'

/** The revisions that start with `initialize`, newest first. */
export const legacyRevisions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']

/**
 * The revision that we agree on with a client that wants this one: our newest of the old era where it is unknown, and the
 * client decides (2025-11-25, lifecycle, "Version Negotiation").
 */
export function agreedRevision(wanted: unknown): string {
  const [newest = ''] = legacyRevisions
  return legacyRevisions.find(revision => revision === wanted) ?? newest
}

/** Reserved keys of `_meta` (MCP 2026-07-28, basic, "Per-request protocol fields"). They belong to one hop. */
export const metaKey = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  logLevel: 'io.modelcontextprotocol/logLevel',
} as const

/** JSON-RPC 2.0 error numbers, and MCP's own (MCP 2026-07-28, basic, "Error Codes"). */
export const rpcCode = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  /** Of the old era only; modern ones say `invalidParams`. */
  resourceNotFound: -32002,
  /** Of the old era only: the user has to visit a URL first (2025-11-25, client/elicitation). */
  urlElicitation: -32042,
} as const

/** The id of a JSON-RPC request; MCP allows no null. */
export type RpcId = string | number

/** A JSON-RPC 2.0 message of any kind, not yet told apart. */
export type RpcMessage = Readonly<{
  jsonrpc: '2.0'
  id?: RpcId
  method?: string
  params?: JsonObject
  result?: unknown
  error?: RpcError
}>

/** The error of a JSON-RPC answer. */
export type RpcError = Readonly<{ code: number; message: string; data?: unknown }>

/** A request: it has a method and an id. */
export type RpcRequest = Readonly<{ jsonrpc: '2.0'; id: RpcId; method: string; params?: JsonObject }>

/** Tells whether a value has the outer shape of a JSON-RPC 2.0 message that MCP allows. */
export function isRpcMessage(value: unknown): value is RpcMessage {
  if (!isObject(value) || value.jsonrpc !== '2.0') return false
  const { id, method, params, error } = value
  if (id !== undefined && typeof id !== 'string' && !(typeof id === 'number' && Number.isFinite(id))) return false
  if (params !== undefined && !isObject(params)) return false
  if (method !== undefined) return typeof method === 'string'
  return id !== undefined && ('result' in value || isRpcError(error))
}

/** The id of what was meant as a request but has no shape that MCP allows; null where it has none. */
export function idOfMalformed(value: unknown): RpcId | null {
  if (!isObject(value) || value.jsonrpc !== '2.0' || value.method === undefined) return null
  const { id } = value
  return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : null
}

/** Tells a request from a notification and an answer. */
export function isRpcRequest(message: RpcMessage): message is RpcRequest {
  return message.method !== undefined && message.id !== undefined
}

/** A `_meta` without the fields that belong to the hop: `progressToken` and the reserved ones; undefined when empty. */
export function withoutHopFields(meta: unknown): JsonObject | undefined {
  if (!isObject(meta)) return undefined
  const kept = Object.entries(meta).filter(
    ([key]) => key !== 'progressToken' && !key.startsWith('io.modelcontextprotocol/'),
  )
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

function isRpcError(value: unknown): value is RpcError {
  return isObject(value) && typeof value.code === 'number' && typeof value.message === 'string'
}
