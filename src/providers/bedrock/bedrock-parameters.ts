import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnRequest } from '../../core/model.ts'
import type { Turn } from './bedrock-messages.ts'
import { toReasoningFields } from './bedrock-thinking.ts'
import { isForced } from './bedrock-tools.ts'

/** Fields of Converse that callers may send under their own names. */
const ownFields = [
  'inferenceConfig',
  'additionalModelRequestFields',
  'additionalModelResponseFieldPaths',
  'guardrailConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
  'serviceTier',
  'outputConfig',
] as const

/**
 * Writes the parameters of a turn: OpenAI's, as far as Converse has them, and Converse's own under their own names, which
 * win. A caller who speaks Converse ({@link TurnRequest.native}) has only those.
 */
export function toParameters(request: TurnRequest, messages: readonly Turn[]): JsonObject {
  const isNative = request.native?.wire === 'bedrock'
  const rest = isNative && request.native ? request.native.value : request.rest
  const own = Object.fromEntries(ownFields.flatMap(name => (isObject(rest[name]) ? [[name, rest[name]]] : [])))
  const paths = rest.additionalModelResponseFieldPaths
  const written = isNative ? { inference: {}, additional: {}, others: {} } : fromOpenAiParameters(request, messages)
  const inference = { ...written.inference, ...fieldOf(own.inferenceConfig) }
  const additional = { ...written.additional, ...fieldOf(own.additionalModelRequestFields) }
  return {
    ...written.others,
    ...own,
    ...(Array.isArray(paths) && paths.length > 0 && { additionalModelResponseFieldPaths: paths }),
    ...(isObject(own.guardrailConfig) && { guardrailConfig: toGuardrail(own.guardrailConfig, request.stream) }),
    ...(Object.keys(inference).length > 0 && { inferenceConfig: inference }),
    ...(Object.keys(additional).length > 0 && { additionalModelRequestFields: additional }),
  }
}

function fromOpenAiParameters(
  { rest, model, toolChoice }: TurnRequest,
  messages: readonly Turn[],
): Record<'inference' | 'additional' | 'others', JsonObject> {
  const bound = [rest.max_completion_tokens, rest.max_tokens].find(value => typeof value === 'number' && value >= 1)
  const stop = (Array.isArray(rest.stop) ? rest.stop : [rest.stop]).filter(
    word => typeof word === 'string' && word !== '',
  )
  const reasoning = toReasoningFields(rest, {
    model,
    maxTokens: typeof bound === 'number' ? bound : undefined,
    mayThink: !isForced(toolChoice) && !isInsideSilentRound(messages),
  })
  const { temperature, top_p: topP, top_k: topK } = rest
  // Claude samples by itself while it thinks.
  const isFree = !reasoning.isThinking
  return {
    inference: {
      ...(reasoning.maxTokens !== undefined && { maxTokens: Math.floor(reasoning.maxTokens) }),
      // OpenAI goes to 2, Converse to 1.
      ...(typeof temperature === 'number' && isFree && { temperature: Math.min(1, Math.max(0, temperature)) }),
      ...(typeof topP === 'number' && isFree && { topP: Math.min(1, Math.max(0, topP)) }),
      ...(stop.length > 0 && { stopSequences: stop }),
    },
    additional: {
      ...reasoning.fields,
      ...(typeof topK === 'number' && isFree && toTopK(model, topK)),
    },
    others: { ...toTier(rest.service_tier), ...toOutput(rest.response_format) },
  }
}

/** Nova takes it in an object of its own. */
function toTopK(model: string, topK: number): JsonObject {
  return /amazon\.nova/i.test(model) ? { inferenceConfig: { topK } } : { top_k: topK }
}

function toTier(tier: unknown): JsonObject {
  return tier === 'default' || tier === 'flex' || tier === 'priority' ? { serviceTier: { type: tier } } : {}
}

/** Converse wants the schema as a text; it has nothing for `json_object`. */
function toOutput(format: unknown): JsonObject {
  const given = isObject(format) && format.type === 'json_schema' ? format.json_schema : undefined
  if (!isObject(given) || !isObject(given.schema)) return {}
  const { schema, name, description } = given
  const jsonSchema = {
    schema: JSON.stringify(schema),
    ...(typeof name === 'string' && { name }),
    ...(typeof description === 'string' && { description }),
  }
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } }
}

/** Only a stream has a mode of processing. */
function toGuardrail(config: JsonObject, stream: boolean): JsonObject {
  const { streamProcessingMode, ...others } = config
  return stream ? config : others
}

/** True where a round of calls is being answered and its thinking is not in the history: Claude then refuses to think. */
function isInsideSilentRound(messages: readonly Turn[]): boolean {
  const said = messages.at(-1)?.role === 'user' ? messages.at(-2) : messages.at(-1)
  if (said?.role !== 'assistant' || !said.content.some(block => 'toolUse' in block)) return false
  return !said.content.some(block => 'reasoningContent' in block)
}

function fieldOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}
