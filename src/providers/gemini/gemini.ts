import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Codec, Dialect } from '../codec.ts'
import { fromGemini } from './gemini-answer.ts'
import { toGemini } from './gemini-body.ts'
import { toGeminiSchema } from './gemini-schema.ts'
import { fromGeminiStream } from './gemini-stream.ts'

/**
 * What Gemini takes of tools. The API also knows `.`, `:` and `-` in names, and Vertex 128 characters; 64 of the letters
 * here are legal at every door and for every version. Ids of calls are anybody's.
 */
const geminiDialect: Dialect = {
  wire: 'gemini',
  names: { illegal: /[^a-zA-Z0-9_-]/gu, first: /^[a-zA-Z_]/, maxLength: 64 },
  maxTools: 512,
  keys: { illegal: /[^a-zA-Z0-9_]/gu, first: /^[a-zA-Z_]/, maxLength: 64 },
  toSchema: parameters => toGeminiSchema(parameters),
  renameNative: renameCalls,
}

/** `generateContent` of the Gemini API and of Vertex AI, which differ in base URL and credentials alone. */
export const geminiCodec: Codec = {
  dialect: geminiDialect,
  write: toGemini,
  readWhole: fromGemini,
  readStream: fromGeminiStream,
}

function renameCalls(message: JsonObject, rename: (name: string) => string): JsonObject {
  if (!Array.isArray(message.parts)) return message
  const parts = message.parts.map((part: unknown) => {
    const call = isObject(part) ? part.functionCall : undefined
    if (!isObject(part) || !isObject(call) || typeof call.name !== 'string') return part
    const name = rename(call.name)
    return name === call.name ? part : { ...part, functionCall: { ...call, name } }
  })
  return { ...message, parts }
}
