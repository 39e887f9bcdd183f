import { z } from 'zod'
import type { ChatTool } from '../../core/model.ts'

/** An entry `{type: "mcp"}` of `tools`: OpenAI's, with our values of `server_url`; other fields have no effect here. */
export type McpTool = Readonly<{
  type: 'mcp'
  server_label?: string | null | undefined
  server_url: string
  allowed_tools?: string[] | McpFilter | null | undefined
  /** Ours: tools that are left out, by name. */
  disallowed_tools?: string[] | null | undefined
  require_approval?:
    | 'always'
    | 'never'
    | { always?: McpFilter | null | undefined; never?: McpFilter | null | undefined }
    | null
    | undefined
  headers?: Record<string, string> | null | undefined
  /** What the server is to be sent as `Authorization`, a token where it names no scheme. */
  authorization?: string | null | undefined
}>

/** Tools by name, or those that only read; both together where both are given. */
export type McpFilter = Readonly<{ tool_names?: string[] | null | undefined; read_only?: boolean | null | undefined }>

const filterSchema: z.ZodType<McpFilter> = z.object({
  tool_names: z.array(z.string()).nullish(),
  read_only: z.boolean().nullish(),
})

/** As much as all headers of a request may hold that comes to us (Node's `maxHeaderSize`). */
const maxHeaderLength = 16_384
const tooLong = `holds more than ${maxHeaderLength} characters`

/** Reads an entry; the fields that have no effect here are dropped. */
export const mcpToolSchema: z.ZodType<McpTool> = z.object({
  type: z.literal('mcp'),
  connector_id: z
    .null({ error: 'names a connector, which only its vendor has: give the server_url of an MCP server' })
    .optional(),
  server_label: z.string().nullish(),
  server_url: z.string({ error: 'is missing: name a server, such as "patchbay/mcp/<server>", or "patchbay" for all' }),
  allowed_tools: z
    .union([z.array(z.string()), filterSchema], { error: 'must be a list of names or {tool_names}' })
    .nullish(),
  disallowed_tools: z.array(z.string(), { error: 'must be a list of names' }).nullish(),
  require_approval: z
    .union([z.enum(['always', 'never']), z.object({ always: filterSchema.nullish(), never: filterSchema.nullish() })], {
      error: 'must be "always", "never" or {always, never}',
    })
    .nullish(),
  headers: z
    .record(z.string(), z.string())
    .refine(headers => JSON.stringify(headers).length <= maxHeaderLength, { error: tooLong })
    .nullish(),
  authorization: z.string().max(maxHeaderLength, { error: tooLong }).nullish(),
})

/** True for an entry that stands for our tools. */
export function isMcpTool(tool: McpTool | ChatTool): tool is McpTool {
  return tool.type === 'mcp'
}
