import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { familyOf, isGemini3 } from './gemini-model.ts'
import { toResponseSchema } from './response-schema.ts'

/** Fields of a request to Google that stand beside the conversation, and may be given under these names. */
const ownFields = [
  'safetySettings',
  'cachedContent',
  'labels',
  'serviceTier',
  'modelArmorConfig',
  'store',
  'toolConfig',
] as const

/**
 * Writes OpenAI's parameters as the fields of a `generateContent` body that are not conversation or tools.
 *
 * Google's own fields are taken under their own names or in snake case, as they stand or in `extra_body.google`, where
 * Google's compatible endpoint has them; `generationConfig` there wins over what the parameters say. Parameters that
 * the wire has nothing for (`user`, `metadata`, `logit_bias`, `parallel_tool_calls`, `stream_options`, ...) are left out.
 */
export function toOptions(rest: JsonObject, model: string): JsonObject {
  const extra = isObject(rest.extra_body) ? rest.extra_body : {}
  const google = { ...rest, ...extra, ...(isObject(extra.google) ? extra.google : {}) }
  const given = ownFields.flatMap(field => {
    const value = google[field] ?? google[toSnake(field)]
    const isOpenAi = field === 'serviceTier' || field === 'store'
    const own = isOpenAi ? (extra[field] ?? (isObject(extra.google) ? extra.google[field] : undefined)) : value
    return own === undefined || own === null ? [] : [[field, own] as const]
  })
  const config = { ...toGenerationConfig(rest), ...toThinking(rest, google, model), ...ownConfig(google) }
  return {
    ...Object.fromEntries(given),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
  }
}

function toGenerationConfig(rest: JsonObject): JsonObject {
  const { stop, n, seed, modalities } = rest
  const stops = (Array.isArray(stop) ? stop : [stop]).filter(text => typeof text === 'string' && text !== '')
  const config = {
    temperature: rest.temperature,
    topP: rest.top_p,
    topK: rest.top_k,
    maxOutputTokens: rest.max_completion_tokens ?? rest.max_tokens,
    seed,
    candidateCount: n === 1 ? undefined : n,
    presencePenalty: rest.presence_penalty,
    frequencyPenalty: rest.frequency_penalty,
    logprobs: rest.logprobs === true && rest.top_logprobs !== 0 ? rest.top_logprobs : undefined,
  }
  return {
    ...Object.fromEntries(Object.entries(config).filter(([, value]) => typeof value === 'number')),
    ...(stops.length > 0 && { stopSequences: stops }),
    ...(rest.logprobs === true && { responseLogprobs: true }),
    ...(Array.isArray(modalities) && { responseModalities: modalities.map(name => String(name).toUpperCase()) }),
    ...toFormat(rest.response_format),
  }
}

function toFormat(format: unknown): JsonObject {
  if (!isObject(format)) return {}
  if (format.type === 'json_object') return { responseMimeType: 'application/json' }
  if (format.type !== 'json_schema' || !isObject(format.json_schema)) return {}
  const { schema } = format.json_schema
  return {
    responseMimeType: 'application/json',
    ...(isObject(schema) && { responseJsonSchema: toResponseSchema(schema) }),
  }
}

/**
 * Thinking, as Google's compatible endpoint reads `reasoning_effort`: levels from Gemini 3 on, budgets for 2.5, nothing
 * for models that do not think or do not tell their version. Asking for effort also asks to be told the thoughts.
 */
function toThinking(rest: JsonObject, google: JsonObject, model: string): JsonObject {
  const own = google.thinkingConfig ?? google.thinking_config
  if (isObject(own)) return { thinkingConfig: camelKeys(own) }
  const effort = rest.reasoning_effort
  if (typeof effort !== 'string') return {}
  const { version = 0 } = familyOf(model)
  const told = effort === 'none' || effort === 'minimal' ? {} : { includeThoughts: true }
  if (isGemini3(model)) return { thinkingConfig: { thinkingLevel: toLevel(effort, model), ...told } }
  return version >= 2.5 ? { thinkingConfig: { thinkingBudget: toBudget(effort, model), ...told } } : {}
}

/** Pro models have no MINIMAL, and Gemini 3 Pro no MEDIUM; no model of this line stops thinking. */
function toLevel(effort: string, model: string): string {
  const { tier, version } = familyOf(model)
  const isPro = tier === 'pro' || (version === undefined && model.includes('pro'))
  if (effort === 'none' || effort === 'minimal') return isPro ? 'LOW' : 'MINIMAL'
  if (effort === 'low') return 'LOW'
  return effort === 'medium' && !(isPro && version === 3) ? 'MEDIUM' : 'HIGH'
}

function toBudget(effort: string, model: string): number {
  if (effort === 'none') return familyOf(model).tier === 'pro' ? 128 : 0
  if (effort === 'minimal' || effort === 'low') return 1_024
  return effort === 'medium' ? 8_192 : 24_576
}

function ownConfig(google: JsonObject): JsonObject {
  const config = google.generationConfig ?? google.generation_config
  return isObject(config) ? camelKeys(config) : {}
}

/** Google's JSON takes both cases; one field in both would be refused. Only the first level is renamed. */
function camelKeys(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}

function toSnake(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
