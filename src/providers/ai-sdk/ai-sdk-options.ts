import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatTool, TurnRequest } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import { toPrompt } from './ai-sdk-prompt.ts'
import type { CallOptions } from './language-model.ts'

/**
 * Writes a turn as the AI SDK's models are asked. Names and schemas must be legal already.
 *
 * What the AI SDK has no word for is left out, `provider_options` excepted: they go to the package as they are.
 *
 * @param version - of the model's specification, such as `v4`
 * @throws GatewayError `REQUEST_INVALID` for tools and content that have no form there
 */
export function toCallOptions(request: TurnRequest, version: string, abortSignal: AbortSignal): CallOptions {
  const { rest } = request
  if (typeof rest.n === 'number' && rest.n > 1) {
    throw invalid('n', 'n is more than 1, and a model of the AI SDK gives one answer. Ask several times.')
  }
  const { only, choice } = readChoice(request.toolChoice)
  const offered = only === undefined ? request.tools : request.tools.filter(tool => only.has(nameOf(tool)))
  const providerOptions = rest.provider_options ?? rest.providerOptions
  return {
    prompt: toPrompt(request.messages, version),
    ...(offered.length > 0 && { tools: offered.map(toTool), ...(choice && { toolChoice: choice }) }),
    ...toParameters(rest),
    ...(version !== 'v2' && version !== 'v3' && toReasoning(rest.reasoning_effort)),
    ...(isObject(providerOptions) && { providerOptions }),
    abortSignal,
  }
}

function toParameters(rest: JsonObject): JsonObject {
  const { stop } = rest
  const stops = (Array.isArray(stop) ? stop : [stop]).filter(text => typeof text === 'string' && text !== '')
  const numbers = {
    maxOutputTokens: rest.max_completion_tokens ?? rest.max_tokens,
    temperature: rest.temperature,
    topP: rest.top_p,
    topK: rest.top_k,
    presencePenalty: rest.presence_penalty,
    frequencyPenalty: rest.frequency_penalty,
    seed: rest.seed,
  }
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => typeof value === 'number')),
    ...(stops.length > 0 && { stopSequences: stops }),
    ...toFormat(rest.response_format),
  }
}

function toFormat(format: unknown): JsonObject {
  if (!isObject(format)) return {}
  if (format.type === 'json_object') return { responseFormat: { type: 'json' } }
  if (format.type !== 'json_schema' || !isObject(format.json_schema)) return {}
  const { schema, name, description } = format.json_schema
  return {
    responseFormat: {
      type: 'json',
      ...(isObject(schema) && { schema }),
      ...(typeof name === 'string' && { name }),
      ...(typeof description === 'string' && { description }),
    },
  }
}

const efforts = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

function toReasoning(effort: unknown): JsonObject {
  return typeof effort === 'string' && efforts.has(effort) ? { reasoning: effort } : {}
}

function toTool(tool: ChatTool, index: number): JsonObject {
  if (!isFunctionTool(tool)) {
    throw invalid(
      `tools[${index}]`,
      `tools[${index}] is of type "${tool.type.slice(0, 40)}", which a model of the AI SDK does not take. Offer it as a function.`,
    )
  }
  const { name, description, parameters, strict } = tool.function
  return {
    type: 'function',
    name,
    ...(typeof description === 'string' && description.trim() !== '' && { description }),
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(strict === true && { strict }),
  }
}

type Choice = Readonly<{ only?: ReadonlySet<string>; choice?: JsonObject }>

function readChoice(choice: unknown): Choice {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { choice: { type: choice } }
  if (!isObject(choice)) return {}
  const { allowed_tools: allowed, function: named } = choice
  if (isObject(allowed) && Array.isArray(allowed.tools)) {
    const only = new Set(allowed.tools.filter(isObject).map(tool => nameOf(tool as ChatTool)))
    return { only, choice: { type: allowed.mode === 'required' ? 'required' : 'auto' } }
  }
  return isObject(named) ? { choice: { type: 'tool', toolName: named.name } } : {}
}

function nameOf(tool: ChatTool): string {
  return isObject(tool.function) ? String(tool.function.name) : tool.type
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError('REQUEST_INVALID', message, { data: { param, code: 'unsupported_value' } })
}
