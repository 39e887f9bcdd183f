import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TurnEvent } from '../../../src/core/model.ts'
import { isFunctionCall } from '../../../src/core/model.ts'
import type { ReadContext } from '../../../src/providers/codec.ts'
import { fromGemini } from '../../../src/providers/gemini/gemini-answer.ts'
import { fromGeminiStream } from '../../../src/providers/gemini/gemini-stream.ts'
import { readStream } from '../read-stream.ts'

const context: ReadContext = { model: 'm', redact: text => text.replaceAll('secret', '***') }

/** Reads a whole answer. */
export function readWhole(answer: JsonObject): readonly TurnEvent[] {
  return fromGemini(answer, context)
}

/** Reads chunks as a stream of them gives them. */
export async function readChunks(chunks: readonly (object | string)[]): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  for await (const event of streamOf(chunks)) events.push(event)
  return events
}

/** The events of a stream of these chunks, one by one. */
export function streamOf(chunks: readonly (object | string)[]): AsyncIterable<TurnEvent> {
  return readStream(fromGeminiStream(context), frames(chunks))
}

async function* frames(chunks: readonly (object | string)[]): AsyncGenerator<{ data: string }> {
  for (const chunk of chunks) yield { data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }
}

/** One chunk with one candidate of these parts. */
export function chunk(parts: readonly object[], others: object = {}): object {
  return { candidates: [{ content: { role: 'model', parts }, ...others }], modelVersion: 'gemini-3-pro-preview' }
}

/** All that was said in a field of the message. */
export function said(events: readonly TurnEvent[], field: string): string {
  return events.map(event => (event.type === 'delta' ? (event.delta[field] ?? '') : '')).join('')
}

/** Names and arguments of the calls. */
export function callsIn(events: readonly TurnEvent[]): [string, unknown][] {
  return events
    .flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
    .filter(isFunctionCall)
    .map(({ function: { name, arguments: text } }) => [name, JSON.parse(text) as unknown])
}

/** A body of our own, in the recorded form. */
export function fixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../fixtures/gemini/${name}`, import.meta.url)), 'utf8')
}
