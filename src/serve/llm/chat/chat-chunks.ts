import type { JsonObject } from '../../../core/json.ts'
import type { ToolCall, Usage } from '../../../core/model.ts'
import { traceField } from '../../../llm/history.ts'
import type { LoopEvent } from '../../../llm/loop-event.ts'
import { withCost } from '../cost.ts'
import type { AnswerHead, Trace } from './chat-answer.ts'
import { calledFields, note, offeredFields } from './chat-answer.ts'

/**
 * Writes what happens in the loop as the chunks of one streamed answer: one id, one role, one finish, however many turns it
 * took.
 *
 * The first chunk tells the tools that were offered, the last before the finish those that were called.
 *
 * @param includeUsage - a last chunk without choices carries the usage, as OpenAI has it
 * @returns what makes chunks of the events, which it is given in their order
 */
export function chunkWriter(head: AnswerHead, includeUsage: boolean): (event: LoopEvent) => Iterable<JsonObject> {
  const trace: Trace = { calls: [], results: [] }
  const begun = new Set<number>()
  let { model } = head
  let fields: JsonObject = {}
  let once: JsonObject = {}
  const toChunk = (choices: readonly JsonObject[], usage?: Usage): JsonObject => {
    const others = once
    once = {}
    return {
      ...fields,
      ...others,
      id: head.id,
      object: 'chat.completion.chunk',
      created: head.created,
      model,
      choices,
      ...(includeUsage && { usage: usage ?? null }),
    }
  }
  const toDelta = (index: number, delta: JsonObject, others: JsonObject = {}): JsonObject =>
    toChunk([{ ...others, index, delta, finish_reason: others.finish_reason ?? null }])
  const begin = (index: number): readonly JsonObject[] => {
    if (begun.has(index)) return []
    begun.add(index)
    const told = index === 0 && head.ours && { [traceField]: offeredFields(head.ours) }
    return [toDelta(index, { role: 'assistant', ...told })]
  }

  return function* write(event) {
    note(trace, event)
    switch (event.type) {
      case 'meta':
        // The first turn's name stays: one answer has one model.
        if (begun.size === 0) model = event.model ?? model
        for (const [name, value] of Object.entries(event.fields ?? {})) {
          if (constantFields.has(name)) fields = { ...fields, [name]: value }
          else once = { ...once, [name]: value }
        }
        break
      case 'delta':
        yield* begin(event.choice)
        yield toDelta(event.choice, event.delta, event.fields)
        break
      case 'tool_call':
        yield* begin(0)
        break
      case 'tool_result':
        break
      case 'tool_calls':
        yield* begin(event.choice)
        yield toDelta(event.choice, { tool_calls: event.calls.map(withIndex) })
        break
      case 'finish': {
        yield* begin(event.choice)
        const called = calledFields(trace)
        if (called && event.choice === 0) yield toDelta(0, { [traceField]: called })
        yield toDelta(event.choice, {}, { ...event.fields, finish_reason: event.reason })
        break
      }
      case 'end':
        if (includeUsage && event.usage) yield toChunk([], withCost(event))
    }
  }
}

/** Fields that OpenAI repeats on every chunk; any other is told once. */
const constantFields = new Set(['system_fingerprint', 'service_tier'])

function withIndex(call: ToolCall, index: number): JsonObject {
  return { index, ...call }
}
