/** Providers that speak OpenAI's chat completions, each with its differences; `generic` is any other of them. */
export const openAiKinds = [
  'openai',
  'azure',
  'mistral',
  'groq',
  'deepseek',
  'xai',
  'openrouter',
  'together',
  'fireworks',
  'ollama',
  'vllm',
  'generic',
] as const

/** A provider that speaks OpenAI's chat completions. */
export type OpenAiKind = (typeof openAiKinds)[number]

/** Providers of other formats. `ai-sdk` is a package of the AI SDK, `demo` answers without a model. */
const otherKinds = ['anthropic', 'gemini', 'vertex', 'bedrock', 'ai-sdk', 'demo'] as const

/** What `provider` of an entry of `models` may be. */
export const providerNames: readonly [...typeof openAiKinds, ...typeof otherKinds] = [...openAiKinds, ...otherKinds]

/** The provider of an entry of `models`. */
export type ProviderName = (typeof providerNames)[number]

/** Providers that are everywhere and nowhere: their entries must say where. */
export const providersWithoutUrl: ReadonlySet<ProviderName> = new Set(['azure', 'vllm', 'generic', 'vertex'])

/** Providers that may do without a key. */
export const providersWithoutKey: ReadonlySet<ProviderName> = new Set([
  'ollama',
  'vllm',
  'generic',
  'bedrock',
  'ai-sdk',
  'demo',
])
