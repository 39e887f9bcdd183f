import type { ModelConfig, Provider } from '../core/model.ts'
import { demoProvider } from './demo/demo.ts'
import { openAiProvider } from './openai/openai.ts'
import type { ProviderOptions } from './wire/http-provider.ts'

/** Makes the provider of one configured model. Whoever makes it closes it. */
export function createProvider(config: ModelConfig, options: ProviderOptions = {}): Provider {
  switch (config.provider) {
    case 'demo':
      return demoProvider()
    default:
      return openAiProvider(config, config.provider, options)
  }
}
