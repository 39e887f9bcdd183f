import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage, FunctionTool, ToolCall, TurnRequest } from '../../core/model.ts'
import { isFunctionCall, isFunctionTool } from '../../core/model.ts'
import type { Dialect } from '../codec.ts'
import type { KeyMap } from './argument-keys.ts'
import { renameArguments } from './argument-keys.ts'
import { legalKeys } from './schema-keys.ts'

/** The keys that had to be changed, by the name of the tool. */
export type KeyMaps = ReadonlyMap<string, KeyMap>

/** Writes the schemas of a request as the dialect has them, and the arguments in its history to match. */
export function fitSchemas(request: TurnRequest, dialect: Dialect): { request: TurnRequest; keys: KeyMaps } {
  const keys = new Map<string, KeyMap>()
  const tools = request.tools.map(tool => {
    if (!isFunctionTool(tool) || !isObject(tool.function.parameters)) return tool
    const { name, parameters, strict } = tool.function
    const { schema, map } = fitSchema(parameters, dialect, strict === true)
    if (map !== undefined) keys.set(name, map)
    return schema === parameters ? tool : withParameters(tool, schema)
  })
  const isSame = tools.every((tool, index) => tool === request.tools[index])
  if (isSame) return { request, keys }
  const messages = keys.size === 0 ? request.messages : request.messages.map(message => withKeys(message, keys))
  return { request: { ...request, tools, messages }, keys }
}

/** Gives calls of an answer the keys back that the caller knows. */
export function restoreKeys(calls: readonly ToolCall[], keys: KeyMaps): readonly ToolCall[] {
  return keys.size === 0 ? calls : calls.map(call => renameInCall(call, keys, 'reverse'))
}

type Fitted = ReturnType<typeof legalKeys>

/** Views and their schemas live long, so a tool of ours is written once for each dialect. */
const written = new WeakMap<Dialect, WeakMap<JsonObject, Fitted>>()
const writtenStrictly = new WeakMap<Dialect, WeakMap<JsonObject, Fitted>>()

function fitSchema(parameters: JsonObject, dialect: Dialect, strict: boolean): Fitted {
  const kept = strict ? writtenStrictly : written
  const known = kept.get(dialect) ?? new WeakMap<JsonObject, Fitted>()
  kept.set(dialect, known)
  const before = known.get(parameters)
  if (before !== undefined) return before
  const { schema, map } = dialect.keys ? legalKeys(parameters, dialect.keys) : { schema: parameters, map: undefined }
  const fitted = { schema: dialect.toSchema(schema, { strict }), ...(map && { map }) }
  known.set(parameters, fitted)
  return fitted
}

function withParameters(tool: FunctionTool, parameters: JsonObject): FunctionTool {
  return { ...tool, function: { ...tool.function, parameters } }
}

function withKeys(message: ChatMessage, keys: KeyMaps): ChatMessage {
  if (!Array.isArray(message.tool_calls)) return message
  return { ...message, tool_calls: message.tool_calls.map(call => renameInCall(call, keys, 'forward')) }
}

function renameInCall(call: ToolCall, keys: KeyMaps, direction: 'forward' | 'reverse'): ToolCall {
  const map = isObject(call) && isFunctionCall(call) ? keys.get(call.function.name) : undefined
  if (map === undefined || !isFunctionCall(call)) return call
  const text = renameArguments(call.function.arguments, map, direction)
  return text === call.function.arguments ? call : { ...call, function: { ...call.function, arguments: text } }
}
