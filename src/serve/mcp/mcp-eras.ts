import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { CallToolResult, Tool } from '../../core/tool.ts'

/**
 * A tool as clients older than 2026-07-28 can read it: to them an output is always an object, and one schema that says
 * otherwise makes them refuse the whole list (2025-11-25, server/tools, "Output Schema"). A list or scalar becomes the
 * `result` of an object, as in {@link toOldResult}; a schema that leaves open which it is, is left out.
 */
export function toOldTool(tool: Tool): Tool {
  if (tool.outputSchema === undefined || tool.outputSchema.type === 'object') return tool
  const { outputSchema, ...rest } = tool
  const wrapped = wrapSchema(outputSchema)
  return wrapped === undefined ? rest : { ...rest, outputSchema: wrapped }
}

/** A tool as clients of 2026-07-28 know it: without the fields of tasks, which that revision has not. */
export function toModernTool(tool: Tool): Tool {
  if (!('execution' in tool)) return tool
  const { execution: _, ...rest } = tool
  return rest
}

/** A result as old clients can read it: output that is no object is wrapped in one, and stands in the text too. */
export function toOldResult(result: CallToolResult): CallToolResult {
  const { structuredContent } = result
  if (structuredContent === undefined || isObject(structuredContent)) return result
  const content = result.content.length > 0 ? result.content : [textOf(structuredContent)]
  return { ...result, content, structuredContent: { result: structuredContent } }
}

function textOf(value: unknown): CallToolResult['content'][number] {
  return { type: 'text', text: JSON.stringify(value) }
}

/** Undefined where a value may or may not be an object, or where references would point elsewhere once it is wrapped. */
function wrapSchema(schema: JsonObject): JsonObject | undefined {
  const types = [schema.type].flat()
  if (types.length === 0 || !types.every(type => typeof type === 'string' && scalarOrList.has(type))) return undefined
  if (hasMovingReference(schema)) return undefined
  const { $schema, $defs, definitions, ...inner } = schema
  return {
    ...($schema !== undefined && { $schema }),
    type: 'object',
    properties: { result: inner },
    required: ['result'],
    ...($defs !== undefined && { $defs }),
    ...(definitions !== undefined && { definitions }),
  }
}

const scalarOrList = new Set(['array', 'string', 'number', 'integer', 'boolean', 'null'])

/** References to shared definitions move along with them; others that start at the root do not. */
function hasMovingReference(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(hasMovingReference)
  if (!isObject(node)) return false
  const { $ref } = node
  if (typeof $ref === 'string' && $ref.startsWith('#') && !/^#\/(\$defs|definitions)\//.test($ref)) return true
  return Object.values(node).some(hasMovingReference)
}
