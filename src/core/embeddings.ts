import { GatewayError } from './errors.ts'
import type { JsonObject } from './json.ts'

/** What is to be embedded. */
export type EmbedRequest = Readonly<{
  /** The provider's own name of the model, not the alias that callers use. */
  model: string
  /** Everything else the caller sent (`input`, `dimensions`, `encoding_format`, ...), in OpenAI's words. */
  body: JsonObject
}>

/** Bounds on one request for embeddings. */
export type EmbedOptions = Readonly<{
  signal: AbortSignal
  /** Of everything that the provider answers. */
  maxAnswerBytes: number
}>

/** Embeddings as they are answered. */
export type Embeddings = Readonly<{
  /** JSON in the form of OpenAI's `CreateEmbeddingResponse`: of a provider that speaks it the very text it sent. */
  text: string
  /** Tokens spent, in OpenAI's words. */
  usage?: JsonObject
  /** Of the usage, in US dollars; routing adds it where it is known. */
  cost?: number
}>

/** The error for a model whose provider embeds nothing. */
export function noEmbeddings({ name, provider }: Readonly<{ name: string; provider: string }>): GatewayError {
  const message = `The provider of model "${name}" (${provider}) has no embeddings. Name a model of another provider, such as openai, gemini or bedrock.`
  return new GatewayError('REQUEST_INVALID', message, { data: { param: 'model', code: 'unsupported_model' } })
}
