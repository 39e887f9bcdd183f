import type { JsonObject } from './json.ts'

/**
 * Answers one turn of a conversation: one wire format, one file in `providers/`.
 *
 * A seam with several implementations: OpenAI-compatible endpoints, the demo model, and the fakes of tests.
 */
export interface Provider {
  /**
   * Streams one turn. Ends with exactly one `finish`; a turn that breaks off throws instead.
   *
   * @throws GatewayError `PROVIDER_ERROR`, its `data` being `{ status, error }` as the provider sent them
   */
  turn(request: TurnRequest, options: { signal: AbortSignal }): AsyncIterable<TurnEvent>
}

/** What one turn is asked for. */
export type TurnRequest = Readonly<{
  /** The provider's own name of the model, not the alias that callers use. */
  model: string
  messages: readonly ChatMessage[]
  /** The caller's function tools and ours, under names the provider accepts. */
  tools: readonly FunctionTool[]
  toolChoice?: unknown
  /** Everything else the caller sent (`temperature`, `max_tokens`, ...), passed on as it came. */
  rest: JsonObject
}>

/** A chat message as OpenAI has it; unknown fields kept. */
export type ChatMessage = Readonly<{
  role: string
  content?: unknown
  tool_calls?: readonly ToolCall[]
  tool_call_id?: string
  [field: string]: unknown
}>

/** A function tool as OpenAI has it. */
export type FunctionTool = Readonly<{
  type: 'function'
  function: Readonly<{ name: string; description?: string; parameters?: JsonObject; [field: string]: unknown }>
  [field: string]: unknown
}>

/** A call that the model asks for; `arguments` is JSON text, not yet checked. */
export type ToolCall = Readonly<{
  id: string
  type: 'function'
  function: Readonly<{ name: string; arguments: string }>
  [field: string]: unknown
}>

/**
 * One event of a turn. `delta` carries the assistant message's fields piece by piece (`content`, `refusal`,
 * `reasoning_content`, ...) except tool calls, which come whole, once the turn has given all of them.
 */
export type TurnEvent =
  | Readonly<{ type: 'delta'; delta: JsonObject }>
  | Readonly<{ type: 'tool_calls'; calls: readonly ToolCall[] }>
  | Readonly<{ type: 'finish'; reason: string; usage?: Usage; model?: string }>

/** Tokens spent, in OpenAI's words; unknown details kept and summed where they are numbers. */
export type Usage = Readonly<{
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  [detail: string]: unknown
}>

/** One entry of `models`: what callers call it, and where it is. */
export type ModelConfig = Readonly<{
  /** What callers put into `model`. */
  name: string
  provider: 'openai' | 'demo'
  /** The provider's own name for it; defaults to `name`. */
  model: string
  /** For `openai`: the base URL that `/chat/completions` is appended to. */
  baseUrl?: string
  apiKey?: string
  headers: Readonly<Record<string, string>>
}>
