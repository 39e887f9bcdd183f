import type { JsonObject } from '../../../src/core/json.ts'
import type { ChatMessage, FunctionTool, TurnEvent, TurnRequest } from '../../../src/core/model.ts'
import { toAnthropic } from '../../../src/providers/anthropic/anthropic-body.ts'

/** A request with what a test does not look at filled in. */
export function turn(fields: Partial<TurnRequest> = {}): TurnRequest {
  return { model: 'claude-sonnet-4-5', messages: [user('hi')], tools: [], stream: false, rest: {}, ...fields }
}

/** The body of a turn, as it would be read from the wire. */
export function bodyOf(fields: Partial<TurnRequest> = {}): Record<string, unknown> {
  return JSON.parse(JSON.stringify(toAnthropic(turn(fields)))) as Record<string, unknown>
}

/** The messages of a body. */
export function messagesOf(...messages: ChatMessage[]): unknown {
  return bodyOf({ messages }).messages
}

export const user = (content: unknown): ChatMessage => ({ role: 'user', content })

export const assistant = (content: unknown, ...ids: string[]): ChatMessage => ({
  role: 'assistant',
  content,
  ...(ids.length > 0 && { tool_calls: ids.map(id => call(id)) }),
})

export const result = (id: string, content: unknown, others: object = {}): ChatMessage => ({
  role: 'tool',
  tool_call_id: id,
  content,
  ...others,
})

export const call = (
  id: string,
  args = '{"id":1}',
  name = 'get_pet',
): { id: string; type: 'function'; function: { name: string; arguments: string } } => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})

export const tool = (name = 'get_pet', others: object = {}): FunctionTool => ({
  type: 'function',
  function: { name, description: 'x', parameters: { type: 'object', properties: {} }, ...others },
})

export const use = (id: string, input: object = { id: 1 }): JsonObject => ({
  type: 'tool_use',
  id,
  name: 'get_pet',
  input,
})

export const text = (words: string): JsonObject => ({ type: 'text', text: words })

export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** All that a turn told under one field of its deltas. */
export function told(events: readonly TurnEvent[], field: string): string {
  return events.map(event => (event.type === 'delta' ? (event.delta[field] ?? '') : '')).join('')
}
