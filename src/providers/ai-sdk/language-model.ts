import type { JsonObject } from '../../core/json.ts'

/**
 * A language model of the AI SDK, as far as it is used here: version 2, 3 or 4 of `LanguageModel` in `@ai-sdk/provider`.
 * Written out, since no package of the AI SDK is among our dependencies.
 */
export type LanguageModel = Readonly<{
  specificationVersion: string
  doGenerate(options: CallOptions): PromiseLike<Generated>
  doStream(options: CallOptions): PromiseLike<Readonly<{ stream: AsyncIterable<StreamPart> }>>
}>

/** What one turn is asked for. `prompt` and `tools` are the AI SDK's. */
export type CallOptions = JsonObject &
  Readonly<{ prompt: readonly PromptMessage[]; tools?: readonly JsonObject[]; abortSignal: AbortSignal }>

/** One message of a prompt: the content of `system` is a text, and that of the others a list of parts. */
export type PromptMessage = Readonly<{
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string | readonly JsonObject[]
}>

/** A part of an answer: `text`, `reasoning`, `tool-call`, `file`, `source`, ... */
export type ContentPart = JsonObject & Readonly<{ type: string }>

/** A whole answer. Version 2 has a word for its end, later ones have an object. */
export type Generated = Readonly<{
  content: readonly ContentPart[]
  finishReason: unknown
  usage?: unknown
  response?: unknown
}>

/** A piece of a streamed answer: pieces of text and reasoning, whole calls, and one `finish`. */
export type StreamPart = ContentPart
