import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createMistral } from '@ai-sdk/mistral'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { TurnRequest } from '../src/core/model.ts'
import { aiSdkDialect } from '../src/providers/ai-sdk/ai-sdk-dialect.ts'
import { toCallOptions } from '../src/providers/ai-sdk/ai-sdk-options.ts'
import { anthropicCodec } from '../src/providers/anthropic/anthropic.ts'
import { bedrockCodec } from '../src/providers/bedrock/bedrock.ts'
import { enter } from '../src/providers/boundary/boundary.ts'
import type { Codec } from '../src/providers/codec.ts'
import { geminiCodec } from '../src/providers/gemini/gemini.ts'
import { openAiCodec } from '../src/providers/openai/openai.ts'
import { openAiProfiles } from '../src/providers/openai/profiles.ts'
import type { Case } from './requests.ts'

type Fetch = typeof globalThis.fetch

/** A wire: our codec, the package of the AI SDK that writes the same, and a model that both know. */
export type Wire = Readonly<{ model: string; codec: Codec; open: (model: string, fetch: Fetch) => LanguageModelV4 }>

const key = { apiKey: 'none' }

/** The four wires; OpenAI's with two profiles besides its own. */
export const wires: Readonly<Record<string, Wire>> = {
  openai: {
    model: 'gpt-5-mini',
    codec: openAiCodec(),
    open: (model, fetch) => createOpenAI({ ...key, fetch }).chat(model),
  },
  generic: {
    model: 'some-model',
    codec: openAiCodec(openAiProfiles.generic),
    open: (model, fetch) =>
      createOpenAICompatible({
        name: 'generic',
        baseURL: 'http://127.0.0.1/v1',
        supportsStructuredOutputs: true,
        fetch,
      }).chatModel(model),
  },
  mistral: {
    model: 'mistral-medium-latest',
    codec: openAiCodec(openAiProfiles.mistral),
    open: (model, fetch) => createMistral({ ...key, fetch })(model),
  },
  anthropic: {
    model: 'claude-sonnet-4-5',
    codec: anthropicCodec(),
    open: (model, fetch) => createAnthropic({ ...key, fetch })(model),
  },
  gemini: {
    model: 'gemini-3-pro-preview',
    codec: geminiCodec,
    open: (model, fetch) => createGoogle({ ...key, fetch })(model),
  },
  bedrock: {
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    codec: bedrockCodec,
    open: (model, fetch) => createAmazonBedrock({ ...key, region: 'eu-central-1', fetch })(model),
  },
}

/** The bodies, ours and theirs, of one request on one wire. */
export async function writeBoth(
  { model, codec, open }: Wire,
  { request: parts, theirs: say = options => options }: Pick<Case, 'request' | 'theirs'>,
): Promise<{ ours: unknown; theirs: unknown }> {
  const request: TurnRequest = { messages: [], tools: [], stream: false, rest: {}, ...parts, model }
  const ours = codec.write(enter(request, codec.dialect).request).body
  let theirs: unknown
  const capture: Fetch = async (_, init) => {
    theirs = JSON.parse(String(init?.body))
    throw new Error('not sent')
  }
  const options = toCallOptions(enter(request, aiSdkDialect).request, 'v4', new AbortController().signal)
  const theirModel = open(model, capture)
  const asked = say(options as unknown as LanguageModelV4CallOptions)
  await (request.stream ? theirModel.doStream(asked) : theirModel.doGenerate(asked)).then(
    () => {
      throw new Error('nothing was sent')
    },
    (thrown: unknown) => {
      if (theirs === undefined) throw thrown
    },
  )
  return { ours: JSON.parse(JSON.stringify(ours)), theirs }
}

/** Where two bodies differ: `path: ours | theirs`, a leaf each; what one side does not have is `-`. */
export function differences(ours: unknown, theirs: unknown, path = ''): string[] {
  if (isContainer(ours) && isContainer(theirs) && Array.isArray(ours) === Array.isArray(theirs)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)])
    return [...keys].flatMap(key => {
      const inner = Array.isArray(ours) ? `${path}[${key}]` : `${path}.${key}`
      return differences((ours as Container)[key], (theirs as Container)[key], inner)
    })
  }
  const [one, other] = [show(ours), show(theirs)]
  return one === other ? [] : [`${path.replace(/^\./, '')}: ${one} | ${other}`]
}

type Container = Readonly<Record<string, unknown>>

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function show(value: unknown): string {
  return value === undefined ? '-' : JSON.stringify(value)
}
