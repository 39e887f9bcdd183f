import type { ModelConfig, Provider } from '../core/model.ts'
import { anthropicProvider } from './anthropic/anthropic-provider.ts'
import { bedrockProvider } from './bedrock/bedrock-provider.ts'
import { demoProvider } from './demo/demo.ts'
import { openAiProvider } from './openai/openai.ts'
import type { ProviderOptions } from './wire/http-provider.ts'

/** Makes the provider of one configured model. Whoever makes it closes it. */
export function createProvider(config: ModelConfig, options: ProviderOptions = {}): Provider {
  switch (config.provider) {
    case 'demo':
      return demoProvider()
    case 'anthropic':
      return anthropicProvider(config, options)
    case 'bedrock':
      return bedrockProvider(config, options)
    default:
      return openAiProvider(config, config.provider, options)
  }
}
