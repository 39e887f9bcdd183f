import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatTool, TurnRequest } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import { cachePoint } from './bedrock-content.ts'

/**
 * Writes tools and tool_choice as `toolConfig`; undefined where there is neither a tool nor a call in the history.
 *
 * Converse refuses a history with calls when no `toolConfig` comes with it, and it knows no "none". So where a turn may
 * use no tool, the tools that the history has called are named all the same; those that are gone stand as empty ones.
 *
 * @param called - names of the tools in the messages as they are sent
 * @throws GatewayError `REQUEST_INVALID` for a tool that is neither a function nor one of Bedrock's own
 */
export function toToolConfig(request: TurnRequest, called: ReadonlySet<string>): JsonObject | undefined {
  const choice = readChoice(request.toolChoice)
  const { mode, only } = choice
  const isOffered = (tool: ChatTool): boolean => !isFunctionTool(tool) || (only?.has(tool.function.name) ?? true)
  const offered = mode === 'none' ? [] : request.tools.filter(isOffered)
  if (offered.length > 0) return { tools: offered.flatMap(toTool), ...toChoice(choice) }
  if (called.size === 0) return undefined
  const known = request.tools.filter(tool => isFunctionTool(tool) && called.has(tool.function.name))
  const names = new Set(known.filter(isFunctionTool).map(tool => tool.function.name))
  return { tools: [...known.flatMap(toTool), ...[...called].filter(name => !names.has(name)).map(emptyTool)] }
}

/**
 * One call at a time (`parallel_tool_calls: false`), which Converse has no field for: Claude's own `tool_choice`, for
 * `additionalModelRequestFields`. It stands in place of `toolConfig.toolChoice`; with both, Bedrock refuses the request.
 *
 * @returns undefined where calls may be parallel, for other models, and where there is nothing to choose from
 */
export function toSerialChoice({ rest, model, tools, toolChoice }: TurnRequest): JsonObject | undefined {
  const { mode = 'auto', name } = readChoice(toolChoice)
  if (rest.parallel_tool_calls !== false || !/claude/i.test(model) || mode === 'none') return undefined
  if (!tools.some(isFunctionTool)) return undefined
  return { type: mode, ...(mode === 'tool' && { name }), disable_parallel_tool_use: true }
}

/** Whether a choice forces the model to call a tool; Claude cannot think in such a turn. */
export function isForced(toolChoice: unknown): boolean {
  const { mode } = readChoice(toolChoice)
  return mode === 'any' || mode === 'tool'
}

/** `only` are the tools that may be called, `name` the one that must. */
type Choice = Readonly<{ mode?: 'auto' | 'any' | 'tool' | 'none'; only?: ReadonlySet<string>; name?: string }>

function readChoice(choice: unknown): Choice {
  if (choice === 'auto' || choice === 'none') return { mode: choice }
  if (choice === 'required' || choice === 'any') return { mode: 'any' }
  if (!isObject(choice)) return {}
  const { allowed_tools: allowed, function: named } = choice
  if (isObject(allowed)) {
    const listed = Array.isArray(allowed.tools) ? allowed.tools : []
    const names = listed.flatMap(tool => (isObject(tool) && isObject(tool.function) ? [tool.function.name] : []))
    const only = new Set(names.filter(name => typeof name === 'string'))
    return { mode: allowed.mode === 'required' ? 'any' : 'auto', only }
  }
  // The other tools stay: prompt caches hold as long as the tools are the same.
  return isObject(named) && typeof named.name === 'string' ? { mode: 'tool', name: named.name } : {}
}

function toChoice({ mode, name }: Choice): { toolChoice?: JsonObject } {
  if (mode === undefined || mode === 'none') return {}
  return { toolChoice: { [mode]: mode === 'tool' ? { name } : {} } }
}

function toTool(tool: ChatTool, at: number): JsonObject[] {
  if (isFunctionTool(tool)) {
    const { name, description, parameters = {} } = tool.function
    const hasText = typeof description === 'string' && description.trim() !== ''
    const json = { ...parameters, type: 'object' }
    return [{ toolSpec: { name, ...(hasText && { description }), inputSchema: { json } } }, ...cachePoint(tool)]
  }
  const { systemTool } = tool
  if (isObject(systemTool) && typeof systemTool.name === 'string') return [{ systemTool: { name: systemTool.name } }]
  throw new GatewayError(
    'REQUEST_INVALID',
    `tools[${at}] is of type "${tool.type.slice(0, 40)}", which Bedrock does not take. Send tools of type "function" or "mcp".`,
    { data: { param: `tools[${at}]`, code: 'unsupported_tool' } },
  )
}

function emptyTool(name: string): JsonObject {
  return { toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } } }
}
