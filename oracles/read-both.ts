import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { JsonObject } from '../src/core/json.ts'
import type { TurnEvent } from '../src/core/model.ts'
import { isFunctionCall } from '../src/core/model.ts'
import { fromGenerated } from '../src/providers/ai-sdk/ai-sdk-answer.ts'
import { fromAiSdkStream } from '../src/providers/ai-sdk/ai-sdk-stream.ts'
import type { Generated, StreamPart } from '../src/providers/ai-sdk/language-model.ts'
import { feedAwsFrames } from '../src/providers/wire/aws-frames.ts'
import { feedEvents } from '../src/providers/wire/sse.ts'
import { frameEvent } from '../test/fakes/bedrock-frames.ts'
import { framesOf, readStream } from '../test/providers/read-stream.ts'
import type { Wire } from './write-both.ts'

/** What an answer comes to, whoever reads it. */
export type Reading = Readonly<{
  text: string
  thoughts: string
  calls: readonly (readonly [name: string, args: unknown])[]
  reason: string
  /** Of the prompt, of the answer. */
  tokens: readonly [unknown, unknown]
}>

const context = { model: 'm', redact: (text: string) => text }
const maxBytes = 16_777_216

/** An answer as it was recorded: whole, or each event of its stream. */
export type Recording = Readonly<{ whole: string } | { events: readonly string[] }>

/** Reads one recording by our codec, and by the package of the AI SDK and our bridge. */
export async function readBoth(
  wire: Wire,
  recording: Recording,
  isAws: boolean,
): Promise<{ ours: Reading; theirs: Reading }> {
  const bytes = 'whole' in recording ? Buffer.from(recording.whole) : toBytes(recording.events, isAws)
  return {
    ours: await readOurs(wire, recording, bytes, isAws),
    theirs: await readTheirs(wire, recording, bytes, isAws),
  }
}

async function readOurs({ codec }: Wire, recording: Recording, bytes: Uint8Array, isAws: boolean): Promise<Reading> {
  if ('whole' in recording) return toReading(codec.readWhole(JSON.parse(recording.whole), context))
  const frames = framesOf(isAws ? feedAwsFrames() : feedEvents(maxBytes), inPieces(bytes))
  return toReading(await collect(readStream(codec.readStream(context), frames)))
}

async function readTheirs(wire: Wire, recording: Recording, bytes: Uint8Array, isAws: boolean): Promise<Reading> {
  const type =
    'whole' in recording ? 'application/json' : isAws ? 'application/vnd.amazon.eventstream' : 'text/event-stream'
  const answer = new Response(Buffer.from(bytes), { headers: { 'content-type': type } })
  const model = wire.open(wire.model, async () => answer)
  const options: LanguageModelV4CallOptions = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] }
  if ('whole' in recording) return toReading(fromGenerated((await model.doGenerate(options)) as Generated, context))
  const { stream } = await model.doStream(options)
  return toReading(await collect(fromAiSdkStream(stream as AsyncIterable<StreamPart>, context, maxBytes)))
}

function toBytes(events: readonly string[], isAws: boolean): Uint8Array {
  if (isAws) return Buffer.concat(events.map(event => frameEvent(JSON.parse(event) as object)))
  const named = events.map(event => {
    const { type } = JSON.parse(event) as { type?: unknown }
    return typeof type === 'string' ? `event: ${type}\ndata: ${event}\n\n` : `data: ${event}\n\n`
  })
  return Buffer.from(named.join(''))
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 1_000) yield bytes.subarray(at, at + 1_000)
}

async function collect(events: AsyncIterable<TurnEvent>): Promise<TurnEvent[]> {
  const seen: TurnEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}

function toReading(events: readonly TurnEvent[]): Reading {
  const said = (...fields: string[]): string =>
    events.flatMap(event => (event.type === 'delta' ? textOf(event.delta, fields) : [])).join('')
  const usage = events.findLast(event => event.type === 'meta' && event.usage !== undefined)
  const { prompt_tokens: prompt, completion_tokens: completion } = (usage?.type === 'meta' && usage.usage) || {}
  return {
    text: said('content'),
    // Groq's word, and everyone else's.
    thoughts: said('reasoning', 'reasoning_content'),
    calls: events.flatMap(event =>
      event.type === 'tool_calls'
        ? event.calls.flatMap(call =>
            isFunctionCall(call) ? [[call.function.name, JSON.parse(call.function.arguments)] as const] : [],
          )
        : [],
    ),
    reason: events.flatMap(event => (event.type === 'finish' ? [event.reason] : [])).join(),
    tokens: [prompt, completion],
  }
}

function textOf(delta: JsonObject, fields: readonly string[]): readonly string[] {
  return fields.map(field => delta[field]).filter(value => typeof value === 'string')
}
