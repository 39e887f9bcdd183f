import type { OpenAiKind } from '../../core/provider-name.ts'
import type { NameRule } from '../boundary/tool-names.ts'

/** How an endpoint of OpenAI's format differs from the others. Data alone: the codec reads it. */
export type OpenAiProfile = Readonly<{
  /** Where it is; absent where only the configuration can say. */
  baseUrl?: string
  /** Where its key goes: a bearer token, or a header of this name. */
  keyHeader?: string
  /** How many tools one request may carry. */
  maxTools: number
  /** Characters of a tool's description; longer ones are cut. */
  maxDescription?: number
  /** What OpenAI's parameters are called here; null for those that are refused here, which are left out. */
  parameters: Readonly<Record<string, string | null>>
  /** What ids of tool calls must look like. */
  callIds?: NameRule
  /** Whether tool_choice may be `{type: "allowed_tools"}`; elsewhere the other tools are left out of the turn. */
  allowedTools: boolean
  /** Whether a model's thoughts go back to it: `always`, `never`, or `in-turn`, until the user has spoken again. */
  thoughts: 'always' | 'never' | 'in-turn'
  /** Whether images that tools return can be shown to models; elsewhere, they are described. */
  images: boolean
  /** Whether the same holds for PDF files. */
  files: boolean
  /** Whether `top_k` is taken, which OpenAI does not have. */
  topK?: boolean
  /** Whether `cache_control` is taken on parts and tools. */
  cacheControl?: boolean
  /** The models that refuse `reasoning_effort`. */
  unreasoning?: RegExp
  /** Whether a file is a part `document_url`, in place of OpenAI's `file`. */
  filesAsDocuments?: boolean
  /** Whether the arguments of a call in the history may be any text; elsewhere what is no object is shown inside one. */
  anyArguments: boolean
  /** Whether it is asked for the usage of each stream, which it tells only then. */
  asksUsage?: boolean
  /** Whether something must be said between the answer of a tool and the user. */
  bridgesTools?: boolean
}>

/** OpenAI and Azure: `array_above_max_length` past it. Others are assumed to follow. */
const maxTools = 128
/** Azure: "functions.0.description is too long". */
const maxDescription = 1_024

/** OpenAI's models before those that reason: "Unrecognized request argument supplied: reasoning_effort". */
const unreasoning = /^(?:gpt-3|gpt-4|chatgpt-4)/

const openai: OpenAiProfile = {
  baseUrl: 'https://api.openai.com/v1',
  maxTools,
  // Models that reason refuse the old name, and no model of theirs refuses the new one.
  parameters: { max_tokens: 'max_completion_tokens' },
  allowedTools: true,
  thoughts: 'never',
  images: true,
  files: true,
  unreasoning,
  anyArguments: true,
  asksUsage: true,
}

const generic: OpenAiProfile = {
  maxTools,
  parameters: {},
  topK: true,
  allowedTools: false,
  thoughts: 'always',
  images: false,
  files: false,
  // vLLM and SGLang parse them before their chat templates, which go through an object (vllm#19419, sglang#28035).
  anyArguments: false,
}

/** Knows only the older name of the bound on an answer. */
const oldMaxTokens = { max_completion_tokens: 'max_tokens' }

/** The endpoints of OpenAI's format that have a name of their own. */
export const openAiProfiles: Readonly<Record<OpenAiKind, OpenAiProfile>> = {
  openai,
  azure: {
    ...generic,
    keyHeader: 'api-key',
    maxDescription,
    thoughts: 'never',
    images: true,
    topK: false,
    unreasoning,
    anyArguments: true,
  },
  mistral: {
    ...generic,
    topK: false,
    baseUrl: 'https://api.mistral.ai/v1',
    // It refuses what it does not know (422), and always tells the usage.
    parameters: {
      ...oldMaxTokens,
      seed: 'random_seed',
      stream_options: null,
      user: null,
      logit_bias: null,
      logprobs: null,
      top_logprobs: null,
      store: null,
      service_tier: null,
      safety_identifier: null,
      verbosity: null,
      prompt_cache_key: null,
    },
    // "Tool call id was ... but must be a-z, A-Z, 0-9, with a length of 9" (code 3280).
    callIds: { illegal: /[^a-zA-Z0-9]/gu, minLength: 9, maxLength: 9 },
    thoughts: 'never',
    images: true,
    files: true,
    // Its parts of type "file" know nothing but ids of files that were uploaded.
    filesAsDocuments: true,
    // "Unexpected role 'user' after role 'tool'" (code 3230).
    bridgesTools: true,
  },
  groq: {
    ...generic,
    topK: false,
    baseUrl: 'https://api.groq.com/openai/v1',
    parameters: { logit_bias: null, logprobs: null, top_logprobs: null },
    thoughts: 'never',
    asksUsage: true,
  },
  deepseek: {
    ...generic,
    topK: false,
    baseUrl: 'https://api.deepseek.com/v1',
    parameters: oldMaxTokens,
    maxDescription,
    // Wants reasoning_content back between calls, and has no use for it afterwards.
    thoughts: 'in-turn',
    asksUsage: true,
  },
  xai: { ...generic, baseUrl: 'https://api.x.ai/v1', thoughts: 'never', images: true, topK: false, asksUsage: true },
  openrouter: {
    ...generic,
    baseUrl: 'https://openrouter.ai/api/v1',
    images: true,
    files: true,
    cacheControl: true,
    asksUsage: true,
  },
  together: { ...generic, baseUrl: 'https://api.together.xyz/v1', parameters: oldMaxTokens, asksUsage: true },
  fireworks: {
    ...generic,
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    parameters: oldMaxTokens,
    asksUsage: true,
  },
  ollama: { ...generic, baseUrl: 'http://127.0.0.1:11434/v1', parameters: oldMaxTokens, asksUsage: true },
  vllm: { ...generic, asksUsage: true },
  generic,
}
