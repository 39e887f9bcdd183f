import type { ModelConfig, Provider, TurnEvent, TurnRequest } from '../../../src/core/model.ts'
import { aiSdkProvider } from '../../../src/providers/ai-sdk/ai-sdk-provider.ts'
import type { CallOptions, ContentPart, Generated } from '../../../src/providers/ai-sdk/language-model.ts'

/** A model of the AI SDK that answers as it is told, and remembers what it was asked. */
export type MockModel = Readonly<{ provider: Provider; asked: CallOptions[] }>

/** What a mock answers: parts of a stream, a whole answer, or what it throws. */
export type MockAnswer = Readonly<{ parts?: readonly ContentPart[]; whole?: Generated; throws?: unknown }>

/** Starts a provider over a mock of this version of the specification. */
export function mockModel(answer: MockAnswer, version = 'v4', more: Partial<ModelConfig> = {}): MockModel {
  const asked: CallOptions[] = []
  const listen = (options: CallOptions): void => {
    asked.push(options)
    if (answer.throws !== undefined) throw answer.throws
  }
  const model = {
    specificationVersion: version,
    doGenerate: async (options: CallOptions) => {
      listen(options)
      return answer.whole ?? { content: [], finishReason: { unified: 'stop', raw: 'stop' } }
    },
    doStream: async (options: CallOptions) => {
      listen(options)
      return { stream: ReadableStream.from(answer.parts ?? []) }
    },
  }
  const config: ModelConfig = { name: 'm', provider: 'ai-sdk', model: 'x', package: 'mock', headers: {}, ...more }
  return { asked, provider: aiSdkProvider(config, { maxAnswerBytes: 1_000 }, async () => model) }
}

/** All events of one turn. */
export async function turnOf(provider: Provider, parts: Partial<TurnRequest> = {}): Promise<TurnEvent[]> {
  const request = {
    model: 'x',
    messages: [{ role: 'user', content: 'hi' }],
    tools: [],
    stream: true,
    rest: {},
    ...parts,
  }
  const events: TurnEvent[] = []
  for await (const event of provider.turn(request, { signal: AbortSignal.timeout(5_000) })) events.push(event)
  return events
}

/** The end of a turn that went well, as each version says it. */
export const finishes: Readonly<Record<string, (word: string) => ContentPart>> = {
  v2: word => ({
    type: 'finish',
    finishReason: word,
    usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5, reasoningTokens: 1, cachedInputTokens: 2 },
  }),
  v3: word => finishOf(word),
  v4: word => finishOf(word),
}

function finishOf(word: string): ContentPart {
  const usage = {
    inputTokens: { total: 3, noCache: 1, cacheRead: 2, cacheWrite: undefined },
    outputTokens: { total: 2, text: 1, reasoning: 1 },
  }
  return { type: 'finish', finishReason: { unified: word, raw: word }, usage }
}
