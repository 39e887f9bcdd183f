import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnRequest } from '../../core/model.ts'
import type { WireRequest } from '../codec.ts'
import { modelPath } from './gemini-model.ts'
import { toOptions } from './gemini-options.ts'
import { toTools } from './gemini-tools.ts'
import { toTurns } from './gemini-turns.ts'

/**
 * Writes a turn for `generateContent`, or `streamGenerateContent` as server-sent events.
 *
 * The path is the same for the Gemini API, whose base URL ends in `/v1beta`, and for Vertex, whose base URL ends in
 * `/projects/<project>/locations/<location>/publishers/google`. A model named with a slash (`tunedModels/x`) is its own
 * path. The fields of a caller who speaks this wire replace the parameters; conversation and tools are the turn's.
 *
 * @throws GatewayError `REQUEST_INVALID` for what Gemini cannot carry
 */
export function toGemini(request: TurnRequest): WireRequest {
  const { rest, model, native, stream } = request
  const options = native?.wire === 'gemini' ? nativeOptions(native.value) : toOptions(rest, model)
  const tools = toTools(request)
  const toolConfig = joinObjects(tools.toolConfig, options.toolConfig)
  return {
    path: `${modelPath(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { ...options, ...toTurns(request), ...tools, ...(toolConfig !== undefined && { toolConfig }) },
  }
}

function nativeOptions(fields: JsonObject): JsonObject {
  const { model, contents, tools, systemInstruction, system_instruction, stream, ...options } = fields
  return options
}

function joinObjects(a: unknown, b: unknown): JsonObject | undefined {
  const parts = [a, b].filter(isObject)
  return parts.length > 0 ? (Object.assign({}, ...parts) as JsonObject) : undefined
}
