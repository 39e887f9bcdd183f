import type { Caller } from '../core/caller.ts'
import type { Endpoint, View } from '../core/catalog.ts'
import type { JsonObject } from '../core/json.ts'
import type { CallToolResult } from '../core/tool.ts'
import type { CallContext } from '../core/tool-source.ts'

/** Who asks, at which endpoint, narrowed to which sources or groups (`x-mcp-servers`). */
export type Scope = Readonly<{ caller: Caller; endpoint: Endpoint; narrowedTo?: readonly string[] }>

export interface Gateway {
  list(scope: Scope): Promise<View>
  call(scope: Scope, name: string, args: JsonObject, context: CallContext): Promise<CallToolResult>
  endpoint(name: string): Endpoint | undefined
}
