import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ModelConfig, Provider, TurnEvent } from '../../core/model.ts'
import { enter } from '../boundary/boundary.ts'
import type { ProviderOptions } from '../wire/http-provider.ts'
import { redactor } from '../wire/provider-error.ts'
import { fromGenerated } from './ai-sdk-answer.ts'
import { aiSdkDialect } from './ai-sdk-dialect.ts'
import { toFailure } from './ai-sdk-failure.ts'
import { toCallOptions } from './ai-sdk-options.ts'
import { fromAiSdkStream } from './ai-sdk-stream.ts'
import type { LanguageModel } from './language-model.ts'
import { loadModel } from './load-model.ts'

/**
 * Any language model of the AI SDK, for providers that speak none of our wires. Lossy: what the AI SDK has no word for is
 * left out, both ways (`docs/llm.md`).
 *
 * @param load - makes the model at its first turn; one that cannot be made is tried again at the next
 */
export function aiSdkProvider(
  config: ModelConfig,
  { maxAnswerBytes = 16_777_216 }: ProviderOptions = {},
  load: (config: ModelConfig) => Promise<LanguageModel> = loadModel,
): Provider {
  const dialect = config.maxTools === undefined ? aiSdkDialect : { ...aiSdkDialect, maxTools: config.maxTools }
  const redact = redactor([config.apiKey, ...Object.values(config.headers), ...textsOf(config.settings)])
  const context = { model: config.name, redact }
  let loading: Promise<LanguageModel> | undefined
  const open = async (): Promise<LanguageModel> => {
    try {
      loading ??= load(config)
      return await loading
    } catch (thrown) {
      loading = undefined
      throw thrown
    }
  }

  async function* ask(...[request, { signal }]: Parameters<Provider['turn']>): AsyncGenerator<TurnEvent> {
    const model = await open()
    const options = toCallOptions(request, model.specificationVersion, signal)
    if (!request.stream) return yield* fromGenerated(await model.doGenerate(options), context)
    const { stream } = await model.doStream(options)
    yield* fromAiSdkStream(stream, context, maxAnswerBytes)
  }

  return {
    async *turn(request, given) {
      const { request: legal, leave } = enter(request, dialect)
      try {
        for await (const event of ask(legal, given)) yield leave(event)
      } catch (thrown) {
        if (given.signal.aborted) throw thrown
        throw toFailure(thrown, context)
      }
    },
    close: async () => {},
  }
}

/** Every text in the settings may be a secret. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return isObject(value) ? Object.values(value as JsonObject).flatMap(textsOf) : []
}
