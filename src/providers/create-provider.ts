import { noEmbeddings } from '../core/embeddings.ts'
import type { ModelConfig, Provider } from '../core/model.ts'
import { startedBy } from '../core/started-by.ts'
import type { ProviderOptions } from './wire/http-provider.ts'

/**
 * Makes the provider of one configured model. Whoever makes it closes it.
 *
 * Its wire is loaded at the first turn: a gateway that nobody asks for completions starts without any.
 */
export function createProvider(config: ModelConfig, options: ProviderOptions = {}): Provider {
  let loading: Promise<Provider> | undefined
  const load = (): Promise<Provider> => {
    loading ??= open(config, options).catch(thrown => {
      // The next turn tries again, and there is nothing to close.
      loading = undefined
      throw thrown
    })
    return loading
  }
  return {
    turn: (request, given) =>
      startedBy(async () => {
        const events = (await load()).turn(request, given)[Symbol.asyncIterator]()
        return { events, first: await events.next() }
      }),
    async embed(request, given) {
      const provider = await load()
      if (provider.embed === undefined) throw noEmbeddings(config)
      return provider.embed(request, given)
    },
    async close() {
      const loaded = await loading?.catch(() => undefined)
      await loaded?.close()
    },
  }
}

async function open(config: ModelConfig, options: ProviderOptions): Promise<Provider> {
  switch (config.provider) {
    case 'demo':
      return (await import('./demo/demo.ts')).demoProvider()
    case 'anthropic':
      return (await import('./anthropic/anthropic-provider.ts')).anthropicProvider(config, options)
    case 'gemini':
    case 'vertex':
      return (await import('./gemini/gemini-provider.ts')).geminiProvider(config, options)
    case 'bedrock':
      return (await import('./bedrock/bedrock-provider.ts')).bedrockProvider(config, options)
    case 'ai-sdk':
      return (await import('./ai-sdk/ai-sdk-provider.ts')).aiSdkProvider(config, options)
    default:
      return (await import('./openai/openai.ts')).openAiProvider(config, config.provider, options)
  }
}
