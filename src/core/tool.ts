import type { JsonObject } from './json.ts'

/**
 * A tool as MCP describes it, unknown fields kept (MCP 2026-07-28, server/tools, "Tool").
 *
 * `name` is whatever the holder of the value calls the tool: inside a source its own name, in a view the public one.
 */
export type Tool = Readonly<{
  name: string
  title?: string
  description?: string
  inputSchema: JsonObject
  outputSchema?: JsonObject
  annotations?: ToolAnnotations
  _meta?: JsonObject
  [field: string]: unknown
}>

/** Hints about what a tool does; a hint, never a guarantee (MCP, "ToolAnnotations"). */
export type ToolAnnotations = Readonly<{
  title?: string
  readOnlyHint?: boolean
  destructiveHint?: boolean
  idempotentHint?: boolean
  openWorldHint?: boolean
  [field: string]: unknown
}>

/** One block of a result: `text`, `image`, `audio`, `resource`, `resource_link`, or a type of a later revision. */
export type ContentBlock = Readonly<{ type: string; [field: string]: unknown }>

/** What a call gives back. `isError: true` is the tool's own failure, which the model reads and may mend. */
export type CallToolResult = Readonly<{
  content: readonly ContentBlock[]
  structuredContent?: unknown
  isError?: boolean
  _meta?: JsonObject
  [field: string]: unknown
}>

/** One step of a running call. `progress` only rises; `total` and `message` are optional (MCP, "Progress"). */
export type Progress = Readonly<{ progress: number; total?: number; message?: string; [field: string]: unknown }>

/** A successful result of one text block. */
export function textResult(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] }
}

/** A tool's failure as a value: one text block that says what failed, to which thing, and what to do. */
export function errorResult(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}
