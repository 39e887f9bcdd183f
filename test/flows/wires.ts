import { onTestFinished } from 'vitest'
import { answersMessage, startFakeAnthropic } from '../fakes/anthropic-provider.ts'
import type { BedrockReply } from '../fakes/bedrock.ts'
import { startFakeBedrock } from '../fakes/bedrock.ts'
import { geminiCalls, geminiSays, startFakeGemini } from '../fakes/gemini-provider.ts'
import { calls, says, startFakeProvider } from '../fakes/openai-provider.ts'

/** A turn as a test writes it, whatever the wire: a text, or calls. */
export type ScriptedTurn = string | readonly Readonly<{ name: string; args?: object }>[]

/** A provider of one wire that answers as it was told, in front of which a Patchbay can be started. */
export type Wire = Readonly<{
  /** For `models`. */
  entry: object
  /** The bodies it was sent, in their order. */
  sent: () => readonly unknown[]
}>

/** Starts a fake of a wire that gives these turns; those whose wires have thoughts think before they call. */
export const wires: Readonly<Record<string, (...turns: ScriptedTurn[]) => Promise<Wire>>> = {
  async openai(...turns) {
    const fake = await startFakeProvider(
      ...turns.map(turn =>
        typeof turn === 'string' ? says(turn) : calls(turn.map(({ name, args = {} }) => ({ name, args }))),
      ),
    )
    return keep(fake, { provider: 'generic', model: 'fake-1', baseUrl: fake.url })
  },
  async mistral(...turns) {
    const fake = await startFakeProvider(
      ...turns.map(turn =>
        typeof turn === 'string'
          ? says(turn)
          : calls(turn.map(({ name, args = {} }, index) => ({ id: `aaaaaaaa${index}`, name, args }))),
      ),
    )
    return keep(fake, { provider: 'mistral', model: 'fake-1', baseUrl: fake.url, apiKey: 'none' })
  },
  async anthropic(...turns) {
    const thought = { type: 'thinking', thinking: 'I call.', signature: 'c2lnbmVk' }
    const nextId = counter()
    const fake = await startFakeAnthropic(
      ...turns.map(turn =>
        typeof turn === 'string'
          ? answersMessage([{ type: 'text', text: turn }])
          : answersMessage([
              thought,
              ...turn.map(({ name, args = {} }) => ({ type: 'tool_use', id: `toolu_${nextId()}`, name, input: args })),
            ]),
      ),
    )
    return keep(fake, { provider: 'anthropic', model: 'claude-sonnet-4-5', baseUrl: fake.url, apiKey: 'sk-ant-1' })
  },
  async gemini(...turns) {
    const fake = await startFakeGemini(
      ...turns.map(turn => (typeof turn === 'string' ? geminiSays(turn) : geminiCalls(...turn))),
    )
    return keep(fake, { provider: 'gemini', model: 'gemini-3-pro-preview', baseUrl: fake.url, apiKey: 'key' })
  },
  async bedrock(...turns) {
    const nextId = counter()
    const fake = await startFakeBedrock(
      { region: 'eu-central-1', apiKey: 'bedrock-key' },
      ...turns.map(turn =>
        typeof turn === 'string'
          ? converse([{ text: turn }])
          : converse([
              { reasoningContent: { reasoningText: { text: 'I call.', signature: 'c2lnbmVk' } } },
              ...turn.map(({ name, args = {} }) => ({
                toolUse: { toolUseId: `tooluse_${nextId()}`, name, input: args },
              })),
            ]),
      ),
    )
    return keep(fake, {
      provider: 'bedrock',
      model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
      baseUrl: fake.url,
      region: 'eu-central-1',
      apiKey: 'bedrock-key',
    })
  },
}

function counter(): () => number {
  let last = 0
  return () => {
    last += 1
    return last
  }
}

type Fake = Readonly<{ received: readonly Readonly<{ body: unknown }>[]; close: () => Promise<void> }>

function keep(fake: Fake, entry: object): Wire {
  onTestFinished(() => fake.close())
  return { entry: { retries: 0, ...entry }, sent: () => fake.received.map(({ body }) => body) }
}

type Block = Readonly<{
  text?: string
  toolUse?: { toolUseId: string; name: string; input: object }
  reasoningContent?: { reasoningText: { text: string; signature: string } }
}>

/** One answer of Converse, whole and as the events of a stream. */
function converse(content: readonly Block[]): BedrockReply {
  const stopReason = content.some(({ toolUse }) => toolUse) ? 'tool_use' : 'end_turn'
  const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 }
  const blocks = content.flatMap(({ text, toolUse, reasoningContent: thought }, contentBlockIndex) => {
    const delta = (delta: object): object => ({ contentBlockDelta: { contentBlockIndex, delta } })
    const stop = { contentBlockStop: { contentBlockIndex } }
    if (toolUse !== undefined) {
      const { input, ...start } = toolUse
      const text = JSON.stringify(input)
      return [
        { contentBlockStart: { contentBlockIndex, start: { toolUse: start } } },
        // A call without arguments has no piece of any.
        ...(text === '{}'
          ? []
          : [delta({ toolUse: { input: text.slice(0, 3) } }), delta({ toolUse: { input: text.slice(3) } })]),
        stop,
      ]
    }
    if (thought === undefined) return [delta({ text }), stop]
    const { text: said, signature } = thought.reasoningText
    return [delta({ reasoningContent: { text: said } }), delta({ reasoningContent: { signature } }), stop]
  })
  return {
    json: { output: { message: { role: 'assistant', content } }, stopReason, usage, metrics: { latencyMs: 1 } },
    events: [
      { messageStart: { role: 'assistant' } },
      ...blocks,
      { messageStop: { stopReason } },
      { metadata: { usage, metrics: { latencyMs: 1 } } },
    ],
  }
}
