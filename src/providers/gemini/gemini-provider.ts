import type { ModelConfig, Provider } from '../../core/model.ts'
import { bearer, inHeader } from '../wire/authorize.ts'
import type { ProviderOptions } from '../wire/http-provider.ts'
import { httpProvider } from '../wire/http-provider.ts'
import { embedGemini } from './embed-gemini.ts'
import { embedVertex } from './embed-vertex.ts'
import { geminiCodec } from './gemini.ts'

/** The Gemini API, by a key of Google AI Studio, or Vertex AI, by an access token of Google Cloud. */
export function geminiProvider(config: ModelConfig, options: ProviderOptions = {}): Provider {
  const { apiKey, provider } = config
  const authorize = provider === 'vertex' ? bearer(apiKey) : inHeader('x-goog-api-key', apiKey)
  const embed = provider === 'vertex' ? embedVertex : embedGemini
  return httpProvider(config, { codec: geminiCodec, embed, baseUrl: geminiUrl, authorize }, options)
}

const geminiUrl = 'https://generativelanguage.googleapis.com/v1beta'
