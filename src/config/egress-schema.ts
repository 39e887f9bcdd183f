import { z } from 'zod'
import type { Loose } from './schema-parts.ts'
import { texts } from './schema-parts.ts'

/** The `egress` block. */
export type EgressBlock = Loose<{
  allowHosts: readonly string[]
  callerServers: Loose<{ allow: readonly string[]; allowHosts: readonly string[] }>
}>

/** The shape of the block. */
export function egressSchema(): z.ZodType<EgressBlock> {
  return z
    .strictObject({
      allowHosts: texts('Hosts off the public internet that every OpenAPI entry and every preview may reach.'),
      callerServers: z
        .strictObject({
          allow: texts('Their URLs, such as https://mcp.example.com/*; `*` may stand for any host or part of a path.'),
          allowHosts: texts('Hosts among them off the public internet.'),
        })
        .optional()
        .describe('MCP servers that callers of completions may name as `server_url`. Default: none.'),
    })
    .describe('Where requests for OpenAPI documents and to their APIs may go, and which servers callers may name.')
}
