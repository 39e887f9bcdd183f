import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnRequest } from '../../core/model.ts'
import { toMessages } from './openai-messages.ts'
import { toTools } from './openai-tools.ts'
import type { OpenAiProfile } from './profiles.ts'
import { openAiProfiles } from './profiles.ts'

/** Writes a turn as the body of `POST /chat/completions`. Fields that nobody knows are passed on. */
export function toOpenAi(request: TurnRequest, profile: OpenAiProfile = openAiProfiles.openai): JsonObject {
  const fields = toParameters(request.native?.wire === 'openai' ? request.native.value : request.rest, profile)
  const tools = toTools(request, profile)
  // OpenAI refuses parallel_tool_calls where there are no tools.
  const { parallel_tool_calls: _, ...others } = fields
  return {
    ...(tools.tools === undefined ? others : fields),
    model: request.model,
    messages: toMessages(request.messages, profile),
    ...tools,
    ...(request.stream && { stream: true }),
    ...(request.stream && profile.asksUsage && { stream_options: withUsage(fields.stream_options) }),
  }
}

function withUsage(options: unknown): JsonObject {
  return { ...(isObject(options) && options), include_usage: true }
}

/** A name that both have is the profile's own; a caller who gives both names means the one that is known here. */
function toParameters(rest: JsonObject, { parameters }: OpenAiProfile): JsonObject {
  const entries = Object.entries(rest)
  if (!entries.some(([name]) => Object.hasOwn(parameters, name))) return rest
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const here = Object.hasOwn(parameters, name) ? parameters[name] : name
      const isTaken = here !== name && typeof here === 'string' && rest[here] !== undefined
      return here === null || here === undefined || isTaken ? [] : [[here, value] as const]
    }),
  )
}
