import type { ModelConfig, Provider } from '../core/model.ts'
import { demoProvider } from './demo/demo.ts'
import type { ProviderOptions } from './openai/openai.ts'
import { openAiProvider } from './openai/openai.ts'

/** Makes the provider of one configured model. Whoever makes it closes it. */
export function createProvider(config: ModelConfig, options: ProviderOptions = {}): Provider {
  switch (config.provider) {
    case 'openai':
      return openAiProvider(config, options)
    case 'demo':
      return demoProvider()
  }
}
