import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { mapSchemas } from '../../core/map-schemas.ts'
import type { ChatTool, FunctionTool, TurnRequest } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import type { OpenAiProfile } from './profiles.ts'

/**
 * Writes `tools`, `tool_choice` and `parallel_tool_calls`; nothing of a choice that says nothing without tools.
 *
 * `strict` is dropped where the schema does not keep its rules, and a function without parameters says so: many endpoints
 * ask for them.
 */
export function toTools({ tools, toolChoice }: TurnRequest, profile: OpenAiProfile): JsonObject {
  const allowed = profile.allowedTools ? undefined : readAllowed(toolChoice)
  const offered = allowed === undefined ? tools : tools.filter(tool => allowed.names.has(nameOf(tool)))
  const choice = allowed === undefined ? toolChoice : allowed.mode
  const saysNothing = choice === undefined || (offered.length === 0 && (choice === 'auto' || choice === 'none'))
  return {
    ...(offered.length > 0 && {
      tools: offered.map(tool => (isFunctionTool(tool) ? toFunction(tool, profile) : tool)),
    }),
    ...(!saysNothing && { tool_choice: choice }),
  }
}

function toFunction(tool: FunctionTool, { maxDescription = Number.POSITIVE_INFINITY }: OpenAiProfile): FunctionTool {
  const { parameters, strict, description } = tool.function
  const isLoose = strict === true && isObject(parameters) && !keepsStrictRules(parameters)
  const isLong = typeof description === 'string' && description.length > maxDescription
  if (!isLoose && !isLong && parameters !== undefined) return tool
  const { strict: _, ...others } = tool.function
  return {
    ...tool,
    function: {
      ...others,
      ...(isLong && { description: `${description.slice(0, maxDescription - 1).toWellFormed()}…` }),
      parameters: parameters ?? { type: 'object', properties: {} },
      ...(strict !== undefined && !isLoose && { strict }),
    },
  }
}

/** Structured outputs: every object names all its properties as required, and allows no others. */
function keepsStrictRules(schema: JsonObject): boolean {
  let keeps = true
  const visit = (node: JsonObject): JsonObject => {
    const { type, properties, required, additionalProperties } = node
    if (type === 'object' || isObject(properties)) {
      const names = Array.isArray(required) ? required : []
      const keys = isObject(properties) ? Object.keys(properties) : []
      if (additionalProperties !== false || !keys.every(key => names.includes(key))) keeps = false
    }
    return keeps ? mapSchemas(node, visit) : node
  }
  visit(schema)
  return keeps
}

/** What `{type: "allowed_tools"}` says. */
function readAllowed(choice: unknown): { names: ReadonlySet<string>; mode: unknown } | undefined {
  const allowed = isObject(choice) && choice.type === 'allowed_tools' ? choice.allowed_tools : undefined
  if (!isObject(allowed) || !Array.isArray(allowed.tools)) return undefined
  return { names: new Set(allowed.tools.filter(isObject).map(nameOf)), mode: allowed.mode ?? 'auto' }
}

/** Function tools go by their name; others by their type as well. */
function nameOf(tool: JsonObject | ChatTool): string {
  const inner = tool[String(tool.type)]
  const name = isObject(inner) ? inner.name : tool.name
  return `${tool.type} ${typeof name === 'string' ? name : ''}`
}
