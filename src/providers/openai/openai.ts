import type { ModelConfig, Provider } from '../../core/model.ts'
import type { OpenAiKind } from '../../core/provider-name.ts'
import { toParameters } from '../../core/tool-parameters.ts'
import { openAiNames } from '../boundary/tool-names.ts'
import type { Codec } from '../codec.ts'
import { bearer, inHeader } from '../wire/authorize.ts'
import type { ProviderOptions } from '../wire/http-provider.ts'
import { httpProvider } from '../wire/http-provider.ts'
import { embedOpenAi } from './embed-openai.ts'
import { withoutForeign } from './foreign-request.ts'
import { fromOpenAi } from './openai-answer.ts'
import { toOpenAi } from './openai-body.ts'
import { fromOpenAiStream } from './openai-stream.ts'
import type { OpenAiProfile } from './profiles.ts'
import { openAiProfiles } from './profiles.ts'

/** Any endpoint that speaks OpenAI's chat completions and embeddings: OpenAI, Azure, Mistral, vLLM, Ollama, ... */
export function openAiProvider(config: ModelConfig, kind: OpenAiKind, options: ProviderOptions = {}): Provider {
  const profile = profileOf(config, kind)
  const { keyHeader, baseUrl = 'https://api.openai.com/v1' } = profile
  const authorize = keyHeader === undefined ? bearer(config.apiKey) : inHeader(keyHeader, config.apiKey)
  const pathOf = (operation: string): string => (kind === 'azure' && azurePath(config, operation)) || `/${operation}`
  const codec = openAiCodec(profile, pathOf('chat/completions'))
  const embed = embedOpenAi(pathOf('embeddings'))
  const placed = kind === 'azure' && config.baseUrl ? { ...config, baseUrl: withVersion(config.baseUrl) } : config
  return httpProvider(placed, { codec, embed, baseUrl, authorize }, options)
}

/** The codec of OpenAI's chat completions. @param path - where completions are, below the base URL */
export function openAiCodec(profile: OpenAiProfile = openAiProfiles.openai, path = '/chat/completions'): Codec {
  const { maxTools, callIds } = profile
  return {
    dialect: {
      wire: 'openai',
      names: openAiNames,
      maxTools,
      ...(callIds && { callIds }),
      toSchema: toParameters,
    },
    write: request => ({ path, body: toOpenAi(withoutForeign(request, profile), profile) }),
    readWhole: fromOpenAi,
    readStream: fromOpenAiStream,
  }
}

/** `openai` at an address of its own is some other endpoint, of which nothing is known. */
function profileOf({ baseUrl }: ModelConfig, kind: OpenAiKind): OpenAiProfile {
  const isOther = kind === 'openai' && baseUrl !== undefined && new URL(baseUrl).host !== 'api.openai.com'
  return openAiProfiles[isOther ? 'generic' : kind]
}

/** Below the bare address of a resource Azure has one path for each deployment; a path of the entry's own is kept. */
function azurePath({ baseUrl, model }: ModelConfig, operation: string): string | undefined {
  const isBare = baseUrl !== undefined && new URL(baseUrl).pathname === '/'
  return isBare ? `/openai/deployments/${encodeURIComponent(model)}/${operation}` : undefined
}

/** Paths with a deployment ask for `api-version`; this is the last stable one before they went without (`/openai/v1`). */
function withVersion(baseUrl: string): string {
  const url = new URL(baseUrl)
  const isVersioned = url.searchParams.has('api-version') || /\/openai\/v1\b/.test(url.pathname)
  if (!isVersioned) url.searchParams.set('api-version', '2024-10-21')
  return url.href
}
