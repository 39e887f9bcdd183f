import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage, ChatTool, TurnRequest } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import type { OpenAiProfile } from './profiles.ts'

/**
 * Takes off a request what its caller said in the words of another wire and endpoints of OpenAI's format refuse:
 * `cache_control`, `thinking`, `top_k`, other vendors' fields of a tool. A caller of OpenAI's own form is left alone.
 *
 * A text in several parts becomes one, since many endpoints take nothing but strings for it. An effort is left out
 * for models that do not reason: the caller could not know whom they would ask.
 */
export function withoutForeign(request: TurnRequest, profile: OpenAiProfile): TurnRequest {
  if (request.native === undefined || request.native.wire === 'openai') return request
  const { thinking: _, top_k: topK, reasoning_effort: effort, ...rest } = request.rest
  return {
    ...request,
    rest: {
      ...rest,
      ...(topK !== undefined && profile.topK === true && { top_k: topK }),
      ...(effort !== undefined && !profile.unreasoning?.test(request.model) && { reasoning_effort: effort }),
    },
    tools: request.tools.map(tool => plainTool(tool, profile)),
    messages: request.messages.map(message => plainMessage(message, profile)),
  }
}

function plainTool(tool: ChatTool, profile: OpenAiProfile): ChatTool {
  if (!isFunctionTool(tool)) return tool
  return { type: 'function', function: tool.function, ...keptCache(tool, profile) }
}

function plainMessage(message: ChatMessage, profile: OpenAiProfile): ChatMessage {
  const { cache_control: _, content, ...others } = message
  return {
    ...others,
    ...keptCache(message, profile),
    ...(content !== undefined && {
      content: Array.isArray(content) ? plainContent(message.role, content, profile) : content,
    }),
  }
}

/** The answers of tools are made texts of where they are written. */
function plainContent(role: string, parts: readonly unknown[], profile: OpenAiProfile): unknown {
  const plain = parts.map(part => {
    if (!isObject(part)) return part
    const { cache_control: _, ...others } = part
    return { ...others, ...keptCache(part, profile) }
  })
  const texts = plain.map(part => (isObject(part) && isPlainText(part) ? part.text : undefined))
  return role !== 'tool' && texts.length > 0 && texts.every(text => typeof text === 'string')
    ? texts.join('\n\n')
    : plain
}

function isPlainText(part: JsonObject): boolean {
  return part.type === 'text' && Object.keys(part).length === 2
}

function keptCache({ cache_control: cache }: JsonObject, { cacheControl }: OpenAiProfile): JsonObject {
  return cacheControl === true && cache !== undefined ? { cache_control: cache } : {}
}
