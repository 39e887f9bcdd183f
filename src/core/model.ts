import type { Embeddings, EmbedOptions, EmbedRequest } from './embeddings.ts'
import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'
import type { Price } from './price.ts'
import type { ProviderName } from './provider-name.ts'

/**
 * Answers one turn of a conversation: one wire format, one file in `providers/`.
 *
 * A seam with several implementations: OpenAI-compatible endpoints, the demo model, and the fakes of tests. Names and
 * shapes that its wire does not take are changed on the way out and changed back on the way in, so that nobody outside
 * ever sees them.
 */
export interface Provider {
  /**
   * Streams one turn. Every choice ends with one `finish`; a turn that breaks off throws instead, so whoever has seen
   * the last event knows that each tool call in it is whole.
   *
   * @throws GatewayError `PROVIDER_ERROR`, its `data` a {@link ProviderFailure}; `REQUEST_INVALID` for what the wire
   *   cannot carry, such as too many tools
   */
  turn(request: TurnRequest, options: { signal: AbortSignal }): AsyncIterable<TurnEvent>
  /**
   * Turns texts into vectors; absent where the provider has none.
   *
   * @throws GatewayError as `turn` does
   */
  embed?(request: EmbedRequest, options: EmbedOptions): Promise<Embeddings>
  /** Ends the connections, once the turns that use them are over. Answers under way may still ask for turns. */
  close(): Promise<void>
}

/**
 * What one turn is asked for.
 *
 * One form for every face and every provider: OpenAI's chat completions, with the extensions that its clients know.
 * What another wire says beyond it rides along as {@link Native} and is read by that wire alone.
 */
export type TurnRequest = Readonly<{
  /** The provider's own name of the model, not the alias that callers use. */
  model: string
  messages: readonly ChatMessage[]
  /** The caller's tools and ours, under the names that callers know. */
  tools: readonly ChatTool[]
  toolChoice?: unknown
  /** Whether the answer is wanted piece by piece. */
  stream: boolean
  /** Everything else the caller sent (`temperature`, `max_tokens`, ...), in OpenAI's words; passed on as it came. */
  rest: JsonObject
  /** The other fields of a caller who speaks a wire of their own; a provider of that wire takes them and leaves `rest`. */
  native?: Native
}>

/** The wire formats of providers, by the API that made them known. */
export type WireName = 'openai' | 'anthropic' | 'gemini' | 'bedrock' | 'ai-sdk'

/**
 * A message, or the fields of a request, as one wire has them. The tool names in it are those that callers know.
 *
 * Never sent to a caller or to a provider of another wire: those read the fields beside it.
 */
export type Native = Readonly<{ wire: WireName; value: JsonObject }>

/**
 * A chat message as OpenAI has it; unknown fields kept. Besides OpenAI's own:
 *
 * - `reasoning_content` and `thinking_blocks` on an assistant's message: what it thought, the latter as Anthropic's
 *   blocks with their signatures, to be replayed exactly (LiteLLM's and DeepSeek's names).
 * - `extra_content.google.thought_signature` on a tool call: Gemini's signature, to be replayed with the call.
 * - `content` of role `tool` may be a list of parts `text`, `image_url` and `file` (data as data URIs), and `is_error`
 *   tells a failure: each wire says as much of it as it can.
 */
export type ChatMessage = Readonly<{
  role: string
  content?: unknown
  tool_calls?: readonly ToolCall[]
  tool_call_id?: string
  is_error?: boolean
  /** The same message exactly as its provider had said it, for a later turn of the same wire. */
  native?: Native
  [field: string]: unknown
}>

/** Any entry of `tools`: a {@link FunctionTool}, or a type that only the caller and the provider understand. */
export type ChatTool = Readonly<{ type: string; [field: string]: unknown }>

/** A function tool as OpenAI has it. */
export type FunctionTool = Readonly<{
  type: 'function'
  function: Readonly<{ name: string; description?: string; parameters?: JsonObject; [field: string]: unknown }>
  [field: string]: unknown
}>

/** True for a function tool that has a name. */
export function isFunctionTool(tool: ChatTool): tool is FunctionTool {
  return tool.type === 'function' && isObject(tool.function) && typeof tool.function.name === 'string'
}

/** Any call that the model asks for: a {@link FunctionCall}, or one of a type that only the caller understands. */
export type ToolCall = Readonly<{ id: string; type: string; [field: string]: unknown }>

/** A call of a function; `arguments` is JSON text, not yet checked. */
export type FunctionCall = Readonly<{
  id: string
  type: 'function'
  function: Readonly<{ name: string; arguments: string }>
  [field: string]: unknown
}>

/** True for a call of a function that has a name and arguments. */
export function isFunctionCall(call: ToolCall): call is FunctionCall {
  const named = call.function
  return (
    call.type === 'function' && isObject(named) && typeof named.name === 'string' && typeof named.arguments === 'string'
  )
}

/**
 * One event of a turn.
 *
 * - `delta` carries the assistant message's fields piece by piece (`content`, `refusal`, `reasoning_content`, ...), or
 *   whole where nothing is streamed; never `role` or tool calls. `fields` are the choice's own, such as `logprobs`.
 * - `tool_calls` come whole, at most once a choice, just before its `finish`; their ids are never empty.
 * - `finish` gives one of OpenAI's reasons, and the whole message as {@link Native} where OpenAI's form cannot hold it.
 * - `meta` may come at any time and more than once: what the answer says of itself outside its choices. Routing adds the
 *   `cost` of its usage, in US dollars; absent where nobody knows it.
 * - `native` comes where {@link TurnRequest.native} is of the provider's wire: an event of that wire as it came, for a
 *   caller who speaks it. What it says in OpenAI's form as well is told by the next events.
 *
 * `choice` is the index of OpenAI's `n`: 0 unless the caller asked for several.
 */
export type TurnEvent =
  | Readonly<{ type: 'delta'; choice: number; delta: JsonObject; fields?: JsonObject }>
  | Readonly<{ type: 'tool_calls'; choice: number; calls: readonly ToolCall[] }>
  | Readonly<{ type: 'finish'; choice: number; reason: string; fields?: JsonObject; native?: Native }>
  | Readonly<{ type: 'meta'; model?: string; usage?: Usage; cost?: number; fields?: JsonObject }>
  | Readonly<{ type: 'native'; event: Native }>

/** Tokens spent, in OpenAI's words; unknown details kept and summed where they are numbers. */
export type Usage = JsonObject

/** What `PROVIDER_ERROR` carries: the HTTP status to answer with, and the provider's error without our credentials. */
export type ProviderFailure = Readonly<{
  status: number
  error: Readonly<{
    message: string
    type: string | null
    param: string | null
    code: string | null
    [detail: string]: unknown
  }>
  /** The provider's `Retry-After`, as it came. */
  retryAfter?: string
}>

/** One deployment of an entry of `models`: what callers call it, and where it is. Several of one name share its turns. */
export type ModelConfig = Readonly<{
  /** What callers put into `model`. */
  name: string
  provider: ProviderName
  /** The provider's own name for it; defaults to `name`. */
  model: string
  /** Where the provider is, without the path of the operation; the provider's own address where absent. */
  baseUrl?: string
  apiKey?: string
  headers: Readonly<Record<string, string>>
  /** What it costs; by public prices where absent. */
  price?: Price
  /** How many tools one request may carry; the provider's own limit where absent. */
  maxTools?: number
  /** What an answer may hold at most, where the caller does not say and the wire has to (Anthropic). */
  maxOutputTokens?: number
  /** For `ai-sdk`: the npm package, what it exports to make a provider by, and what else that is given. */
  package?: string
  factory?: string
  settings?: JsonObject
  /** For `bedrock`: where it is, and who asks where there is no `apiKey`. */
  aws?: AwsAccess
  /** Its share of the turns of its name, beside others; 1 where absent. */
  weight?: number
  /** Names that answer where this one fails, in this order. */
  fallbacks?: readonly string[]
  /** New tries of one turn; `limits.modelRetries` where absent. */
  retries?: number
  /** Until the first event of a turn; `limits.firstEventTimeoutMs` where absent. */
  firstEventTimeoutMs?: number
}>

/** A region of AWS, and the access key by which requests are signed. */
export type AwsAccess = Readonly<{
  region: string
  accessKeyId?: string
  secretAccessKey?: string
  sessionToken?: string
}>
