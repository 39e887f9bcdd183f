import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage, ChatTool, ToolCall, TurnRequest } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import type { Dialect } from '../codec.ts'
import type { NameMap, NameRule } from './tool-names.ts'
import { mapNames } from './tool-names.ts'

/**
 * Makes every tool name of a request legal for a provider: in tools, tool_choice and history.
 *
 * Copies what it changes and shares the rest; the caller's objects are never written to. The map goes with the answer
 * to {@link restoreNames}, and nowhere else.
 */
export function renameTools(
  request: TurnRequest,
  rule: NameRule,
  native: NativeNames = { wire: 'openai' },
): { request: TurnRequest; names: NameMap } {
  const names = mapNames(
    rule,
    request.tools.filter(isFunctionTool).map(tool => tool.function.name),
    [
      ...namesInChoice(request.toolChoice),
      ...request.messages.flatMap(message => [...namesInMessage(message), ...namesInNative(message, native)]),
    ],
    request.tools.filter(tool => !isFunctionTool(tool)).flatMap(hostedName),
  )
  if (names.forward.size === 0) return { request, names }
  const rename = (name: unknown): unknown => (typeof name === 'string' ? (names.forward.get(name) ?? name) : name)
  return {
    names,
    request: {
      ...request,
      tools: request.tools.map(tool => (isFunctionTool(tool) ? renameFunction(tool, rename) : tool)),
      messages: request.messages.map(message => renameInNative(renameInMessage(message, rename), native, names)),
      ...(request.toolChoice !== undefined && { toolChoice: renameInChoice(request.toolChoice, rename) }),
    },
  }
}

/** How the tools are renamed in messages that one wire has in its own form. */
export type NativeNames = Pick<Dialect, 'wire' | 'renameNative'>

/** Gives calls of an answer the names back that the caller knows. */
export function restoreNames(calls: readonly ToolCall[], names: NameMap): readonly ToolCall[] {
  if (names.reverse.size === 0) return calls
  return calls.map(call =>
    renameFunction(call, name => (typeof name === 'string' ? (names.reverse.get(name) ?? name) : name)),
  )
}

type Rename = (name: unknown) => unknown

/** Renames `function.name` of a tool, a call or a choice; anything else passes as it is. */
function renameFunction<T extends JsonObject>(holder: T, rename: Rename): T {
  const named = holder.function
  if (!isObject(named) || rename(named.name) === named.name) return holder
  return { ...holder, function: { ...named, name: rename(named.name) } }
}

function renameInChoice(choice: unknown, rename: Rename): unknown {
  if (!isObject(choice)) return choice
  const allowed = choice.allowed_tools
  if (!isObject(allowed) || !Array.isArray(allowed.tools)) return renameFunction(choice, rename)
  const tools = allowed.tools.map(tool => (isObject(tool) ? renameFunction(tool, rename) : tool))
  return { ...choice, allowed_tools: { ...allowed, tools } }
}

/** Besides `tool_calls`: the older `function_call`, and `name` where a message is a tool's answer. */
function renameInMessage(message: ChatMessage, rename: Rename): ChatMessage {
  const { tool_calls: calls, function_call: call } = message
  const isAnswer = message.role === 'tool' || message.role === 'function'
  if (calls === undefined && call === undefined && !isAnswer) return message
  return {
    ...message,
    ...(Array.isArray(calls) && {
      tool_calls: calls.map((call: unknown) => (isObject(call) ? renameFunction(call, rename) : call)) as ToolCall[],
    }),
    ...(isObject(call) && { function_call: { ...call, name: rename(call.name) } }),
    ...(isAnswer && message.name !== undefined && { name: rename(message.name) }),
  }
}

function renameInNative(message: ChatMessage, { wire, renameNative }: NativeNames, names: NameMap): ChatMessage {
  const { native } = message
  if (native?.wire !== wire || renameNative === undefined) return message
  return { ...message, native: { wire, value: renameNative(native.value, name => names.forward.get(name) ?? name) } }
}

function namesInNative({ native }: ChatMessage, { wire, renameNative }: NativeNames): string[] {
  const names: string[] = []
  if (native?.wire === wire) {
    renameNative?.(native.value, name => {
      names.push(name)
      return name
    })
  }
  return names
}

function namesInChoice(choice: unknown): string[] {
  if (!isObject(choice)) return []
  const allowed = choice.allowed_tools
  const listed = isObject(allowed) && Array.isArray(allowed.tools) ? allowed.tools : []
  return [choice, ...listed].flatMap(functionName)
}

function namesInMessage(message: ChatMessage): string[] {
  const isAnswer = message.role === 'tool' || message.role === 'function'
  const calls: readonly unknown[] = Array.isArray(message.tool_calls) ? message.tool_calls : []
  return [
    ...calls.flatMap(functionName),
    ...functionName({ function: message.function_call }),
    ...(isAnswer ? functionName({ function: message }) : []),
  ]
}

function functionName(holder: unknown): string[] {
  const named = isObject(holder) ? holder.function : undefined
  return isObject(named) && typeof named.name === 'string' ? [named.name] : []
}

/** A hosted tool is known by its type, its `name`, or the name in the object of its type (`custom: { name }`). */
function hostedName(tool: ChatTool): string[] {
  const inner = tool[tool.type]
  return [tool.type, tool.name, isObject(inner) ? inner.name : undefined].filter(name => typeof name === 'string')
}
