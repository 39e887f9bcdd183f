import { isObject } from '../../core/json.ts'
import type { EmbedCodec } from '../codec.ts'

/** OpenAI's `POST /embeddings`: both ways as it came, but for the name of the model. @param path - below the base URL */
export function embedOpenAi(path: string): EmbedCodec {
  return {
    write: ({ model, body }) => [{ path, body: { ...body, model } }],
    read([answer]) {
      if (answer === undefined || !Array.isArray(answer.value.data)) return undefined
      const { usage } = answer.value
      return { text: answer.text, ...(isObject(usage) && { usage }) }
    },
  }
}
