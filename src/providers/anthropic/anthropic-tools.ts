import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatTool, FunctionTool, TurnRequest } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import type { ModelTraits } from './anthropic-model.ts'
import type { Turn } from './anthropic-turns.ts'

/** The tools of a body, and how they are chosen. */
export type Tools = Readonly<{ tools?: readonly JsonObject[]; tool_choice?: JsonObject }>

/**
 * Writes tools and choice. Hosted tools and Anthropic's own pass untouched.
 *
 * - `allowed_tools` has no counterpart: the other tools are left out of the turn.
 * - `parallel_tool_calls: false` becomes `disable_parallel_tool_use`.
 * - Without tools there is no choice. Where the history has calls, the API wants their tools: they are named, and may not
 *   be called.
 *
 * @throws GatewayError `REQUEST_INVALID` for a choice that names no tool, and for OpenAI's custom tools
 */
export function toTools(request: TurnRequest, turns: readonly Turn[], traits: ModelTraits): Tools {
  const { only, choice } = readChoice(request.toolChoice)
  const offered = only === undefined ? request.tools : request.tools.filter(tool => only.has(nameOf(tool)))
  if (offered.length === 0) return formerTools(turns)
  const isOwn = request.native?.wire === 'anthropic'
  const tools = offered.map(tool => toTool(tool, traits, isOwn))
  const isSerial = isSerialOnly(request)
  const chosen = choice ?? (isSerial ? { type: 'auto' } : undefined)
  const flag = isSerial && chosen?.type !== 'none' ? { disable_parallel_tool_use: true } : {}
  return { tools, ...(chosen && { tool_choice: { ...chosen, ...flag } }) }
}

/** True for a choice that leaves the model no other way than to call. */
export function isForced({ tool_choice: choice }: Tools): boolean {
  return choice?.type === 'any' || choice?.type === 'tool'
}

/** Anthropic's own fields of a tool, which callers put beside OpenAI's. */
const ownFields = ['cache_control', 'defer_loading', 'allowed_callers', 'input_examples', 'eager_input_streaming']

/** @param isOwn - the caller speaks this wire: what they say beside the function are fields of the tool */
function toTool(tool: ChatTool, traits: ModelTraits, isOwn: boolean): JsonObject {
  if (tool.type === 'custom' && isObject(tool.custom)) throw noCustomTools(nameOf(tool))
  if (!isFunctionTool(tool)) return tool
  const { name, description, parameters, strict } = tool.function
  const { type: _, function: __, ...beside } = tool
  return {
    name,
    ...(typeof description === 'string' && description.trim() !== '' && { description }),
    input_schema: parameters ?? { type: 'object', properties: {} },
    ...(strict === true && (isOwn || traits.strictTools) && { strict }),
    ...(isOwn ? beside : pickOwn(tool)),
  }
}

function pickOwn(tool: FunctionTool): JsonObject {
  const found = ownFields.map(field => [field, tool[field] ?? tool.function[field]] as const)
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null))
}

type Choice = { only?: ReadonlySet<string>; choice?: JsonObject }

function readChoice(choice: unknown): Choice {
  if (choice === undefined || choice === null) return {}
  const known = typeof choice === 'string' ? modes.get(choice) : undefined
  if (known !== undefined) return { choice: { type: known } }
  if (isObject(choice)) {
    const allowed = choice.allowed_tools
    if (choice.type === 'allowed_tools' && isObject(allowed) && Array.isArray(allowed.tools)) {
      const only = new Set(allowed.tools.filter(isObject).map(tool => nameOf(tool as ChatTool)))
      return { only, choice: { type: allowed.mode === 'required' ? 'any' : 'auto' } }
    }
    const named = [choice.function, choice.custom].find(isObject)
    if (typeof named?.name === 'string') return { choice: { type: 'tool', name: named.name } }
  }
  throw new GatewayError(
    'REQUEST_INVALID',
    'tool_choice names no tool. Use "auto", "none", "required", {"type": "function", "function": {"name": ...}} or allowed_tools.',
    { data: { param: 'tool_choice', code: 'invalid_value' } },
  )
}

const modes: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['required', 'any'],
  ['none', 'none'],
])

/** A function by its name, a hosted tool by its own or by its type. */
function nameOf(tool: ChatTool): string {
  const inner = [tool.function, tool.custom].find(isObject)
  return String(inner?.name ?? tool.name ?? tool.type)
}

/** A caller of this wire says it in a `tool_choice` of their own. */
function isSerialOnly({ rest, native }: TurnRequest): boolean {
  const own = native?.wire === 'anthropic' ? native.value.tool_choice : undefined
  if (native?.wire === 'anthropic') return isObject(own) && own.disable_parallel_tool_use === true
  return rest.parallel_tool_calls === false
}

function formerTools(turns: readonly Turn[]): Tools {
  const uses = turns.flatMap(({ content }) => content).filter(({ type }) => type === 'tool_use')
  const names = [...new Set(uses.map(({ name }) => String(name)))]
  if (names.length === 0) return {}
  return {
    tools: names.map(name => ({ name, input_schema: { type: 'object', properties: {} } })),
    tool_choice: { type: 'none' },
  }
}

function noCustomTools(name: string): GatewayError {
  return new GatewayError(
    'REQUEST_INVALID',
    `The tool "${name.slice(0, 100)}" is of type "custom", which Anthropic's Messages API does not have. Offer it as a function with one string parameter.`,
    { data: { param: 'tools', code: 'unsupported_value' } },
  )
}
