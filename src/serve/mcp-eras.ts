import { isObject } from '../core/json.ts'
import type { CallToolResult, Tool } from '../core/tool.ts'

/**
 * A tool as clients older than 2026-07-28 can read it: to them an output is always an object, and one schema that says
 * otherwise makes them refuse the whole list (2025-11-25, server/tools, "Output Schema").
 */
export function toOldTool(tool: Tool): Tool {
  if (tool.outputSchema === undefined || tool.outputSchema.type === 'object') return tool
  const { outputSchema: _, ...rest } = tool
  return rest
}

/** A result as they can read it. An output that is no object is left to the text, which is made where there is none. */
export function toOldResult(result: CallToolResult): CallToolResult {
  const { structuredContent, ...rest } = result
  if (structuredContent === undefined || isObject(structuredContent)) return result
  if (rest.content.length > 0) return rest as CallToolResult
  return { ...rest, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] }
}
