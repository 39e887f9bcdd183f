import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { RpcRequest } from '../../core/protocol.ts'
import { metaKey } from '../../core/protocol.ts'
import type { Scope } from '../../gateway/gateway.ts'
import type { RawHeaders } from '../caller-headers.ts'
import type { McpReply } from './mcp-reply.ts'
import type { OldClient } from './old-client.ts'

/** One request of a client of either era, transport set aside. */
export type McpRequest = {
  readonly request: RpcRequest
  readonly scope: Scope
  readonly modern: boolean
  readonly signal: AbortSignal
  /** Where its messages go. Another one once its call was parked, see {@link parkCalls}. */
  reply: McpReply
  /** Ends the call where it has outlived the request that began it. */
  readonly owner: Readonly<{ abort(): void }>
  /** Of the HTTP request that carried it, by reference; absent over stdio. */
  readonly headers?: RawHeaders
  /** The client that asks, where it is of the old era and known to us by a session or a pipe. */
  readonly client?: OldClient
}

/** What a modern client declares with its request that it can do; nothing for an old one, whose session knows. */
export function capabilitiesOf({ request }: Pick<McpRequest, 'request'>): JsonObject {
  const meta = isObject(request.params?._meta) ? request.params._meta : {}
  const declared = meta[metaKey.clientCapabilities]
  return isObject(declared) ? declared : {}
}
