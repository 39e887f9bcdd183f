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

/** What `provider` of an entry of `models` may be. `demo` answers without a model. */
export const providerNames: readonly [...typeof openAiKinds, 'anthropic', 'gemini', 'vertex', 'bedrock', 'demo'] = [
  ...openAiKinds,
  'anthropic',
  'gemini',
  'vertex',
  'bedrock',
  'demo',
]

/** The provider of an entry of `models`. */
export type ProviderName = (typeof providerNames)[number]

/** Providers that are everywhere and nowhere: their entries must say where. */
export const providersWithoutUrl: ReadonlySet<ProviderName> = new Set(['azure', 'vllm', 'generic', 'vertex'])

/** Providers that may do without a key. */
export const providersWithoutKey: ReadonlySet<ProviderName> = new Set(['ollama', 'vllm', 'generic', 'bedrock', 'demo'])
